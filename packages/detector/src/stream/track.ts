import type { ScoreKind } from '../scoring.js';
import type { StreamInput, StreamKind } from './kinds.js';
import type { StreamPlan } from './options.js';
import { Ring } from './ring.js';
import type { StreamSnippet } from './snippet.js';

/** A score that has become final. */
export interface Final {
  index: number;
  score: number;
}

/** The sliding window of one kind of score. Snippets without a gap between them are a stretch. */
export class Track {
  readonly kind: ScoreKind;
  readonly #inputs: readonly StreamInput[];
  readonly #rings: readonly Ring[];
  readonly #lookahead: number;
  readonly #scoresOf: (windows: Float32Array[]) => Promise<Float32Array>;
  /** One past the last snippet, and the first that has no score yet. */
  #end = 0;
  #open = 0;

  /** @param scoresOf - scores `[T]` of the last T snippets, at most a window of them; features in the order of the inputs */
  constructor(
    { kind, inputs }: StreamKind,
    { window, lookahead }: StreamPlan,
    scoresOf: (windows: Float32Array[]) => Promise<Float32Array>,
  ) {
    this.kind = kind;
    this.#inputs = inputs;
    this.#rings = inputs.map(({ width }) => new Ring(window, width));
    this.#lookahead = lookahead;
    this.#scoresOf = scoresOf;
  }

  /** Takes the next snippet: at most one scoring. */
  async next(index: number, snippet: StreamSnippet): Promise<Final[]> {
    const rows = this.#inputs.map(({ modality, filler }) => snippet[modality] ?? filler);
    if (rows.some((row) => !row)) return this.finish();
    if (this.#rings[0]!.length === 0) this.#open = index;
    for (const [i, row] of rows.entries()) this.#rings[i]!.push(row!);
    this.#end = index + 1;
    return this.#score(this.#end - this.#lookahead);
  }

  /** Ends the stretch: what waited for more snippets is final. */
  async finish(): Promise<Final[]> {
    const finals = await this.#score(this.#end);
    this.clear();
    return finals;
  }

  clear(): void {
    for (const ring of this.#rings) ring.clear();
    this.#open = this.#end;
  }

  /** Scores of the open snippets before `to`, from the window as it is. */
  async #score(to: number): Promise<Final[]> {
    if (to <= this.#open) return [];
    const scores = await this.#scoresOf(this.#rings.map((ring) => ring.values));
    const start = this.#end - scores.length;
    const finals: Final[] = [];
    for (let index = this.#open; index < to; index++) finals.push({ index, score: scores[index - start]! });
    this.#open = to;
    return finals;
  }
}

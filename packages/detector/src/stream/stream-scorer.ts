import { type Modality, parseOptions, RobustaError, throwIfAborted } from '@robusta/core';
import { modalities } from '../data.js';
import type { Detector } from '../detector.js';
import type { Branch } from '../network.js';
import { requireOnline } from '../scorer.js';
import type { ScoreKind } from '../scoring.js';
import { abortable } from './abortable.js';
import { type StreamOptions, StreamOptionsSchema } from './options.js';
import { checkSnippet, type StreamSnippet } from './snippet.js';
import { Track, type TrackInput } from './track.js';

/** Seconds of 16 frames at 24 a second. */
const snippetSeconds = 16 / 24;

/** Pushes that may wait for their turn, almost three minutes of a camera: what a stream holds has to have an end. */
const mostWaiting = 256;

/** Scores of one snippet, each in [0, 1]; kinds as in `DetectorScores`. */
export interface StreamScore {
  /** Number of the snippet, counted from 0 over the whole stream. */
  index: number;
  visual?: number;
  audio?: number;
  joint?: number;
}

/** How far scores are behind. */
export interface StreamLatency {
  /** Snippets after its own that a score waits for. */
  snippets: number;
  /** What these last, in seconds. */
  seconds: number;
  /** Milliseconds from the last push to its scores, its turn awaited; 0 before the first. */
  lastMs: number;
  /** The most that it took so far. */
  worstMs: number;
}

/** Scores a stream snippet by snippet: made by {@link createStreamScorer}. */
export class StreamScorer {
  /** What computes the scores; `auto` has been decided. */
  readonly branch: Branch;
  /** Snippets that a score is computed from. */
  readonly window: number;
  readonly #detector: Detector;
  readonly #lookahead: number;
  readonly #tracks: readonly Track[];
  readonly #compile: () => Promise<void>;
  /** Scores of snippets that wait for another kind, or for their lookahead. */
  readonly #waiting = new Map<number, StreamScore>();
  #queue: Promise<unknown> = Promise.resolve();
  #queued = 0;
  #next = 0;
  #lastMs = 0;
  #worstMs = 0;
  #disposed = false;

  /** @internal */
  constructor(detector: Detector, options: StreamOptions) {
    const { window, lookahead, branch } = parseOptions(StreamOptionsSchema, options, 'createStreamScorer');
    const { backbone, network, scalings } = detector.parts;
    const { fusion, shape, model } = network;
    if (branch === 'online') requireOnline(backbone.name, model, 'createStreamScorer');
    this.branch = branch === 'auto' ? (model.online ? 'online' : 'offline') : branch;
    if (this.branch === 'online' && lookahead > 0) {
      throw new RobustaError(
        'BAD_OPTION',
        `createStreamScorer: lookahead is ${lookahead}, but the online branch of backbone "${backbone.name}" sees no future`,
        { hint: 'for the sliding window give branch "offline"' },
      );
    }
    if (lookahead >= window) {
      throw new RobustaError(
        'BAD_OPTION',
        `createStreamScorer: lookahead is ${lookahead}, it must be less than the window, ${window}`,
      );
    }
    this.window = this.branch === 'online' ? model.online!.receptiveField : window;
    this.#lookahead = lookahead;
    this.#detector = detector;

    const known = modalities.filter((modality) => shape[modality]);
    const inputOf = (modality: Modality): TrackInput => {
      const { crops, dim } = shape[modality]!;
      const input = { modality, width: crops * dim };
      if (fusion !== 'concat') return input;
      const filler = new Float32Array(input.width);
      const mean = scalings[modality]?.mean;
      if (mean) for (let crop = 0; crop < crops; crop++) filler.set(mean, crop * dim);
      return { ...input, filler };
    };
    const kinds: [ScoreKind, Modality[]][] =
      fusion === 'concat' ? [['joint', known]] : known.map((modality) => [modality, [modality]]);
    const compiled = (kind: ScoreKind, present: Modality[]) =>
      detector.scorer.compiled(kind, present, this.branch, this.window);
    this.#tracks = kinds.map(
      ([kind, present]) =>
        new Track(kind, present.map(inputOf), { window: this.window, lookahead }, async (windows) => {
          const [scores] = await (await compiled(kind, present)).run(windows);
          return scores as Float32Array;
        }),
    );
    this.#compile = async () => {
      for (const [kind, present] of kinds) await compiled(kind, present);
    };
    // So that the first push need not wait; it reports what goes wrong here.
    this.#compile().catch(() => {});
  }

  /** How far scores are behind, as measured and by design. */
  get latency(): StreamLatency {
    const snippets = this.#lookahead;
    return {
      snippets,
      seconds: snippets * snippetSeconds,
      lastMs: this.#lastMs,
      worstMs: this.#worstMs,
    };
  }

  /**
   * Settles when the graphs are compiled; this starts by itself, and a push waits for it.
   * @throws what compiling can: UNSUPPORTED_OP, ENGINE_UNAVAILABLE
   */
  ready(): Promise<void> {
    return this.#compile();
  }

  /**
   * Takes the next snippet. Pushes are worked off one by one in their order; the arrays must not be changed before the
   * promise settles. A snippet that is refused leaves the stream as it was. Should scoring itself fail, the stream goes
   * on with the next snippet as at a start.
   * @param options.signal - an aborted push does not count, unless its scoring has begun
   * @returns the scores that became final by it, in order: that of the snippet `lookahead` before it, if there is one
   * @throws MISSING_MODALITY when neither modality is given; FEATURE_MISMATCH, naming both widths; NON_FINITE;
   *   BAD_INPUT, also after dispose(); OVERLOADED when 256 pushes wait already; ABORTED
   */
  async push(
    snippet: StreamSnippet,
    options: { signal?: AbortSignal | undefined } = {},
  ): Promise<StreamScore[]> {
    this.#checkAlive('push');
    checkSnippet(snippet, this.#detector.features);
    if (this.#queued >= mostWaiting) {
      throw new RobustaError('OVERLOADED', `push: ${mostWaiting} snippets wait to be scored already`, {
        hint: 'await the pushes, and leave out snippets where scoring does not keep up',
      });
    }
    const start = performance.now();
    this.#queued++;
    try {
      return await this.#inTurn('push', options.signal, async () => {
        const index = this.#next++;
        this.#waiting.set(index, { index });
        for (const track of this.#tracks) this.#note(track, await track.next(index, snippet));
        return this.#take(index - this.#lookahead);
      });
    } finally {
      this.#queued--;
      this.#lastMs = performance.now() - start;
      this.#worstMs = Math.max(this.#worstMs, this.#lastMs);
    }
  }

  /**
   * Ends a recording, or the part before a gap: snippets that wait for a lookahead are scored without. The next push
   * starts anew, so that nothing before it has an influence; the count of snippets goes on.
   * @returns the scores that became final
   * @throws BAD_INPUT after dispose(); ABORTED
   */
  async flush(options: { signal?: AbortSignal | undefined } = {}): Promise<StreamScore[]> {
    this.#checkAlive('flush');
    return this.#inTurn('flush', options.signal, async () => {
      for (const track of this.#tracks) this.#note(track, await track.finish());
      return this.#take(this.#next - 1);
    });
  }

  /**
   * Scores whatever a source brings, to its end: {@link push} for each snippet, then {@link flush}.
   * @param options.signal - stops at once, also while the source keeps silent
   * @throws what push and flush throw, and what the source throws
   */
  async *scores(
    source: AsyncIterable<StreamSnippet> | Iterable<StreamSnippet>,
    options: { signal?: AbortSignal | undefined } = {},
  ): AsyncGenerator<StreamScore, void, undefined> {
    for await (const snippet of abortable(source, options.signal)) yield* await this.push(snippet, options);
    yield* await this.flush(options);
  }

  /** Ends the stream: pushes that wait are refused. The compiled graphs stay with the detector, for its other streams. */
  dispose(): void {
    this.#disposed = true;
    this.#reset();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Runs a task after those before it. */
  #inTurn<T>(what: string, signal: AbortSignal | undefined, task: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(async () => {
      this.#checkAlive(what);
      throwIfAborted(signal);
      try {
        return await task();
      } catch (error) {
        this.#reset();
        throw error;
      }
    });
    this.#queue = result.catch(() => {});
    return result;
  }

  #checkAlive(what: string): void {
    if (this.#disposed) throw new RobustaError('BAD_INPUT', `${what}() was called after dispose()`);
  }

  #reset(): void {
    for (const track of this.#tracks) track.clear();
    this.#waiting.clear();
  }

  #note({ kind }: Track, finals: Awaited<ReturnType<Track['finish']>>): void {
    for (const { index, score } of finals) this.#waiting.get(index)![kind] = score;
  }

  /** Hands out the scores up to one snippet, in order. */
  #take(last: number): StreamScore[] {
    const taken = [...this.#waiting.values()].filter(({ index }) => index <= last);
    for (const { index } of taken) this.#waiting.delete(index);
    return taken;
  }
}

/**
 * Scores for cameras: snippets go in one at a time and their scores come out, with bounded work, memory and delay.
 *
 * With a backbone that has an online branch, a score comes from the last few snippets that it sees. Otherwise it comes
 * from the last `window` snippets, of which up to `lookahead` are after its own: the score that `detector.score`
 * gives that stretch at that place. A detector may serve any number of streams.
 *
 * Where a snippet lacks a modality, `shared` and `padding` give no score of it, and its window starts anew after the
 * gap; `concat` puts the mean of the training data in its place.
 * @throws BAD_OPTION
 */
export function createStreamScorer(detector: Detector, options: StreamOptions = {}): StreamScorer {
  return new StreamScorer(detector, options);
}

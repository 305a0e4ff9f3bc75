import { RobustaError, throwIfAborted } from '@robusta/core';
import type { CompiledFunction } from '@robusta/tfjs-onnx';
import type { Detector } from '../detector.js';
import type { Branch } from '../network.js';
import { abortable } from './abortable.js';
import { streamKinds } from './kinds.js';
import { planStream, type StreamOptions, type StreamPlan } from './options.js';
import { checkSnippet, type StreamSnippet } from './snippet.js';
import { type Final, Track } from './track.js';

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
  readonly #detector: Detector;
  readonly #plan: StreamPlan;
  readonly #compiled: Record<string, () => Promise<CompiledFunction>> = {};
  #tracks: Track[] = [];
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
    const { backbone, network } = detector.parts;
    const plan = planStream(options, backbone, network.model);
    this.#detector = detector;
    this.#plan = plan;
    for (const each of streamKinds(detector.parts)) {
      const present = each.inputs.map(({ modality }) => modality);
      const compiled = () => detector.scorer.compiled(each.kind, present, plan.branch, plan.window);
      this.#compiled[each.kind] = compiled;
      const scoresOf = async (windows: Float32Array[]) => {
        const [scores] = await (await compiled()).run(windows);
        return scores as Float32Array;
      };
      this.#tracks.push(new Track(each, plan, scoresOf));
    }
    // So that the first push need not wait; it reports what goes wrong here.
    this.ready().catch(() => {});
  }

  /** What computes the scores; `auto` has been decided. */
  get branch(): Branch {
    return this.#plan.branch;
  }

  /** Snippets that a score is computed from. */
  get window(): number {
    return this.#plan.window;
  }

  /** How far scores are behind, as measured and by design. */
  get latency(): StreamLatency {
    const snippets = this.#plan.lookahead;
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
  async ready(): Promise<void> {
    for (const compiled of Object.values(this.#compiled)) await compiled();
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
      const scores = await this.#inTurn('push', options.signal, async () => {
        const index = this.#next++;
        this.#waiting.set(index, { index });
        for (const track of this.#tracks) this.#note(track, await track.next(index, snippet));
        return this.#take(index - this.#plan.lookahead);
      });
      this.#lastMs = performance.now() - start;
      this.#worstMs = Math.max(this.#worstMs, this.#lastMs);
      return scores;
    } finally {
      this.#queued--;
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

  /**
   * Ends the stream: a push whose turn has come is finished, those that wait are refused. The compiled graphs stay with
   * the detector, for its other streams.
   */
  dispose(): void {
    this.#disposed = true;
    this.#queue = this.#queue.then(() => {
      this.#waiting.clear();
      this.#tracks = [];
    });
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

  #note({ kind }: Track, finals: Final[]): void {
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

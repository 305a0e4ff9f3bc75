import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import {
  createStreamScorer,
  type Detector,
  type StreamScore,
  type StreamSnippet,
  trainDetector,
} from '../src/index.js';
import { Ring } from '../src/stream/ring.js';
import { causalWindowsOf } from '../src/windows.js';
import { causal, wide } from './stream-backbone.js';
import { sequence, toyVideos } from './toy.js';

let detector: Detector;
beforeAll(async () => {
  detector = await trainDetector({ backbone: wide, data: toyVideos(6), fusion: 'shared', epochs: 1 });
});
afterAll(() => detector.dispose());

const snippet = (seed: number): StreamSnippet => ({
  visual: sequence('visual', { length: 1, dim: 6, seed }).data,
  audio: sequence('audio', { length: 1, dim: 4, seed }).data,
});
const snippets = (count: number) => Array.from({ length: count }, (_, i) => snippet(i));
const open = (options = {}) => createStreamScorer(detector, { window: 4, ...options });
const collect = async (scores: AsyncIterable<StreamScore>) => {
  const all: StreamScore[] = [];
  for await (const score of scores) all.push(score);
  return all;
};

test('pushes that do not wait for each other are worked off in their order', async () => {
  const expected = await collect(open().scores(snippets(20)));
  using scorer = open();
  const scores = await Promise.all(snippets(20).map((one) => scorer.push(one)));
  expect(scores.flat()).toEqual(expected);
});

test('a source may be an array, a generator or asynchronous', async () => {
  const expected = await collect(open({ lookahead: 1 }).scores(snippets(6)));
  expect(expected.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
  async function* camera() {
    for (const one of snippets(6)) {
      await setTimeout(1);
      yield one;
    }
  }
  expect(await collect(open({ lookahead: 1 }).scores(camera()))).toEqual(expected);
});

test('leaving the loop ends the source', async () => {
  let ended = false;
  function* camera() {
    try {
      for (;;) yield snippet(1);
    } finally {
      ended = true;
    }
  }
  for await (const { index } of open().scores(camera())) if (index === 2) break;
  expect(ended).toBe(true);
});

test('an error of the source comes out', async () => {
  // biome-ignore lint/correctness/useYield: it fails before there is anything to yield
  async function* camera(): AsyncGenerator<StreamSnippet> {
    throw new Error('unplugged');
  }
  await expect(collect(open().scores(camera()))).rejects.toThrow('unplugged');
});

const visual = (values: number[]) => Float32Array.from({ length: 6 }, (_, i) => values[i] ?? 0);

test.each([
  ['MISSING_MODALITY', /neither visual nor audio/, {}],
  [
    'FEATURE_MISMATCH',
    /visual features: a snippet has 5 values, expected crops × dim = 1 × 6/,
    { visual: new Float32Array(5) },
  ],
  ['FEATURE_MISMATCH', /audio features: a snippet has 8 values/, { audio: new Float32Array(8) }],
  ['NON_FINITE', /visual features: crop 0, feature 2 is NaN/, { visual: visual([0, 0, Number.NaN]) }],
  ['NON_FINITE', /feature 1 is -Infinity/, { visual: visual([0, -Infinity]) }],
  ['BAD_INPUT', /must be a Float32Array/, { visual: new Float64Array(6) as unknown as Float32Array }],
  ['BAD_INPUT', /received null/, null as unknown as StreamSnippet],
])('refuses with %s %s, and goes on as if nothing had been', async (code, message, bad) => {
  const expected = await collect(open().scores(snippets(4)));
  using scorer = open();
  const scores = [...(await scorer.push(snippet(0))), ...(await scorer.push(snippet(1)))];
  await expect(scorer.push(bad)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  scores.push(...(await scorer.push(snippet(2))), ...(await scorer.push(snippet(3))));
  expect(scores).toEqual(expected);
});

test('several crops: the place of a NaN is named', async () => {
  const data = toyVideos(4, { crops: 3 });
  using many = await trainDetector({ backbone: wide, data, fusion: 'concat', epochs: 1 });
  const row = new Float32Array(3 * 6);
  row[2 * 6 + 1] = Number.NaN;
  await expect(createStreamScorer(many).push({ visual: row })).rejects.toMatchObject({
    message: expect.stringMatching(/crop 2, feature 1/),
  });
});

test('a modality that the detector does not know is refused', async () => {
  const data = toyVideos(4).map(({ audio: _, ...rest }) => rest);
  using blind = await trainDetector({ backbone: wide, data, fusion: 'shared', epochs: 1 });
  using scorer = createStreamScorer(blind);
  await expect(scorer.push(snippet(0))).rejects.toMatchObject({
    code: 'FEATURE_MISMATCH',
    message: expect.stringMatching(/trained without audio/),
  });
});

test.each([
  [{ window: 0 }, /window/],
  [{ window: 1025 }, /window/],
  [{ lookahead: -1 }, /lookahead/],
  [{ window: 4, lookahead: 4 }, /lookahead is 4, it must be less than the window, 4/],
  [{ branch: 'online' }, /backbone "wide" has no online branch/],
  [{ branch: 'causal' }, /branch/],
  [{ hop: 1 }, /hop/],
])('refuses the options %j', (options, message) => {
  expect(() => createStreamScorer(detector, options as object)).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringMatching(message) }),
  );
});

test('auto takes the online branch where there is one, which knows no lookahead', async () => {
  expect(open()).toMatchObject({ branch: 'offline', window: 4 });
  using online = await trainDetector({ backbone: causal, data: toyVideos(4), fusion: 'shared', epochs: 1 });
  expect(createStreamScorer(online)).toMatchObject({ branch: 'online', window: 3 });
  expect(createStreamScorer(online, { branch: 'offline' })).toMatchObject({ branch: 'offline', window: 64 });
  expect(() => createStreamScorer(online, { lookahead: 1 })).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION', hint: expect.stringMatching(/branch "offline"/) }),
  );
});

test('score: the online branch must exist, options are checked', async () => {
  const input = { visual: sequence('visual', { dim: 6 }) };
  for (const [options, message] of [
    [{ branch: 'online' }, /backbone "wide" has no online branch/],
    [{ branch: 'auto' }, /branch/],
    [{ window: 3 }, /window/],
  ] as const) {
    await expect(detector.score(input, options as object)).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: expect.stringMatching(message),
    });
  }
});

test('after dispose nothing is taken; what waits is refused, and other streams go on', async () => {
  const [scorer, other] = [open(), open()];
  const waiting = [scorer.push(snippet(0)), scorer.push(snippet(1))];
  scorer.dispose();
  scorer.dispose();
  for (const promise of [...waiting, scorer.push(snippet(2)), scorer.flush()]) {
    await expect(promise).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringMatching(/after dispose/),
    });
  }
  expect(await other.push(snippet(0))).toHaveLength(1);
});

test('a push whose turn has come is finished after dispose', async () => {
  const expected = await collect(open().scores(snippets(1)));
  const scorer = open();
  await scorer.ready();
  const push = scorer.push(snippet(0));
  // Its turn comes in a microtask, its scores in a later turn of the event loop.
  await Promise.resolve();
  await Promise.resolve();
  scorer.dispose();
  expect(await push).toEqual(expected);
});

test('a stream goes on when its detector was disposed', async () => {
  const expected = await collect(open().scores(snippets(4)));
  using scorer = open();
  const scores = await scorer.push(snippet(0));
  detector.dispose();
  for (const i of [1, 2, 3]) scores.push(...(await scorer.push(snippet(i))));
  expect(scores).toEqual(expected);
});

describe('a signal', () => {
  const silent = (whenAsked: () => void, whenDone: () => void) => ({
    [Symbol.asyncIterator]: () => ({
      next: () => {
        whenAsked();
        return new Promise<IteratorResult<StreamSnippet>>(() => {});
      },
      return: async () => {
        whenDone();
        return { done: true, value: undefined } as const;
      },
    }),
  });

  test('an aborted push does not count', async () => {
    const expected = await collect(open().scores(snippets(2)));
    using scorer = open();
    const first = scorer.push(snippet(0));
    const stop = new AbortController();
    const second = scorer.push(snippet(7), { signal: stop.signal });
    stop.abort();
    await expect(second).rejects.toMatchObject({ code: 'ABORTED' });
    expect([...(await first), ...(await scorer.push(snippet(1)))]).toEqual(expected);
  });

  test.each([
    ['while it is asked', (stop: () => void) => stop()],
    ['later', (stop: () => void) => setImmediate(stop)],
  ])('stops a stream whose source keeps silent, %s, and lets go of the source', async (_, when) => {
    const stop = new AbortController();
    let ended = false;
    const camera = silent(
      () => when(() => stop.abort()),
      () => {
        ended = true;
      },
    );
    await expect(collect(open().scores(camera, { signal: stop.signal }))).rejects.toMatchObject({
      code: 'ABORTED',
    });
    expect(ended).toBe(true);
  });

  test('that is never given leaves the stream alone', async () => {
    const { signal } = new AbortController();
    expect(await collect(open().scores(snippets(5), { signal }))).toEqual(
      await collect(open().scores(snippets(5))),
    );
  });
});

test('a queue has an end; once it is shorter, pushes are taken again', async () => {
  using scorer = open();
  const waiting = Array.from({ length: 256 }, (_, i) => scorer.push(snippet(i)));
  await expect(scorer.push(snippet(0))).rejects.toMatchObject({ code: 'OVERLOADED' });
  await waiting[0];
  expect((await scorer.push(snippet(0))).map(({ index }) => index)).toEqual([256]);
  expect((await Promise.all(waiting)).flat()).toHaveLength(256);
});

test('should scoring fail, the stream goes on with the next snippet as at a start', async () => {
  const expected = await collect(open().scores(snippets(3)));
  using scorer = open({ lookahead: 1 });
  await scorer.push(snippet(8));
  const { compiled } = detector.scorer;
  detector.scorer.compiled = async () => Promise.reject(new Error('no memory'));
  await expect(scorer.push(snippet(9))).rejects.toThrow('no memory');
  detector.scorer.compiled = compiled;
  using plain = open();
  expect(await plain.push(snippet(0))).toEqual(expected.slice(0, 1));
  const scores = [...(await scorer.push(snippet(0))), ...(await scorer.flush())];
  expect(scores).toEqual([{ ...expected[0], index: 2 }]);
});

test('latency: by design, and as measured', async () => {
  using scorer = open({ lookahead: 3 });
  expect(scorer.latency).toEqual({ snippets: 3, seconds: 2, lastMs: 0, worstMs: 0 });
  await scorer.push(snippet(0));
  const { lastMs, worstMs } = scorer.latency;
  expect(lastMs).toBeGreaterThan(0);
  expect(worstMs).toBeGreaterThanOrEqual(lastMs);
});

test('10,000 pushes leave nothing behind', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const used = async () => {
    // Buffers that ONNX Runtime held on to are freed a turn after their wrappers.
    for (let i = 0; i < 3; i++) {
      collectGarbage();
      await setTimeout(10);
    }
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const { signal } = new AbortController();
  using scorer = open({ window: 8, lookahead: 2 });
  const given = snippets(16);
  const run = async (count: number) => {
    let scores = 0;
    function* camera() {
      for (let i = 0; i < count; i++) yield { visual: given[i % given.length]!.visual };
    }
    for await (const _ of scorer.scores(camera(), { signal })) scores++;
    return scores;
  };
  // Until then the engine still compiles what runs often.
  await run(3000);
  const before = await used();
  expect(await run(10_000)).toBe(10_000);
  // A score, promise or listener that is kept takes more than 100 bytes, a window far more.
  expect((await used()) - before).toBeLessThan(1_000_000);
});

test('a ring has the last rows in order, in one piece', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constant('clear' as const))),
      (capacity, width, steps) => {
        const ring = new Ring(capacity, width);
        let rows: number[][] = [];
        for (const step of steps) {
          if (step === 'clear') {
            ring.clear();
            rows = [];
          } else {
            const row = Array.from({ length: width }, (_, i) => step + i);
            ring.push(Float32Array.from(row));
            rows = [...rows, row].slice(-capacity);
          }
          expect(ring.length).toBe(rows.length);
          expect([...ring.values]).toEqual(rows.flat());
        }
      },
    ),
    { seed: 1 },
  );
});

test('causal windows cover a sequence once, each part behind its context', () => {
  const sizes = fc.integer({ min: 1, max: 40 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), sizes, sizes, (length, size, context) => {
      let next = 0;
      for (const { start, length: own, from, to } of causalWindowsOf(length, size, context)) {
        expect([from, start + own, from - start]).toEqual([next, to, Math.min(from, context)]);
        expect(to - from).toBeLessThanOrEqual(size);
        next = to;
      }
      expect(next).toBe(length);
    }),
    { seed: 1 },
  );
});

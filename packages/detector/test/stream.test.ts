import type { FeatureSequence } from '@robusta/core';
import { expectClose } from '@robusta/test-kit';
import fc from 'fast-check';
import {
  type Backbone,
  createStreamScorer,
  type Detector,
  type DetectorScores,
  type Fusion,
  type StreamScore,
  type StreamScorer,
  type StreamSnippet,
  trainDetector,
} from '../src/index.js';
import { causal, passes, positioned, wide } from './stream-backbone.js';
import { sequence, toyVideos } from './toy.js';

const crops = 2;
const dims = { visual: 6, audio: 4 };
const modalities = ['visual', 'audio'] as const;
type Kind = keyof DetectorScores;

const train = (backbone: Backbone, fusion: Fusion) =>
  trainDetector({ backbone, data: toyVideos(6, { crops }), fusion, epochs: 2 });

let shared: Detector;
let concat: Detector;
let online: Detector;
beforeAll(async () => {
  shared = await train(wide, 'shared');
  concat = await train(wide, 'concat');
  online = await train(causal, 'shared');
});
afterAll(() => {
  for (const detector of [shared, concat, online]) detector.dispose();
});

/** A recording with both modalities. */
const recording = (length: number, seed = 0) => ({
  visual: sequence('visual', { length, crops, dim: dims.visual, seed: 2 * seed }),
  audio: sequence('audio', { length, dim: dims.audio, seed: 2 * seed + 1 }),
});
type Recording = ReturnType<typeof recording>;

const part = (whole: FeatureSequence, from: number, to: number): FeatureSequence => {
  const width = whole.crops * whole.dim;
  return { ...whole, length: to - from, data: whole.data.subarray(from * width, to * width) };
};

/** Its snippets, less what is missing. */
const snippetsOf = (
  { visual, audio }: Recording,
  has: { visual?: boolean[]; audio?: boolean[] } = {},
): StreamSnippet[] =>
  Array.from({ length: visual.length }, (_, i) => ({
    ...(has.visual?.[i] === false ? {} : { visual: part(visual, i, i + 1).data }),
    ...(has.audio?.[i] === false ? {} : { audio: part(audio, i, i + 1).data }),
  }));

async function streamed(scorer: StreamScorer, snippets: readonly StreamSnippet[]): Promise<StreamScore[]> {
  const scores: StreamScore[] = [];
  for (const snippet of snippets) scores.push(...(await scorer.push(snippet)));
  return [...scores, ...(await scorer.flush())];
}

const column = (scores: readonly StreamScore[], kind: Kind) => scores.map((score) => score[kind]!);

test.each(['shared', 'padding', 'concat'] as const)('online, %s: as the whole recording', async (fusion) => {
  using detector = await train(causal, fusion);
  for (const length of [1, 2, 3, 40]) {
    const whole = recording(length, length);
    const batch = await detector.score(whole, { branch: 'online' });
    const scores = await streamed(createStreamScorer(detector), snippetsOf(whole));
    expect(column(scores, 'index' as Kind)).toEqual(Array.from({ length }, (_, i) => i));
    for (const [kind, values] of Object.entries(batch)) {
      expectClose(column(scores, kind as Kind), values, { absolute: 1e-6, label: kind });
    }
  }
});

test('online scores of a recording of several windows have no borders', async () => {
  const whole = recording(2100);
  const scores = await streamed(createStreamScorer(online), snippetsOf(whole));
  const batch = await online.score(whole, { branch: 'online' });
  for (const kind of modalities) expectClose(column(scores, kind), batch[kind]!, { absolute: 1e-6 });
});

test('the branches differ, and the online one does not see the future', async () => {
  const whole = recording(9);
  const [offline, causally] = [await online.score(whole), await online.score(whole, { branch: 'online' })];
  expect(offline.visual).not.toEqual(causally.visual);
  const start = await online.score({ visual: part(whole.visual, 0, 5) }, { branch: 'online' });
  expectClose(causally.visual!.slice(0, 5), start.visual!, { absolute: 1e-6 });
});

/** The stretch of a kind around each snippet: without the modality there is none. */
function stretchOf(has: readonly boolean[], i: number): [from: number, to: number] {
  let [from, to] = [i, i + 1];
  while (from > 0 && has[from - 1]) from--;
  while (to < has.length && has[to]) to++;
  return [from, to];
}

test('sliding window: the score that the stretch has at that place, whatever the window, lookahead and gaps', async () => {
  const gappy = (length: number) => fc.array(fc.boolean(), { minLength: length, maxLength: length });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 24 }).chain((length) =>
        fc.record({
          whole: fc.nat({ max: 1e6 }).map((seed) => recording(length, seed)),
          window: fc.integer({ min: 1, max: 10 }),
          share: fc.double({ min: 0, max: 1, noNaN: true }),
          visual: gappy(length),
          audio: gappy(length),
          gapless: fc.boolean(),
        }),
      ),
      async ({ whole, window, share, visual, audio, gapless }) => {
        const lookahead = Math.floor(share * (window - 1));
        // Each snippet has something.
        const has = {
          visual: visual.map((there) => there || gapless),
          audio: audio.map((there, i) => there || gapless || !visual[i]),
        };
        using scorer = createStreamScorer(shared, { window, lookahead });
        const scores = await streamed(scorer, snippetsOf(whole, has));
        expect(scores.map(({ index }) => index)).toEqual(visual.map((_, i) => i));
        for (const kind of modalities) {
          for (const [i, score] of scores.entries()) {
            if (!has[kind][i]) {
              expect(score).not.toHaveProperty(kind);
              continue;
            }
            const [start, end] = stretchOf(has[kind], i);
            const to = Math.min(end, i + 1 + lookahead);
            const from = Math.max(start, to - window);
            const batch = await shared.score({ [kind]: part(whole[kind], from, to) });
            expectClose([score[kind]!], [batch[kind]![i - from]!], { absolute: 1e-6, label: `${kind} ${i}` });
          }
        }
      },
    ),
    { numRuns: 25, seed: 1 },
  );
});

test('concat: a missing modality stands at the mean of the training data', async () => {
  const length = 9;
  const window = 4;
  const whole = recording(length);
  const has = Array.from({ length }, (_, i) => i % 3 !== 1);
  const scores = await streamed(createStreamScorer(concat, { window }), snippetsOf(whole, { audio: has }));
  const videos = toyVideos(6, { crops }).map(({ audio }) => audio as FeatureSequence);
  const rows = videos.reduce((sum, video) => sum + video.length, 0);
  const mean = Array.from({ length: dims.audio }, (_, d) => {
    const values = videos.flatMap(({ data }) => [...data].filter((_, i) => i % dims.audio === d));
    return values.reduce((sum, value) => sum + value, 0) / rows;
  });
  const data = whole.audio.data.map((value, i) =>
    has[Math.floor(i / dims.audio)] ? value : mean[i % dims.audio]!,
  );
  for (const [i, { joint }] of scores.entries()) {
    const from = Math.max(0, i + 1 - window);
    const batch = await concat.score({
      visual: part(whole.visual, from, i + 1),
      audio: part({ ...whole.audio, data }, from, i + 1),
    });
    expectClose([joint!], batch.joint!.slice(-1), { absolute: 1e-6 });
  }
});

test('concat without one modality all along scores as a recording without it', async () => {
  const { visual, audio } = recording(5);
  for (const [kind, given] of Object.entries({ visual: { visual }, audio: { audio } })) {
    const missing = kind === 'visual' ? 'audio' : 'visual';
    const none = Array.from({ length: 5 }, () => false);
    const scores = await streamed(
      createStreamScorer(concat),
      snippetsOf({ visual, audio }, { [missing]: none }),
    );
    const batch = await concat.score(given);
    expectClose([scores.at(-1)!.joint!], [batch.joint!.at(-1)!], { absolute: 1e-6, label: kind });
  }
});

test('without scaling, the mean is zero', async () => {
  using detector = await trainDetector({
    backbone: wide,
    data: toyVideos(6, { crops }),
    fusion: 'concat',
    epochs: 1,
    inputScaling: 'none',
  });
  const { visual } = recording(3);
  const scores = await streamed(
    createStreamScorer(detector),
    Array.from({ length: 3 }, (_, i) => ({ visual: part(visual, i, i + 1).data })),
  );
  const batch = await detector.score({ visual });
  expectClose([scores.at(-1)!.joint!], [batch.joint!.at(-1)!], { absolute: 1e-6 });
});

test('a backbone that needs a graph for each length has one of the window, for any number of snippets', async () => {
  using detector = await train(positioned, 'shared');
  using scorer = createStreamScorer(detector, { window: 20, lookahead: 1 });
  await scorer.ready();
  const before = passes.count;
  const whole = recording(24);
  const scores = await streamed(scorer, snippetsOf(whole));
  expect(passes.count).toBe(before);
  for (const [i, { visual }] of scores.entries()) {
    const to = Math.min(24, i + 2);
    const from = Math.max(0, to - 20);
    const batch = await detector.score({ visual: part(whole.visual, from, to) });
    expectClose([visual!], [batch.visual![i - from]!], { absolute: 1e-6 });
  }
});

test('no push compiles anything once the stream is ready', async () => {
  using detector = await train(causal, 'shared');
  for (const branch of ['online', 'offline'] as const) {
    using scorer = createStreamScorer(detector, { branch, window: 8 });
    await scorer.ready();
    const before = passes.count;
    await streamed(scorer, snippetsOf(recording(20)));
    expect(passes.count).toBe(before);
  }
});

test('streams of one detector do not mix', async () => {
  const [one, other] = [recording(12, 1), recording(12, 2)];
  const alone = await streamed(createStreamScorer(shared, { window: 4 }), snippetsOf(one));
  const [first, second] = [
    createStreamScorer(shared, { window: 4 }),
    createStreamScorer(shared, { window: 4 }),
  ];
  const mixed: StreamScore[] = [];
  const others = snippetsOf(other);
  for (const [i, snippet] of snippetsOf(one).entries()) {
    const [scores] = await Promise.all([first.push(snippet), second.push(others[i]!)]);
    mixed.push(...scores);
  }
  expect(mixed).toEqual(alone);
});

test('flush ends a recording: nothing before it counts, the numbers go on', async () => {
  const snippets = snippetsOf(recording(5));
  using scorer = createStreamScorer(shared, { window: 4, lookahead: 2 });
  const first = await streamed(scorer, snippets);
  const second = await streamed(scorer, snippets);
  expect(first.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
  expect(second).toEqual(first.map((score) => ({ ...score, index: score.index + 5 })));
  expect(await scorer.flush()).toEqual([]);
});

test('scores come out with the lookahead asked for', async () => {
  using scorer = createStreamScorer(shared, { window: 4, lookahead: 2 });
  const counts: number[][] = [];
  for (const snippet of snippetsOf(recording(4))) {
    counts.push((await scorer.push(snippet)).map(({ index }) => index));
  }
  expect([...counts, (await scorer.flush()).map(({ index }) => index)]).toEqual([[], [], [0], [1], [2, 3]]);
});

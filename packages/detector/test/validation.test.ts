import { averagePrecision, rocAuc } from '@robusta/metrics';
import { type EpochReport, type TrainOptions, trainDetector, type ValidationVideo } from '../src/index.js';
import { tiny } from './tiny-backbone.js';
import { hot, toyVideos } from './toy.js';

const train = (options: Partial<TrainOptions> = {}) =>
  trainDetector({ backbone: tiny, data: toyVideos(12), fusion: 'shared', epochs: 6, ...options });

const reportsOf = async (options: Partial<TrainOptions>) => {
  const reports: EpochReport[] = [];
  using detector = await train({ ...options, onEpoch: (report) => reports.push(report) });
  return { reports, weights: detector.weights, training: detector.description.training };
};

/** Held-out videos with a label for each snippet, or `frames` of them. */
function labelled(count: number, frames = 1): ValidationVideo[] {
  return toyVideos(100 + count)
    .slice(100)
    .map((video) => ({
      ...video,
      labels: Uint8Array.from({ length: video.visual!.length * frames }, (_, i) => {
        const t = Math.floor(i / frames);
        return video.label && t >= hot[0] && t < hot[1] ? 1 : 0;
      }),
    }));
}

describe.each(['concat', 'shared', 'padding'] as const)('%s', (fusion) => {
  test('the metric is that of the finished detector over all labels, modalities counting the same', async () => {
    const videos = labelled(5, 2);
    const reports: EpochReport[] = [];
    using detector = await train({
      fusion,
      validation: { videos, metric: 'rocAuc' },
      onEpoch: (report) => reports.push(report),
    });
    const labels: number[] = [];
    const values: number[] = [];
    for (const video of videos) {
      const { visual, audio, joint } = await detector.score(video as never);
      video.labels!.forEach((label, i) => {
        const t = i >> 1;
        labels.push(label);
        values.push(joint ? joint[t]! : Math.fround((visual![t]! + audio![t]!) / 2));
      });
    }
    expect(reports.at(-1)!.validation).toBeCloseTo(rocAuc(labels, values), 6);
  });
});

test('without labels the highest score of a video is compared with its label', async () => {
  const videos = toyVideos(110).slice(100);
  const reports: EpochReport[] = [];
  using detector = await train({
    fusion: 'concat',
    validation: { videos },
    onEpoch: (report) => reports.push(report),
  });
  const highest = await Promise.all(
    videos.map(async (video) => Math.max(...(await detector.score(video as never)).joint!)),
  );
  const expected = averagePrecision(
    videos.map(({ label }) => label),
    highest,
  );
  expect(reports.at(-1)!.validation).toBeCloseTo(expected, 6);
});

test('best: the weights of the first epoch with the highest metric, which the model names', async () => {
  const validation = { videos: labelled(4) };
  const options = { validation, learningRate: 0.3, epochs: 8 };
  const { reports } = await reportsOf(options);
  const values = reports.map(({ validation: value }) => value!);
  const best = values.indexOf(Math.max(...values)) + 1;
  expect(best).toBeLessThan(8);
  expect(reports.at(-1)!.best).toEqual({ epoch: best, value: Math.max(...values) });
  const chosen = await reportsOf({ ...options, select: 'best' });
  expect(chosen.weights).toEqual((await reportsOf({ ...options, epochs: best })).weights);
  expect(chosen.training).toMatchObject({ select: 'best', selected: { epoch: best } });
});

test('patience: stops after so many validations without a new best; measured every so many epochs and at the end', async () => {
  const validation = { videos: labelled(4), everyEpochs: 2 };
  const { reports, training } = await reportsOf({ validation, patience: 2, epochs: 41, learningRate: 1e-9 });
  expect(reports.map(({ epoch, validation: value }) => [epoch, value !== undefined])).toEqual(
    [1, 2, 3, 4, 5, 6].map((epoch) => [epoch, epoch % 2 === 0]),
  );
  expect(training.stepsTaken).toBeLessThan(41 * 3);
  const all = await reportsOf({ validation, epochs: 3 });
  expect(all.reports.map(({ validation: value }) => value !== undefined)).toEqual([false, true, true]);
});

test.each<[string, ValidationVideo[], string]>([
  ['no anomalous snippet', labelled(4).filter(({ label }) => label === 0), 'NO_POSITIVE'],
  [
    'labels of another length',
    labelled(4).map((video) => ({ ...video, labels: new Uint8Array(5) })),
    'LENGTH_MISMATCH',
  ],
  [
    'labels that are not 0 or 1',
    labelled(4).map((video) => ({ ...video, labels: video.labels!.map((v) => 2 * v) })),
    'NON_BINARY_LABEL',
  ],
  ['labels of some videos only', [...labelled(4), ...toyVideos(2)], 'BAD_INPUT'],
  ['another width', toyVideos(2, { visualDim: 5 }), 'FEATURE_MISMATCH'],
  ['all normal without labels', toyVideos(4).filter(({ label }) => label === 0), 'NO_POSITIVE'],
])('%s is refused before the first step', async (_, videos, code) => {
  let steps = 0;
  await expect(train({ validation: { videos }, onStep: () => steps++ })).rejects.toMatchObject({ code });
  expect(steps).toBe(0);
});

test.each([{ select: 'best' as const }, { patience: 3 }])('%j needs validation', async (options) => {
  await expect(train(options)).rejects.toMatchObject({
    code: 'BAD_OPTION',
    message: expect.stringContaining('validation'),
  });
});

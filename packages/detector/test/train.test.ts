import { expectClose } from '@robusta/test-kit';
import { type EpochReport, type TrainOptions, trainDetector } from '../src/index.js';
import { tiny } from './tiny-backbone.js';
import { hot, sequence, toyVideos } from './toy.js';

const train = (options: Partial<TrainOptions> = {}) =>
  trainDetector({ backbone: tiny, data: toyVideos(12), fusion: 'shared', ...options });

const refusal = async (options: Partial<TrainOptions>) => {
  const error = await train(options).catch((reason: unknown) => reason);
  return error as { code: string; message: string };
};

describe('separable toy data', () => {
  // Videos that training has not seen; every raised snippet must be above every other.
  const unseen = [1, 3].map((seed) => ({
    visual: sequence('visual', { length: 15, dim: 6, seed: 1000 + seed, hot }),
    audio: sequence('audio', { length: 15, dim: 4, seed: 2000 + seed, hot }),
  }));
  const separated = (scores: Float32Array) => {
    // The convolution over time blurs the border by one snippet.
    const inside = scores.slice(hot[0], hot[1]);
    const outside = [...scores.slice(0, hot[0] - 1), ...scores.slice(hot[1] + 1)];
    return Math.min(...inside) > Math.max(...outside);
  };

  test('shared: each modality alone finds the anomaly', async () => {
    using detector = await train();
    for (const features of unseen) {
      const { visual, audio, joint } = await detector.score(features);
      expect([visual!, audio!].map(separated)).toEqual([true, true]);
      expect(joint).toBeUndefined();
    }
  });

  test('concat: the joined features find the anomaly, also without one modality', async () => {
    using detector = await train({ fusion: 'concat' });
    for (const { visual, audio } of unseen) {
      for (const input of [{ visual, audio }, { visual }, { audio }]) {
        const scores = await detector.score(input);
        expect(Object.keys(scores)).toEqual(['joint']);
        expect(separated(scores.joint!)).toBe(true);
      }
    }
  });
});

test('the same seed gives the same weights byte by byte, another seed others', async () => {
  const weights = async (seed: number) => {
    using detector = await train({ seed, epochs: 3 });
    return detector.weights;
  };
  const first = await weights(7);
  expect(await weights(7)).toEqual(first);
  expect(await weights(8)).not.toEqual(first);
});

test('engines agree: weights after the first steps on cpu and onnx', async () => {
  const trained = await Promise.all(
    (['cpu', 'onnx'] as const).map(async (engine) => {
      using detector = await train({ engine, epochs: 1, batchSize: 16 });
      return detector.weights;
    }),
  );
  for (const [name, { data }] of Object.entries(trained[0]!)) {
    expectClose(trained[1]![name]!.data, data, { absolute: 1e-4, label: name });
  }
});

test('reports every epoch: mean loss and its terms', async () => {
  const reports: EpochReport[] = [];
  using _detector = await train({ epochs: 3, onEpoch: (report) => reports.push(report) });
  expect(reports.map(({ epoch, epochs }) => [epoch, epochs])).toEqual([
    [1, 3],
    [2, 3],
    [3, 3],
  ]);
  for (const { loss, terms, secondsPerStep } of reports) {
    expect(terms).toEqual({ fit: loss });
    expect(secondsPerStep).toBeGreaterThan(0);
  }
  expect(reports[2]!.loss).toBeLessThan(reports[0]!.loss);
});

test('bags that fill up the last batch do not count: the loss of an epoch is the mean over its samples', async () => {
  const losses = (batchSize: number) => {
    const seen: number[] = [];
    // So small a rate that the weights stay where they are.
    const options = { batchSize, epochs: 1, learningRate: 1e-12, backboneOptions: { dropout: 0 } };
    return train({ ...options, onEpoch: ({ loss }) => seen.push(loss) }).then((detector) => {
      detector.dispose();
      return seen;
    });
  };
  // 24 samples: whole batches, and 24 = 3·7 + 3.
  expectClose(await losses(7), await losses(24), { relative: 1e-5 });
});

test('visual crops are samples of their own, and their scores are averaged', async () => {
  using detector = await train({ data: toyVideos(6, { crops: 3 }), epochs: 2 });
  expect(detector.description.training.samples).toBe(6 * 3 * 2);
  const visual = sequence('visual', { crops: 3, dim: 6, seed: 5 });
  const whole = (await detector.score({ visual })).visual!;
  const mean = new Float32Array(visual.length);
  for (let crop = 0; crop < 3; crop++) {
    const rows = Array.from({ length: visual.length }, (_, t) => {
      const start = (t * 3 + crop) * 6;
      return Array.from(visual.data.slice(start, start + 6));
    });
    const thrice = { ...visual, data: Float32Array.from(rows.flatMap((row) => [...row, ...row, ...row])) };
    const { visual: scores } = await detector.score({ visual: thrice });
    for (const [t, score] of scores!.entries()) mean[t]! += score / 3;
  }
  expectClose(whole, mean, { absolute: 1e-6 });
});

test('standardize makes the result independent of the units of a feature', async () => {
  const scores = async (unit: number) => {
    const rescale = (video: ReturnType<typeof toyVideos>[number]) => ({
      ...video,
      visual: {
        ...video.visual!,
        data: video.visual!.data.map((value, i) => (i % 6 === 0 ? value * unit + unit : value)),
      },
    });
    const data = toyVideos(8).map(rescale);
    using detector = await train({ data, epochs: 3 });
    return (await detector.score({ visual: data[1]!.visual })).visual!;
  };
  expectClose(await scores(1024), await scores(1), { absolute: 1e-4 });
});

test('standardized inputs are clamped: a broken feature cannot act without bound', async () => {
  using detector = await train({ epochs: 2, inputClamp: 5 });
  const visual = sequence('visual', { seed: 3 });
  const broken = (value: number) => ({
    ...visual,
    data: visual.data.map((x, i) => (i % 6 === 2 ? value : x)),
  });
  const near = await detector.score({ visual: broken(1e3) });
  const far = await detector.score({ visual: broken(1e30) });
  expect(far.visual).toEqual(near.visual);
});

describe('refusals name what is wrong', () => {
  const videos = () => toyVideos(4);

  test.each([
    ['EMPTY_INPUT', /no training videos/, () => []],
    [
      'NO_POSITIVE',
      /all 4 videos are normal/,
      () => videos().map((video) => ({ ...video, label: 0 as const })),
    ],
    [
      'NO_NEGATIVE',
      /all 4 videos are anomalous/,
      () => videos().map((video) => ({ ...video, label: 1 as const })),
    ],
    [
      'NON_BINARY_LABEL',
      /"video-1": label is 2/,
      () => videos().map((v, i) => (i === 1 ? { ...v, label: 2 as 1 } : v)),
    ],
    ['BAD_INPUT', /"video-0": occurs twice/, () => [...videos(), videos()[0]!]],
    [
      'NON_FINITE',
      /"video-2", audio features: snippet 3, crop 0, feature 1 is NaN/,
      () => {
        const data = videos();
        data[2]!.audio!.data[3 * 4 + 1] = Number.NaN;
        return data;
      },
    ],
    [
      'FEATURE_MISMATCH',
      /"video-3", visual features: dim is 7, expected 6/,
      () => videos().map((v, i) => (i === 3 ? { ...v, visual: sequence('visual', { dim: 7 }) } : v)),
    ],
    [
      'FEATURE_MISMATCH',
      /"video-3", visual features: crops is 5, expected 1/,
      () => videos().map((v, i) => (i === 3 ? { ...v, visual: sequence('visual', { crops: 5 }) } : v)),
    ],
    [
      'MISSING_MODALITY',
      /"video-1": has no features/,
      () => videos().map((v, i) => (i === 1 ? { id: v.id, label: v.label } : v)),
    ],
    ['MISSING_MODALITY', /needs visual features/, () => videos().map(({ visual: _, ...rest }) => rest)],
    [
      'BAD_INPUT',
      /"video-0", visual features: data has 71 values/,
      () =>
        videos().map((v, i) =>
          i === 0 ? { ...v, visual: { ...sequence('visual', {}), data: new Float32Array(71) } } : v,
        ),
    ],
    [
      'EMPTY_INPUT',
      /"video-0", visual features: has no snippets/,
      () => videos().map((v, i) => (i === 0 ? { ...v, visual: sequence('visual', { length: 0 }) } : v)),
    ],
  ])('%s %s', async (code, message, data) => {
    expect(await refusal({ data: data() as TrainOptions['data'] })).toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  test('LENGTH_MISMATCH where joined modalities differ in length', async () => {
    const data = toyVideos(4).map((v, i) =>
      i === 2 ? { ...v, audio: sequence('audio', { length: 5, dim: 4 }) } : v,
    );
    expect(await refusal({ data, fusion: 'concat' })).toMatchObject({
      code: 'LENGTH_MISMATCH',
      message: expect.stringMatching(/"video-2": 11 visual but 5 audio snippets/),
    });
  });

  test.each([
    [{ fusion: 'sum' }, /fusion/],
    [{ epochs: 0 }, /epochs/],
    [{ learningRate: -1 }, /learningRate/],
    [{ seed: 1.5 }, /seed/],
    [{ engine: 'abacus' }, /engine/],
    [{ depth: 3 }, /depth/],
    [{ backbone: 'xdviodet' }, /expected a backbone/],
    [{ backboneOptions: { height: 2 } }, /height/],
  ])('BAD_OPTION %j', async (options, message) => {
    expect(await refusal(options as never)).toMatchObject({
      code: 'BAD_OPTION',
      message: expect.stringMatching(message),
    });
  });

  test('a loss that is no number any more names epoch, batch and videos', async () => {
    const data = toyVideos(4);
    data[1]!.visual!.data.fill(3e38);
    const error = await refusal({ data, inputScaling: 'none', batchSize: 8, epochs: 3 });
    expect(error).toMatchObject({ code: 'NON_FINITE' });
    expect(error.message).toMatch(/diverged in epoch \d, batch 1 \(videos .*video-1/);
  });

  test('ABORTED before and between steps', async () => {
    expect(await refusal({ signal: AbortSignal.abort() })).toMatchObject({ code: 'ABORTED' });
    const controller = new AbortController();
    let epochs = 0;
    const onEpoch = () => {
      epochs++;
      controller.abort();
    };
    expect(await refusal({ signal: controller.signal, onEpoch })).toMatchObject({ code: 'ABORTED' });
    expect(epochs).toBe(1);
  });
});

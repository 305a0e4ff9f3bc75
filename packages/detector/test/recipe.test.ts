import { type Backbone, type TrainOptions, TrainOptionsSchema, trainDetector } from '../src/index.js';
import { recipeOf } from '../src/recipe.js';
import { plainLayout } from '../src/samples.js';
import { tiny } from './tiny-backbone.js';
import { toyVideos } from './toy.js';

const published: Backbone = {
  ...tiny,
  defaults: { ...tiny.defaults, cosinePeriod: 60, maxLength: 32 },
  official: { steps: 100, dropLast: true, seed: 9, inputScaling: 'none', backboneOptions: { width: 5 } },
};

const recipe = (options: Partial<TrainOptions>, layout = plainLayout, crops = 1) =>
  recipeOf(
    TrainOptionsSchema.parse({ backbone: published, data: [], fusion: 'shared', ...options }),
    layout,
    crops,
  );

test('without a preset the defaults of the backbone hold, and what they leave open is filled in', () => {
  expect(recipe({})).toEqual({
    epochs: 40,
    batchSize: 8,
    learningRate: 0.02,
    weightDecay: 0,
    schedule: 'constant',
    milestones: [20],
    cosinePeriod: 60,
    maxLength: 32,
    dropLast: false,
    inputScaling: 'standardize',
    seed: 0,
  });
});

test('official: what the published code does besides', () => {
  expect(recipe({ preset: 'official' })).toMatchObject({
    epochs: 40,
    steps: 100,
    dropLast: true,
    seed: 9,
    inputScaling: 'none',
  });
});

test('paper: its optimiser and length, nothing of the backbone but the snippets of a bag', () => {
  expect(recipe({ preset: 'paper' })).toEqual({
    epochs: 50,
    batchSize: 640,
    learningRate: 1e-5,
    weightDecay: 1e-5,
    schedule: 'cosine',
    milestones: [],
    maxLength: 32,
    dropLast: false,
    inputScaling: 'none',
    seed: 0,
  });
  const together = { ...plainLayout, crops: 'together' } as const;
  expect(recipe({ preset: 'paper' }, together, 10).batchSize).toBe(64);
  expect(recipe({ preset: 'paper' }, together, 5).batchSize).toBe(128);
});

test.each(['paper', 'official'] as const)('%s: any value can be overridden', (preset) => {
  const own = { epochs: 3, learningRate: 1, schedule: 'multistep' as const, milestones: [1], seed: 4 };
  expect(recipe({ preset, ...own })).toMatchObject(own);
});

test('epochs of the caller are not cut short by the steps of a preset, steps of the caller end it', () => {
  expect(recipe({ preset: 'official', epochs: 3 }).steps).toBeUndefined();
  expect(recipe({ preset: 'official', epochs: 3, steps: 7 }).steps).toBe(7);
});

test('a preset decides about options of the backbone, the caller has the last word', async () => {
  const train = async (options: Partial<TrainOptions>) => {
    using detector = await trainDetector({
      backbone: published,
      data: toyVideos(4),
      fusion: 'concat',
      preset: 'official',
      steps: 1,
      ...options,
    });
    return detector.description;
  };
  expect((await train({})).backbone.options).toMatchObject({ width: 5 });
  const own = await train({ backboneOptions: { width: 3 } });
  expect(own.backbone.options).toMatchObject({ width: 3 });
  expect(own.training).toMatchObject({ preset: 'official', steps: 1, seed: 9, stepsTaken: 1 });
});

test('a published recipe that does not exist is refused', async () => {
  await expect(
    trainDetector({ backbone: tiny, data: toyVideos(4), fusion: 'concat', preset: 'official' }),
  ).rejects.toMatchObject({ code: 'BAD_OPTION', message: expect.stringMatching(/tiny/) });
});

test('steps end a training in the middle of an epoch, or go on beyond the epochs; dropLast leaves out the rest', async () => {
  const epochs = async (options: Partial<TrainOptions>) => {
    const seen: number[][] = [];
    using _ = await trainDetector({
      backbone: tiny,
      data: toyVideos(10),
      fusion: 'concat',
      batchSize: 4,
      onEpoch: ({ epoch, step }) => seen.push([epoch, step]),
      ...options,
    });
    return seen;
  };
  expect(await epochs({ epochs: 2 })).toEqual([
    [1, 3],
    [2, 6],
  ]);
  expect(await epochs({ epochs: 1, steps: 5 })).toEqual([
    [1, 3],
    [2, 5],
  ]);
  expect(await epochs({ epochs: 2, dropLast: true })).toEqual([
    [1, 2],
    [2, 4],
  ]);
});

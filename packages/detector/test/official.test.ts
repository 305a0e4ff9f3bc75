import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Backbone, Detector, type PublishedModel, trainDetector } from '../src/index.js';
import { tiny } from './tiny-backbone.js';
import { sequence, toyVideos } from './toy.js';

/** As if someone had published weights under other names. */
const published: Backbone<PublishedModel> = {
  ...tiny,
  build(config) {
    const model = tiny.build(config);
    return {
      ...model,
      fromOfficial: (stateDict) =>
        Object.fromEntries(
          Object.keys(model.parameters).map((name) => {
            const { shape, data } = stateDict[`net.${name}`]!;
            return [name, { shape, data: Float32Array.from(data as Float32Array) }];
          }),
        ),
    };
  },
};

/** A detector for joined features as they are, and its state dict. */
async function trained() {
  const detector = await trainDetector({
    backbone: tiny,
    data: toyVideos(6, { crops: 2 }),
    fusion: 'concat',
    inputScaling: 'none',
    epochs: 2,
  });
  const stateDict = Object.fromEntries(
    Object.entries(detector.weights).map(([name, array]) => [name.replace('backbone.', 'net.'), array]),
  );
  return { detector, stateDict };
}

const widths = { visual: { dim: 6, crops: 2 }, audio: { dim: 4 } };

test('published weights score like the network that they come from, also when saved and loaded', async () => {
  const { detector, stateDict } = await trained();
  const recording = {
    visual: sequence('visual', { length: 11, crops: 2, dim: 6 }),
    audio: sequence('audio', { length: 11, dim: 4 }),
  };
  const expected = await detector.score(recording);
  using taken = Detector.fromOfficial({ backbone: published, stateDict, ...widths });
  expect(await taken.score(recording)).toEqual(expected);
  expect(taken.description.training).toEqual({ maxLength: 200, source: 'official' });
  const folder = await mkdtemp(join(tmpdir(), 'official-'));
  try {
    await taken.save(folder);
    using loaded = await Detector.load(folder, { backbone: published });
    expect(await loaded.score(recording)).toEqual(expected);
  } finally {
    await rm(folder, { recursive: true });
  }
  detector.dispose();
});

test('weights of other widths, or that are no numbers, are refused', async () => {
  const { detector, stateDict } = await trained();
  detector.dispose();
  const build = (options: object) => () =>
    Detector.fromOfficial({ backbone: published, stateDict, ...widths, ...options });
  expect(build({ audio: { dim: 5 } })).toThrow(expect.objectContaining({ code: 'BAD_MODEL' }));
  const broken = {
    ...stateDict,
    'net.hidden.bias': { shape: [8], data: new Float32Array(8).fill(Number.NaN) },
  };
  expect(build({ stateDict: broken })).toThrow(expect.objectContaining({ code: 'BAD_MODEL' }));
  expect(build({ visual: undefined, audio: undefined })).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION' }),
  );
});

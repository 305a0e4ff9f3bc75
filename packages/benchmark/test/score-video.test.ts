import type { FeatureSequence, Modality } from '@robusta/core';
import { DynamicWeighting } from '@robusta/gmm-fusion';
import { conditionName } from '../src/protocol/condition.js';
import { createPairs, pairName, rowsOf, type TestVideoHead } from '../src/run/inputs.js';
import { scoreVideo, type TestVideo } from '../src/run/score-stage.js';
import type { SeedModels } from '../src/run/train-stage.js';

const length = 5;
const rows = (modality: Modality, value: number, count = length): FeatureSequence => ({
  ...{ modality, length: count, crops: 1, dim: 1 },
  data: new Float32Array(count).fill(value),
});

/** A video whose features under any condition are the length of its name; notes what is read. */
function video(modalities: Modality[], read: string[], count = length): TestVideo {
  return {
    ...{ id: 'v', label: 1, frames: 16 * length, intervals: [[0, 16]], modalities },
    async read(modality, condition) {
      const name = conditionName(condition);
      read.push(`${modality} ${name}`);
      return rows(modality, name.length / 100, name === 'clean' ? length : count);
    },
  };
}

/** Detectors that say of a snippet what its features are, and count what they are asked. */
function models(asked: string[]): SeedModels {
  const score = async (input: { [M in Modality]?: FeatureSequence | undefined }) => {
    asked.push(
      Object.keys(input)
        .filter((key) => input[key as Modality])
        .join('+'),
    );
    const { visual, audio } = input;
    return {
      ...(visual ? { visual: visual.data } : {}),
      ...(audio ? { audio: audio.data } : {}),
      joint: Float32Array.from({ length }, () => 0.5),
    };
  };
  const stored = (weighting?: DynamicWeighting) => ({ detector: { score }, weighting }) as never;
  const model = { density: { kind: 'none' }, calibration: { c: 1, x0: 0 } } as const;
  const weighting = new DynamicWeighting({ level: 'snippet', visual: model, audio: model } as never);
  return { seed: 0, concat: stored(), shared: stored(weighting) };
}

const corruptions = ['fog', 'white', 'fog+white', 'missing-visual', 'fog@missing-audio', 'mixed-audio'];

function wantedOf(head: TestVideoHead) {
  const choice = { corruptions, severity: 3, severities: [3], levels: [0, 50, 100] } as const;
  const pairsOf = createPairs([head], { seed: 0, coupling: 'same', corruptionSeed: 0 });
  return rowsOf({ ...choice, corruptions: [...corruptions], severities: [3], levels: [0, 50, 100] }).flatMap(
    (row) => choice.levels.flatMap((level) => pairsOf(row, level)),
  );
}

test('each input is read and judged once, each pair joined once, however many rows and levels share it', async () => {
  const [read, asked]: [string[], string[]] = [[], []];
  const one = video(['visual', 'audio'], read);
  const wanted = wantedOf(one);
  const { pairs, snippets } = await scoreVideo(one, wanted, models(asked), ['concat', 'average', 'dynamic']);
  expect(snippets).toBe(length);
  expect(read).toHaveLength(new Set(read).size);
  expect(pairs.size).toBe(new Set(['clean clean', ...wanted.map(pairName)]).size);
  const single = asked.filter((what) => !what.includes('+'));
  // Joined: one question a pair; apart: one an input. A pair that lacks a modality is joined from the other alone.
  const lacking = [...pairs.keys()].filter((name) => name.includes('missing')).length;
  expect(single.length - lacking).toBe(read.length);
  expect(asked.length - single.length + lacking).toBe(pairs.size);
  const { scores } = pairs.get('fog-s3-seed0 white-s3-seed0')!;
  expect(scores.average![0]).toBeCloseTo((0.12 + 0.14) / 2, 6);
  // What is left counts alone.
  expect(pairs.get('fog-s3-seed0 missing')!.scores.average![0]).toBeCloseTo(0.12, 6);
  expect(pairs.get('fog-s3-seed0 missing')!.weights).toBeUndefined();
});

test('a silent video: corruptions of its sound change nothing, and nothing left means no alarm', async () => {
  const read: string[] = [];
  const one = video(['visual'], read);
  const { pairs } = await scoreVideo(one, wantedOf(one), models([]), ['concat', 'average', 'dynamic']);
  expect(read.sort()).toEqual(['visual clean', 'visual fog-s3-seed0']);
  expect([...pairs.keys()].sort()).toEqual(['clean missing', 'fog-s3-seed0 missing', 'missing missing']);
  const { scores } = pairs.get('missing missing')!;
  for (const method of ['concat', 'average', 'dynamic'] as const) {
    expect([...scores[method]!]).toEqual(new Array(length).fill(0));
  }
});

test('a corrupted input is cut to the clean one, a shorter one is refused', async () => {
  const long = video(['visual', 'audio'], [], length + 2);
  const { pairs } = await scoreVideo(long, wantedOf(long), models([]), ['average']);
  for (const { scores } of pairs.values()) expect(scores.average).toHaveLength(length);
  const short = video(['visual', 'audio'], [], length - 1);
  await expect(scoreVideo(short, wantedOf(short), models([]), ['average'])).rejects.toMatchObject({
    code: 'LENGTH_MISMATCH',
    message: expect.stringContaining('has 4 snippets, the clean video 5'),
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '@robusta/core';
import { expectClose } from '@robusta/test-kit';
import fc from 'fast-check';
import { coveredSamples, fullRows, windowStart } from '../src/audio/windows.js';
import {
  type AudioReport,
  alignModalities,
  audioWindowStart,
  createAudioExtractor,
  logMelExamples,
  openModel,
} from '../src/index.js';
import { writeSmallVggish } from './small-vggish.js';

const anchors = ['start', 'centre', 'end'] as const;
const hops = fc.oneof(
  fc.constantFrom(2 / 3, 0.96, 0.1, 0.01),
  fc.double({ min: 0.01, max: 0.96, noNaN: true }),
);

function noise(seconds: number): Float32Array {
  const rng = createRng(5);
  return Float32Array.from({ length: Math.round(16000 * seconds) }, () => 0.2 * rng.normal());
}

test('rows are as many as full hops fit in', () => {
  fc.assert(
    fc.property(fc.nat(10_000_000), hops, fc.constantFrom(...anchors), (samples, hopSeconds, anchor) => {
      const grid = { anchor, hopSeconds };
      const rows = fullRows(samples, grid);
      expect(coveredSamples(rows, grid)).toBeLessThanOrEqual(samples);
      expect(coveredSamples(rows + 1, grid)).toBeGreaterThan(samples);
    }),
  );
  expect(fullRows(16000, { anchor: 'end', hopSeconds: 0.1 })).toBe(10);
  expect(fullRows(32000, { anchor: 'end', hopSeconds: 2 / 3 })).toBe(3);
});

test('windows lie on their hops: both begin, are centred or end together', () => {
  fc.assert(
    fc.property(fc.nat(100_000), hops, (k, hopSeconds) => {
      const [start, centre, end] = anchors.map((anchor) => windowStart(k, { anchor, hopSeconds }));
      // Half a sample of rounding.
      expect(Math.abs(start! - k * hopSeconds * 16000)).toBeLessThanOrEqual(0.501);
      expect(Math.abs(centre! + 7680 - (k + 0.5) * hopSeconds * 16000)).toBeLessThanOrEqual(0.501);
      expect(Math.abs(end! + 15360 - (k + 1) * hopSeconds * 16000)).toBeLessThanOrEqual(0.501);
      if (hopSeconds === 2 / 3) expect(end).toBe(audioWindowStart(k, 'end'));
    }),
  );
});

test('lite rows of another hop: of any pieces, reported, with a recipe of their own', async () => {
  const sound = noise(5);
  const [common, dense] = [{ kind: 'lite' as const }, { kind: 'lite' as const, hopSeconds: 0.25 }].map(
    (options) => createAudioExtractor(options),
  );
  const reports: AudioReport[] = [];
  const whole = await dense!.extract(
    { sampleRate: 16000, channels: [sound] },
    { onReport: (report) => reports.push(report) },
  );
  expect(whole.length).toBe(20);
  expect(reports).toEqual([{ samples: 80_000, droppedSamples: 0, paddedSamples: 0 }]);
  async function* pieces() {
    for (let from = 0, size = 7; from < sound.length; from += size, size = (size * 5) % 20_011) {
      yield { sampleRate: 16000, channels: [sound.subarray(from, from + size)] };
    }
  }
  expect(await dense!.extract(pieces())).toEqual(whole);
  // Every eighth row ends with a snippet, every third one.
  const snippets = await common!.extract({ sampleRate: 16000, channels: [sound] });
  expect(whole.data.subarray(7 * 128, 8 * 128)).toEqual(snippets.data.subarray(2 * 128, 3 * 128));
  expect([common!.spec.hopSeconds, dense!.spec.hopSeconds]).toEqual([2 / 3, 0.25]);
  expect(dense!.spec.recipe.hop).toBe('0.25 s');
  const { recipeHash } = createAudioExtractor({ kind: 'lite', hopSeconds: 2 / 3 }).spec;
  expect([recipeHash, dense!.spec.recipeHash === recipeHash]).toEqual([common!.spec.recipeHash, false]);
  // On the grid of the pictures again: the row that sounds in the middle of each snippet.
  const visual = { modality: 'visual', length: 7, crops: 1, dim: 1, data: new Float32Array(7) } as const;
  const aligned = alignModalities(visual, whole, { policy: 'resample', audioHopSeconds: 0.25 });
  expect(aligned.audio.length).toBe(7);
});

test('VGGish every 0.96 s: the patches of the published code, one after the other', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'robusta-hop-'));
  const path = join(folder, 'small.onnx');
  await writeSmallVggish(path);
  const settings = { kind: 'vggish', model: path, threads: 1 } as const;
  const extractor = await createAudioExtractor({ ...settings, hopSeconds: 0.96, activation: 'none' });
  const model = await openModel(path, { kind: 'vggish', threads: 1 });
  try {
    const sound = noise(5);
    const { length, data } = await extractor.extract({ sampleRate: 16000, channels: [sound] });
    expect(length).toBe(5);
    expectClose(data, await model.run(logMelExamples(sound), 5), { absolute: 1e-5 });
    expect(extractor.spec).toMatchObject({ hopSeconds: 0.96, recipe: { hop: '0.96 s' } });
  } finally {
    await extractor.dispose();
    await model.dispose();
    await rm(folder, { recursive: true, force: true });
  }
});

test('hops out of range are refused', () => {
  for (const hopSeconds of [0, -1, 0.009, 0.97, Number.NaN, '0.5']) {
    expect(() => createAudioExtractor({ kind: 'lite', hopSeconds } as never)).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringContaining('hopSeconds') }),
    );
  }
});

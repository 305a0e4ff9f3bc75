import { type AudioClip, createRng, RobustaError } from '@robusta/core';
import { expectClose } from '@robusta/test-kit';
import { type AudioReport, createAudioExtractor, LITE_AUDIO_DIMENSIONS, logMel } from '../src/index.js';
import { tone } from './frames.js';

const extractor = createAudioExtractor({ kind: 'lite' });
const column = new Map(LITE_AUDIO_DIMENSIONS.map(({ name }, index) => [name, index]));

/** Values of a row by name. */
function named(data: Float32Array, row: number): (name: string) => number {
  return (name) => {
    const index = column.get(name);
    if (index === undefined) throw new Error(`no dimension ${name}`);
    return data[row * LITE_AUDIO_DIMENSIONS.length + index]!;
  };
}
const rowOf = async (sound: AudioClip, row: number) => named((await extractor.extract(sound)).data, row);
const bands = (value: (name: string) => number, prefix: string) =>
  Array.from({ length: 32 }, (_, band) => value(`${prefix}.${band}`));

function noise(seconds: number, level: number, sampleRate = 16000): AudioClip {
  const rng = createRng(7);
  return tone(seconds, () => level * rng.normal(), sampleRate);
}

async function failure(work: Promise<unknown>): Promise<RobustaError> {
  const error = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!RobustaError.isInstance(error)) throw new Error(`expected a RobustaError, got ${error}`);
  return error;
}

test('128 documented dimensions with unique names', () => {
  expect(LITE_AUDIO_DIMENSIONS).toHaveLength(128);
  expect(column.size).toBe(128);
  expect(extractor.spec).toMatchObject({ dim: 128, crops: 1, hopSeconds: 2 / 3, modality: 'audio' });
});

test('silence: no flux, the floor of the level', async () => {
  const value = await rowOf(
    tone(2, () => 0),
    1,
  );
  for (const { name } of LITE_AUDIO_DIMENSIONS) {
    if (
      /^(mel\.(sd|flux)|flux|flatness|level\.(sd|rise|fall|decay|rises|quiet)|crossings|modulation)/.test(
        name,
      )
    ) {
      expect([name, Math.abs(value(name)) < 1e-6]).toEqual([name, true]);
    }
  }
  expect(value('level.mean')).toBeCloseTo(-8, 5);
});

test('a steady tone: its level, its zero crossings, no flux', async () => {
  const amplitude = 0.5;
  const value = await rowOf(
    tone(3, (t) => amplitude * Math.sin(2 * Math.PI * 1000 * t)),
    2,
  );
  expect(value('level.mean')).toBeCloseTo(Math.log10(amplitude ** 2 / 2), 2);
  expect(value('crossings.mean')).toBeCloseTo(Math.sqrt(1 / 8), 2);
  expect(value('crest')).toBeCloseTo(Math.log(Math.SQRT2), 2);
  expect(Math.max(...bands(value, 'mel.flux'))).toBeLessThan(0.01);
  expect(value('steady')).toBe(1);
  // A single line is anything but flat, and stands out.
  expect(value('flatness.mean')).toBeLessThan(-2);
  expect(value('prominence.mean')).toBeGreaterThan(2);
});

test('a beep changes the band of its frequency', async () => {
  const hertz = Number(/around (\d+) Hz/.exec(LITE_AUDIO_DIMENSIONS[column.get('mel.sd.16')!]!.formula)![1]);
  const value = await rowOf(
    tone(2, (t) => (t > 0.9 && t < 1.2 ? 0.02 * Math.sin(2 * Math.PI * hertz * t) : 0)),
    1,
  );
  for (const statistic of ['mel.mean', 'mel.sd']) {
    const values = bands(value, statistic);
    expect(values.indexOf(Math.max(...values))).toBe(16);
  }
  expect(value('mel.sd.0')).toBeLessThan(0.3 * value('mel.sd.16'));
});

test('an impulse after calm: rise, crest, flux at its time', async () => {
  const calm = await rowOf(noise(2, 0.003), 1);
  const shot = tone(2, () => 0);
  shot.channels[0]!.set(noise(2, 0.003).channels[0]!);
  // 0.45 s before the end of the window of row 1, which is at 4/3 s.
  const at = Math.round((4 / 3 - 0.45) * 16000);
  const burst = noise(1, 0.3).channels[0]!;
  for (let i = 0; i < 4000; i++) shot.channels[0]![at + i]! += burst[i]! * Math.exp(-i / 800);
  const value = await rowOf(shot, 1);
  expect(value('level.rise')).toBeGreaterThan(calm('level.rise') + 2);
  expect(value('crest')).toBeGreaterThan(calm('crest') + 0.5);
  expect(value('flux.max')).toBeGreaterThan(calm('flux.max') + 1);
  expect(value('level.decay')).toBeLessThan(calm('level.decay') - 0.5);
});

test('white noise is flat and full of flux, whatever its level', async () => {
  const loud = await rowOf(noise(2, 0.3), 1);
  const louder = await rowOf(noise(2, 0.6), 1);
  for (let band = 0; band < 32; band++) {
    expect(loud(`mel.flux.${band}`)).toBeGreaterThan(0.03);
    expect(Math.abs(loud(`mel.flux.${band}`) - louder(`mel.flux.${band}`))).toBeLessThan(0.01);
    expect(louder(`mel.mean.${band}`) - loud(`mel.mean.${band}`)).toBeCloseTo(Math.LN2, 1);
  }
  // Rayleigh-distributed magnitudes: E ln m - ln E m = ln(2 / sqrt(pi)) - gamma / 2 = -0.168.
  expect(loud('flatness.mean')).toBeCloseTo(-0.168, 1);
  // The fourth moment of a normal is 3.
  expect(loud('kurtosis')).toBeCloseTo(Math.log(3), 1);
  expect(louder('level.mean') - loud('level.mean')).toBeCloseTo(Math.log10(4), 5);
});

test('the window of row k ends at (k + 1) * 2/3 s, or starts, or is centred', async () => {
  const click = tone(4, () => 0);
  click.channels[0]![Math.round(2.1 * 16000)] = 0.9;
  const heard = async (anchor: 'start' | 'centre' | 'end') => {
    const { data, length } = await createAudioExtractor({ kind: 'lite', anchor }).extract(click);
    return Array.from({ length }, (_, k) => k).filter((k) => named(data, k)('level.rise') > 1);
  };
  // Row k hears [k 2/3 - 0.293, (k + 1) 2/3 + 0.015] with 'end', [k 2/3, k 2/3 + 0.975] with 'start'.
  expect(await heard('end')).toEqual([3]);
  expect(await heard('start')).toEqual([2, 3]);
  expect(await heard('centre')).toEqual([2, 3]);
});

test('T of the video decides: silence is added, sound is cut', async () => {
  const sound = noise(2.1, 0.1);
  const reports: AudioReport[] = [];
  const onReport = (report: AudioReport) => reports.push(report);
  const own = await extractor.extract(sound, { onReport });
  const longer = await extractor.extract(sound, { snippets: 5, onReport });
  const shorter = await extractor.extract(sound, { snippets: 2, onReport });
  expect([own.length, longer.length, shorter.length]).toEqual([3, 5, 2]);
  expect(longer.data.subarray(0, 256)).toEqual(own.data.subarray(0, 256));
  expect(shorter.data).toEqual(own.data.subarray(0, 256));
  expect(reports).toEqual([
    { samples: 33600, droppedSamples: 1600, paddedSamples: 0 },
    { samples: 33600, droppedSamples: 0, paddedSamples: 19733 },
    { samples: 33600, droppedSamples: 12267, paddedSamples: 0 },
  ]);
  // The last row hears nothing but the silence.
  expect(named(longer.data, 4)('level.mean')).toBeCloseTo(-8, 5);
  // Less than a snippet of sound gives one row.
  expect((await extractor.extract(noise(0.1, 0.1))).length).toBe(1);
});

test('pieces of any length give the rows of the whole', async () => {
  const sound = noise(5, 0.1);
  const whole = await extractor.extract(sound);
  const samples = sound.channels[0]!;
  async function* pieces() {
    for (let from = 0, size = 1; from < samples.length; from += size, size = (size * 7) % 30011) {
      yield { sampleRate: 16000, channels: [samples.subarray(from, from + size)] };
    }
  }
  expect(await extractor.extract(pieces())).toEqual(whole);
  const stereo = { sampleRate: 16000, channels: [samples, samples] };
  expect(await extractor.extract(stereo)).toEqual(whole);
});

test('another rate: the rows of the same sound at 16 kHz, in blocks as in one', async () => {
  const sound = (t: number) => 0.3 * Math.sin(2 * Math.PI * (300 + 40 * t) * t) * (1 + Math.sin(9 * t));
  const low = await extractor.extract(tone(21, sound));
  const high = await extractor.extract(tone(21, sound, 48000));
  expect(high.length).toBe(low.length);
  // 21 s pass through three blocks. What differs is the filter of the resampler near 8 kHz and at both ends.
  expectClose(high.data.subarray(256, 128 * 28), low.data.subarray(256, 128 * 28), {
    absolute: 0.05,
    relative: 0.02,
  });
});

test('log-mel of a tone peaks in the band of its frequency', () => {
  const { frames, data } = logMel(tone(1, (t) => Math.sin(2 * Math.PI * 1000 * t)).channels[0]!);
  expect(frames).toBe(98);
  // mel(1000 Hz) = 1000: band centres are 185.. + 41.1 a band from 226 mel on.
  const row = Array.from(data.subarray(0, 64));
  const edge = (hertz: number) => 1127 * Math.log1p(hertz / 700);
  const step = (edge(7500) - edge(125)) / 65;
  expect(row.indexOf(Math.max(...row))).toBe(Math.round((edge(1000) - edge(125)) / step) - 1);
  expect(logMel(new Float32Array(399)).frames).toBe(0);
  expect(logMel(new Float32Array(400)).data[0]).toBeCloseTo(Math.log(0.01), 12);
});

test('errors name what is wrong', async () => {
  expect(() => createAudioExtractor({ kind: 'mfcc' } as never)).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringContaining('"lite"') }),
  );
  expect((await failure(extractor.extract(tone(0, () => 0)))).code).toBe('EMPTY_INPUT');
  expect((await failure(extractor.extract({ sampleRate: 16000, channels: [] }))).code).toBe('BAD_INPUT');
  const bad = tone(1, () => 0.1);
  bad.channels[0]![12345] = Number.NaN;
  const error = await failure(extractor.extract(bad));
  expect([error.code, error.details?.sample]).toEqual(['NON_FINITE', 12345]);
  const uneven = { sampleRate: 16000, channels: [new Float32Array(10), new Float32Array(9)] };
  expect((await failure(extractor.extract(uneven))).code).toBe('LENGTH_MISMATCH');
  const rates = [tone(0.5, () => 0.1), tone(0.5, () => 0.1, 8000)];
  expect((await failure(extractor.extract(rates))).code).toBe('BAD_INPUT');
  expect(
    (
      await failure(
        extractor.extract(
          tone(1, () => 0),
          { snippets: 0 },
        ),
      )
    ).code,
  ).toBe('BAD_OPTION');
  const signal = AbortSignal.abort();
  expect(
    (
      await failure(
        extractor.extract(
          tone(1, () => 0),
          { signal },
        ),
      )
    ).code,
  ).toBe('ABORTED');
  expect(() => logMel(Float32Array.of(0, Number.NaN))).toThrow(
    expect.objectContaining({ code: 'NON_FINITE' }),
  );
});

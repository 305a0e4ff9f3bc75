import { createRng } from '@robusta/core';
import { expectClose } from '@robusta/test-kit';
import fc from 'fast-check';
import { createLogMelWriter, VGGISH_BANK } from '../src/audio/log-mel-writer.js';
import { naturalLogarithm } from '../src/audio/logarithm.js';
import { BINS, Spectrum } from '../src/audio/spectrum.js';
import { FRAME_LENGTH, frameCount, HANN } from '../src/audio/window.js';
import { logMel, logMelExamples, logMelSnippets } from '../src/index.js';

// In jest's own global scope every mention of Math is a slow look-up.
const { abs, cos, exp, hypot, log, max, sin, PI } = Math;

function noise(samples: number, level = 0.1, seed = 1): Float64Array {
  const rng = createRng(seed);
  return Float64Array.from({ length: samples }, () => level * rng.normal());
}

/** Magnitudes by the definition of the discrete Fourier transform. */
function magnitudesOf(frame: Float64Array): number[] {
  return Array.from({ length: BINS }, (_, bin) => {
    let [re, im] = [0, 0];
    for (let i = 0; i < FRAME_LENGTH; i++) {
      const angle = (-2 * PI * bin * i) / 512;
      re += frame[i]! * HANN[i]! * cos(angle);
      im += frame[i]! * HANN[i]! * sin(angle);
    }
    return hypot(re, im);
  });
}

test('magnitudes are those of the definition', () => {
  const signal = noise(3 * FRAME_LENGTH, 1);
  const out = new Float64Array(BINS);
  const spectrum = new Spectrum();
  for (const start of [0, 1, 800]) {
    spectrum.magnitudes(signal, start, out);
    // Sums of 400 products in double precision, of another order.
    expectClose(out, magnitudesOf(signal.subarray(start, start + FRAME_LENGTH)), { absolute: 1e-12 });
  }
});

test('rows are logarithms of weighted magnitudes, in vectors and without', () => {
  const signal = noise(FRAME_LENGTH + 160, 1);
  for (const vectors of [true, false]) {
    const rows = new Float64Array(2 * 64);
    createLogMelWriter(vectors).write(signal, 2, rows, 0);
    const expected = [0, 160].flatMap((start) => {
      const magnitudes = magnitudesOf(signal.subarray(start, start + FRAME_LENGTH));
      return Array.from({ length: 64 }, (_, band) =>
        log(magnitudes.reduce((sum, value, bin) => sum + value * VGGISH_BANK.matrix[bin * 64 + band]!, 0.01)),
      );
    });
    expectClose(rows, expected, { absolute: 1e-12 });
  }
});

test('vectors and plain code give the same bytes, whatever the number of frames', () => {
  const [vectors, plain] = [createLogMelWriter(), createLogMelWriter(false)];
  const samples = noise(160 * 80 + FRAME_LENGTH);
  for (const source of [samples, Float32Array.from(samples), new Float64Array(samples.length)]) {
    for (const frames of [0, 1, 2, 31, 32, 33, 80]) {
      for (const Rows of [Float64Array, Float32Array]) {
        const rows = [vectors, plain].map((writer) => {
          const out = new Rows(frames * 64 + 7).fill(-9);
          writer.write(source, frames, out, 3);
          return out;
        });
        expect(rows[0]).toEqual(rows[1]);
        // Nothing is written before or behind.
        expect([...rows[0]!.subarray(0, 3), ...rows[0]!.subarray(frames * 64 + 3)]).toEqual(
          Array(7).fill(-9),
        );
      }
    }
  }
});

test('a row depends on nothing but its 400 samples', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 90 }), fc.integer({ min: 1, max: 40 }), (from, frames) => {
      const samples = noise(160 * 140);
      const part = logMel(samples.subarray(160 * from, 160 * (from + frames - 1) + FRAME_LENGTH)).data;
      expect(part).toEqual(logMel(samples).data.subarray(64 * from, 64 * (from + frames)));
    }),
    { numRuns: 20 },
  );
});

test('twice as loud: the magnitudes double', () => {
  const samples = noise(16000, 0.3);
  const once = logMel(samples).data;
  const twice = logMel(samples.map((value) => 2 * value)).data;
  expectClose(
    twice.map((value) => exp(value) - 0.01),
    once.map((value) => 2 * (exp(value) - 0.01)),
    { relative: 1e-12 },
  );
});

test('the logarithm is within two units in the last place', () => {
  const rng = createRng(3);
  let worst = 0;
  for (let i = 0; i < 20_000; i++) {
    const x = exp(30 * rng.uniform() - 5);
    worst = max(worst, abs(naturalLogarithm(x) - log(x)) / max(abs(log(x)), 1));
  }
  expect(worst).toBeLessThanOrEqual(2 * Number.EPSILON);
  expect([naturalLogarithm(1), naturalLogarithm(2), naturalLogarithm(0.5)]).toEqual([0, log(2), -log(2)]);
});

test('silence, and what is too short', () => {
  const silent = logMel(new Float32Array(16000));
  expect(silent.frames).toBe(98);
  expect(new Set(silent.data).size).toBe(1);
  expect(silent.data[0]).toBeCloseTo(log(0.01), 14);
  expect([0, 399, 400, 559, 560].map(frameCount)).toEqual([0, 0, 1, 1, 2]);
  expect(logMel(new Float32Array(0))).toEqual({ frames: 0, bands: 64, data: new Float64Array(0) });
  expect(logMelExamples(new Float32Array(15_599))).toHaveLength(0);
  expect(logMelExamples(new Float32Array(15_600))).toHaveLength(96 * 64);
  // On the snippet grid even no sound at all is heard: as silence.
  const patch = logMelSnippets(new Float32Array(0), { snippets: 1 });
  expect(patch).toEqual(new Float32Array(96 * 64).fill(log(0.01)));
});

test('samples that are no sound are refused by their place', () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e200]) {
    const samples = noise(1000);
    samples[777] = bad;
    const refused = { code: 'NON_FINITE', message: expect.stringContaining(`sample 777 is ${bad}`) };
    for (const use of [logMel, logMelExamples, (x: Float64Array) => logMelSnippets(x, { snippets: 1 })]) {
      expect(() => use(samples)).toThrow(expect.objectContaining(refused));
    }
  }
  expect(() => logMelExamples(noise(1000), { hopSeconds: 0.001 })).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION' }),
  );
  expect(() => logMelSnippets(noise(1000), { snippets: 1.5 })).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION' }),
  );
});

test('loud beyond full scale is still a number', () => {
  const largest = new Float32Array(400).fill(3.4e38);
  for (const value of logMel(largest).data) expect(Number.isFinite(value)).toBe(true);
});

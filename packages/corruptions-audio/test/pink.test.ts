import { corruptAudio } from '../src/index.js';
import { bandLevels, levelStatistics, lineFit, noiseAlone, rmsOf } from './signals.js';

const pink = (seconds: number, sampleRate: number, seed = 1) =>
  noiseAlone((clip) => corruptAudio(clip, 'pink', { snrDb: -60, peak: 'none', seed }), seconds, sampleRate);

const bands = [
  100, 125, 160, 200, 250, 315, 400, 500, 630, 800, 1000, 1250, 1600, 2000, 2500, 3150, 4000, 5000, 6300,
];

test.each([
  [16000, 1],
  [16000, 2],
  [44100, 3],
])('%i Hz, seed %i: -3.01 dB an octave within 0.1, residuals within 0.6 dB (30 s)', (sampleRate, seed) => {
  const noise = pink(30, sampleRate, seed);
  const { slope, residual } = lineFit(bands, bandLevels(noise, sampleRate, bands));
  expect(Math.abs(slope + 3.0103)).toBeLessThan(0.1);
  expect(residual).toBeLessThan(0.6);
  expect(Math.abs(levelStatistics(noise, sampleRate).kurtosis)).toBeLessThan(0.1);
});

test('up to the Nyquist frequency at 44.1 kHz: octaves hold equal power', () => {
  const noise = pink(10, 44100);
  const octaves = [1000, 2000, 4000, 8000, 16000].map(
    (hz) => bandLevels(noise, 44100, [hz])[0]! + 10 * Math.log10(hz),
  );
  expect(Math.max(...octaves) - Math.min(...octaves)).toBeLessThan(0.6);
});

test.each([8000, 44100, 192000])('nothing below 20 Hz, no mean (%i Hz)', (sampleRate) => {
  const noise = pink(sampleRate > 50000 ? 1 : 2, sampleRate);
  const power = (frequency: number) => {
    let [re, im] = [0, 0];
    noise.forEach((sample, i) => {
      const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / noise.length);
      re += window * sample * Math.cos((2 * Math.PI * frequency * i) / sampleRate);
      im += window * sample * Math.sin((2 * Math.PI * frequency * i) / sampleRate);
    });
    return re * re + im * im;
  };
  const mean = (list: number[]) => list.reduce((a, b) => a + power(b), 0) / list.length;
  const below = mean([0, 5, 10]);
  const above = mean([30, 35, 42, 48]);
  expect(10 * Math.log10(above / below)).toBeGreaterThan(15);
  expect(rmsOf(noise)).toBeCloseTo(1, 4);
});

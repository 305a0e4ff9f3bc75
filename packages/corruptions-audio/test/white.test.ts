import fc from 'fast-check';
import { gaussianNoise } from '../src/gaussian.js';
import { corruptAudio, corruptAudioWithReport } from '../src/index.js';
import { gaussian, rmsOf, snrOf, thirdOctaveLevels, tone, worst } from './signals.js';

const severities = [1, 2, 3, 4, 5] as const;

test('the SNR of the table is reached within 0.01 dB, over all channels together', () => {
  for (const [index, snr] of [20, 15, 10, 5, 0].entries()) {
    const channels = [tone(5000, 16000), gaussian(5000, 3, 0.02)];
    const options = { severity: severities[index]!, seed: 11, peak: 'none' } as const;
    const { clip, report } = corruptAudioWithReport({ sampleRate: 16000, channels }, 'white', options);
    expect(Math.abs(snrOf(channels, clip.channels) - snr)).toBeLessThan(0.01);
    expect(Math.abs(report.measured.snrDb! - snr)).toBeLessThan(1e-9);
  }
});

test('flat within 1 dB in third-octaves, Gaussian, uncorrelated (30 s)', () => {
  const n = 30 * 16000;
  const noise = gaussianNoise(123, new Float32Array(n));
  const levels = thirdOctaveLevels(noise, 16000, 100, 6300);
  const mean = levels.reduce((sum, level) => sum + level, 0) / levels.length;
  for (const level of levels) expect(Math.abs(level - mean)).toBeLessThan(1);
  let [m1, m2, m4, lag] = [0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    m1 += noise[i]! / n;
    m2 += noise[i]! ** 2 / n;
    m4 += noise[i]! ** 4 / n;
    if (i > 0) lag += (noise[i]! * noise[i - 1]!) / n;
  }
  expect(Math.abs(m1)).toBeLessThan(4 / Math.sqrt(n));
  expect(Math.abs(m2 - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
  expect(Math.abs(m4 / m2 ** 2 - 3)).toBeLessThan(0.05);
  expect(Math.abs(lag)).toBeLessThan(4 / Math.sqrt(n));
});

test('the variance is 1 for every seed, within four standard errors', () => {
  const n = 100000;
  for (let seed = 0; seed < 4; seed++) {
    const level = rmsOf(gaussianNoise(seed * 7919, new Float32Array(n)));
    expect(Math.abs(level - 1)).toBeLessThan(4 / Math.sqrt(2 * n));
  }
});

test('a sample of the noise depends on its position alone', () => {
  const long = gaussianNoise(5, new Float32Array(1001));
  expect(gaussianNoise(5, new Float32Array(400))).toEqual(long.slice(0, 400));
  expect(gaussianNoise(5, new Float32Array(401))).toEqual(long.slice(0, 401));
});

test('the severities of a seed share their noise, scaled', () => {
  const channels = [tone(4000, 8000)];
  const added = (severity: 1 | 5) => {
    const { clip, report } = corruptAudioWithReport({ sampleRate: 8000, channels }, 'white', {
      severity,
      seed: 6,
      peak: 'none',
    });
    return Array.from(clip.channels[0]!, (sample, i) => (sample - channels[0]![i]!) / report.measured.gain);
  };
  expect(worst(added(1), added(5))).toBeLessThan(1e-4);
});

test('one noise for all channels, or one for each', () => {
  const channels = [new Float32Array(5000), new Float32Array(5000)];
  const clip = { sampleRate: 8000, channels };
  const same = corruptAudio(clip, 'white', { severity: 3, seed: 1 }).channels;
  expect(same[0]).toEqual(same[1]);
  const independent = corruptAudio(clip, 'white', { severity: 3, seed: 1, channels: 'independent' }).channels;
  const correlation = independent[0]!.reduce((sum, sample, i) => sum + sample * independent[1]![i]!, 0);
  expect(Math.abs(correlation / (5000 * rmsOf(independent[0]!) * rmsOf(independent[1]!)))).toBeLessThan(
    4 / Math.sqrt(5000),
  );
});

test('silence gets the noise of a clip at -60 dBFS', () => {
  const { clip, report } = corruptAudioWithReport(
    { sampleRate: 8000, channels: [new Float32Array(8000)] },
    'white',
    { severity: 3 },
  );
  expect(20 * Math.log10(rmsOf(clip.channels[0]!))).toBeCloseTo(-70, 3);
  expect(report.measured.snrDb).toBeNull();
});

test('sums beyond 1: the whole clip scaled with its SNR, or clipped, or left', () => {
  const channels = [tone(8000, 8000).map((sample) => 1.9 * sample), gaussian(8000, 1, 0.1)];
  const clip = { sampleRate: 8000, channels };
  const run = (peak: 'scale' | 'clip' | 'none') =>
    corruptAudioWithReport(clip, 'white', { snrDb: 3, seed: 2, peak });
  const left = run('none');
  const { peak } = left.report.measured;
  expect(peak).toBeGreaterThan(1);
  const scaled = run('scale');
  expect(scaled.report.measured.peakScale).toBe(1 / peak);
  expect(Math.max(...scaled.clip.channels.map((c) => c.reduce((a, b) => Math.max(a, Math.abs(b)), 0)))).toBe(
    1,
  );
  left.clip.channels.forEach((channel, c) => {
    expect(
      worst(
        scaled.clip.channels[c]!,
        channel.map((sample) => sample / peak),
      ),
    ).toBeLessThan(1e-7);
    expect(run('clip').clip.channels[c]).toEqual(channel.map((sample) => Math.max(-1, Math.min(1, sample))));
  });
});

test('the SNR holds for any level of signal and noise ratio', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.002, max: 1, noNaN: true }),
      fc.double({ min: -20, max: 40, noNaN: true }),
      fc.nat(999),
      (level, snrDb, seed) => {
        const channels = [gaussian(1500, 4, level)];
        const { channels: y } = corruptAudio({ sampleRate: 8000, channels }, 'white', {
          snrDb,
          seed,
          peak: 'none',
        });
        expect(Math.abs(snrOf(channels, y) - snrDb)).toBeLessThan(0.01);
      },
    ),
    { numRuns: 15 },
  );
});

import { corruptAudio, corruptAudioWithReport, SEVERITY } from '../src/index.js';
import { crackle, createFadingStage } from '../src/shortwave.js';
import { runStage } from '../src/stage.js';
import { bandLevels, gaussian, levelStatistics, noiseAlone, rmsOf, snrOf, tone, worst } from './signals.js';

/** Third-octave levels of the NOISEX-92 excerpt, dB against 1 kHz. */
const target: readonly (readonly [number, number])[] = [
  [100, -16.2],
  [125, -12.1],
  [160, -7.8],
  [200, -5.1],
  [250, -2.6],
  [315, -1.1],
  [400, -1.6],
  [500, -1.6],
  [630, -1.5],
  [800, -1.1],
  [1250, 0],
  [1600, -0.5],
  [2000, 0.1],
  [2500, 0.2],
  [3150, -7.8],
  [4000, -22.1],
  [5000, -24.1],
  [6300, -26.4],
];

test.each([
  [16000, 1],
  [44100, 2],
])('%i Hz: the bands of the recording within 3 dB, stationary and Gaussian (30 s)', (sampleRate, seed) => {
  const noise = noiseAlone(
    (clip) => corruptAudio(clip, 'hf-channel', { snrDb: -60, peak: 'none', seed }),
    30,
    sampleRate,
  );
  const [reference, ...levels] = bandLevels(noise, sampleRate, [1000, ...target.map(([hz]) => hz)]);
  target.forEach(([, level], i) => {
    expect(Math.abs(levels[i]! - reference! - level)).toBeLessThan(3);
  });
  const { spread, kurtosis } = levelStatistics(noise, sampleRate);
  expect(spread).toBeLessThan(1);
  expect(Math.abs(kurtosis)).toBeLessThan(0.2);
});

test('the wall at 3 kHz: 18 dB within 200 Hz', () => {
  const noise = noiseAlone(
    (clip) => corruptAudio(clip, 'hf-channel', { snrDb: -60, peak: 'none' }),
    4,
    16000,
  );
  const power = (from: number, to: number) => {
    let sum = 0;
    for (let start = 0; start + 4000 <= noise.length; start += 4000) {
      for (let hz = from; hz <= to; hz += 20) {
        let [re, im] = [0, 0];
        for (let i = 0; i < 4000; i++) {
          const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / 4000);
          re += window * noise[start + i]! * Math.cos((2 * Math.PI * hz * i) / 16000);
          im += window * noise[start + i]! * Math.sin((2 * Math.PI * hz * i) / 16000);
        }
        sum += re * re + im * im;
      }
    }
    return sum / (Math.floor((to - from) / 20) + 1);
  };
  expect(10 * Math.log10(power(2800, 2920) / power(3240, 3360))).toBeGreaterThan(16);
});

test('the SNR of the table, and the parameters of the radio beside it', () => {
  const channels = [tone(8000, 16000)];
  for (const severity of [1, 2, 3, 4, 5] as const) {
    const { clip } = corruptAudioWithReport({ sampleRate: 16000, channels }, 'hf-channel', {
      severity,
      peak: 'none',
    });
    const { snrDb } = SEVERITY['hf-channel'][severity];
    expect(Math.abs(snrOf(channels, clip.channels) - snrDb)).toBeLessThan(0.01);
  }
  expect(SEVERITY['hf-channel'][5]).toEqual({ snrDb: 0, delayMs: 6, dopplerHz: 10, clicksPerSecond: 16 });
});

describe('radio', () => {
  const rate = 16000;

  test('the sound keeps its power on average and loses what lies outside the voice band', () => {
    const channels = [gaussian(40 * rate, 4)];
    const [faded] = runStage(createFadingStage(1, rate, 1, { delayMs: 2, dopplerHz: 4 }), channels);
    expect(faded!.length).toBe(40 * rate);
    const before = bandLevels(channels[0]!, rate, [100, 500, 1000, 2000, 5000]);
    const after = bandLevels(faded!, rate, [100, 500, 1000, 2000, 5000]);
    // Two paths of mean power 1/2; 40 s hold a few hundred fades, one standard error is 0.4 dB.
    for (const i of [1, 2, 3]) expect(Math.abs(after[i]! - before[i]!)).toBeLessThan(1.5);
    for (const i of [0, 4]) expect(after[i]! - before[i]!).toBeLessThan(-35);
  });

  test('a steady tone fades as a Rayleigh channel does', () => {
    const channels = [
      Float32Array.from({ length: 60 * rate }, (_, i) => Math.sin((2 * Math.PI * 1000 * i) / rate)),
    ];
    const [faded] = runStage(createFadingStage(7, rate, 1, { delayMs: 0, dopplerHz: 4 }), channels);
    const powers: number[] = [];
    for (let at = rate; at + 160 <= faded!.length; at += 160)
      powers.push(2 * rmsOf(faded!.subarray(at, at + 160)) ** 2);
    const mean = powers.reduce((a, b) => a + b, 0) / powers.length;
    // The power of a sum of complex Gaussians is exponential: 1 - 1/e lie below the mean, 9.5 % below a tenth of it.
    expect(Math.abs(mean - 1)).toBeLessThan(0.25);
    expect(powers.filter((power) => power < mean).length / powers.length).toBeCloseTo(1 - Math.exp(-1), 1);
    expect(
      Math.abs(powers.filter((power) => power < 0.1 * mean).length / powers.length - 0.095),
    ).toBeLessThan(0.04);
  });

  test('slow Doppler fades slowly', () => {
    const channels = [
      Float32Array.from({ length: 30 * rate }, (_, i) => Math.sin((2 * Math.PI * 1000 * i) / rate)),
    ];
    const change = (dopplerHz: number) => {
      const [faded] = runStage(createFadingStage(7, rate, 1, { delayMs: 0, dopplerHz }), channels);
      let sum = 0;
      for (let at = rate; at + 3200 <= faded!.length; at += 1600) {
        sum += Math.abs(rmsOf(faded!.subarray(at, at + 1600)) - rmsOf(faded!.subarray(at + 1600, at + 3200)));
      }
      return sum / rmsOf(faded!);
    };
    expect(change(2)).toBeGreaterThan(4 * change(0.1));
  });

  test('a click stays where it was', () => {
    const samples = new Float32Array(rate);
    samples[5000] = 1;
    const [faded] = runStage(createFadingStage(3, rate, 1, { delayMs: 0, dopplerHz: 0.1 }), [samples]);
    const at = faded!.reduce((best, sample, i) => (Math.abs(sample) > Math.abs(faded![best]!) ? i : best), 0);
    expect(Math.abs(at - 5000)).toBeLessThan(5);
  });

  test('crackle: as many clicks a second as asked for, far above the noise', () => {
    const source = crackle(8)(5, rate);
    const clicks = source(60 * rate);
    let count = 0;
    let quietFor = 0;
    for (const sample of clicks) {
      if (Math.abs(sample) > 0.5) {
        if (quietFor > 0.02 * rate) count++;
        quietFor = 0;
      } else quietFor++;
    }
    // 480 expected; close ones merge.
    expect(count).toBeGreaterThan(330);
    expect(count).toBeLessThan(520);
  });

  test('the noise is at the SNR to the faded sound, and the clip keeps its form', () => {
    const channels = [tone(2 * rate, rate), tone(2 * rate, rate, 300)];
    const options = {
      snrDb: 12,
      delayMs: 1,
      dopplerHz: 0.5,
      clicksPerSecond: 0,
      seed: 4,
      mode: 'radio',
    } as const;
    const { clip, report } = corruptAudioWithReport({ sampleRate: rate, channels }, 'hf-channel', {
      ...options,
      peak: 'none',
    });
    const faded = runStage(createFadingStage(4, rate, 2, options), channels);
    expect(Math.abs(snrOf(faded, clip.channels) - 12)).toBeLessThan(0.01);
    expect(report.measured.signalRms).toBeCloseTo(rmsOf(faded.flatMap((samples) => Array.from(samples))), 6);
    const noisy = corruptAudio({ sampleRate: rate, channels }, 'hf-channel', {
      ...options,
      clicksPerSecond: 50,
      peak: 'none',
    });
    expect(worst(noisy.channels[0]!, clip.channels[0]!)).toBeGreaterThan(0.05);
  });

  test('without a severity the parameters of the radio are needed', () => {
    expect(() =>
      corruptAudio({ sampleRate: rate, channels: [tone(100, rate)] }, 'hf-channel', {
        snrDb: 3,
        mode: 'radio',
      }),
    ).toThrow(/delayMs, dopplerHz, clicksPerSecond/);
  });
});

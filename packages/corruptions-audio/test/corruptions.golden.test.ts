import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNpy } from '@robusta/tensor-io';
import { describeShared, expectClose, goldenJson } from '@robusta/test-kit';
import { createConvolver } from '../src/convolve.js';
import { createSegmentGain, type Segment } from '../src/dropout-segments.js';
import { corruptAudio, corruptAudioWithReport } from '../src/index.js';
import { runStage } from '../src/stage.js';
import { bandLevels, levelStatistics, lineFit, noiseAlone, snrOf, t30 } from './signals.js';

interface Entry {
  file: string;
  dtype: string;
  shape: number[];
  role?: string;
  corruption?: string;
  params?: Record<string, number | string>;
  gain?: number;
  zeroed_fraction?: number;
  rt60_t30_of_tail_s?: number;
  drr_db_of_ir?: number;
}

describeShared('golden/corruptions', (path) => {
  const entries = goldenJson<{ files: Entry[] }>(join(path, 'manifest.json')).files;
  const audio = entries.filter(({ file }) => file.startsWith('audio/'));
  const inputs = audio.filter(({ role }) => role === 'input');
  const load = ({ file }: Entry) => readNpy(readFileSync(join(path, file))).data as Float32Array;
  const isMixed = ({ corruption }: Entry) => corruption?.startsWith('additive mixing') ?? false;
  const of = (name: string) => audio.filter(({ corruption }) => corruption === name);

  /** The channels of an array `[samples]` or `[channels, samples]`. */
  const channelsOf = (entry: Entry): Float32Array[] => {
    const data = load(entry);
    const samples = entry.shape.at(-1)!;
    return Array.from({ length: data.length / samples }, (_, c) =>
      data.slice(c * samples, (c + 1) * samples),
    );
  };
  const signals = inputs.filter(({ params }) => params?.rate !== undefined);
  const sampleRate = Number(signals[0]!.params!.rate);
  const signalLike = ({ shape }: Entry) => signals.find((signal) => signal.shape.length === shape.length)!;
  const mono = signals.find(({ shape }) => shape.length === 1)!;

  test('every file of a corruption is one that is compared here', () => {
    const known = new Set(['reverb', 'random-dropout', 'pink']);
    const unknown = audio.filter(
      ({ corruption = '', ...entry }) =>
        entry.role !== 'input' && !isMixed({ corruption, ...entry }) && !known.has(corruption),
    );
    expect(unknown).toEqual([]);
  });

  test.each(audio.filter(isMixed))('$file', (entry) => {
    const params = entry.params!;
    const silent = params.signal !== undefined;
    const channels = silent ? [new Float32Array(entry.shape.at(-1)!)] : channelsOf(signalLike(entry));
    const noise = inputs.find(({ file }) => file === `audio/${params.noise ?? 'noise_long'}.npy`)!;
    const { clip, report } = corruptAudioWithReport({ sampleRate, channels }, 'white', {
      snrDb: Number(params.snr_db),
      noise: { sampleRate, channels: channelsOf(noise) },
      noiseOffset: Number(params.noise_offset ?? 0),
      peak: 'none',
      ...(params.rms_floor_db === undefined ? {} : { floorDb: Number(params.rms_floor_db) }),
    });
    channelsOf(entry).forEach((expected, c) => {
      expectClose(clip.channels[c]!, expected, { absolute: 1e-5 });
    });
    expectClose([report.measured.gain], [entry.gain!], { relative: 1e-6 });
    if (!silent) expectClose([snrOf(channels, clip.channels)], [Number(params.snr_db)], { absolute: 0.01 });
  });

  const response = inputs.find(({ params }) => params?.rt60_s !== undefined)!;

  test.each(of('reverb'))('$file', (entry) => {
    const ir = Float64Array.from(load(response));
    const [signal] = channelsOf(mono);
    const length = entry.shape[0]!;
    if (length === signal!.length) {
      const clip = { sampleRate, channels: [signal!] };
      const options = { ir: { sampleRate, channels: [Float32Array.from(ir)] } };
      expectClose(corruptAudio(clip, 'reverb', options).channels[0]!, load(entry), { absolute: 2e-5 });
    } else {
      const padded = new Float32Array(length);
      padded.set(signal!);
      const [result] = runStage(createConvolver([ir], 1), [padded]);
      expectClose(result!, load(entry), { absolute: 2e-5 });
    }
    const tail = ir.subarray(1 + Number(response.params!.pre_delay_samples));
    if (entry.rt60_t30_of_tail_s)
      expectClose([t30(tail, sampleRate)], [entry.rt60_t30_of_tail_s], { relative: 0.01 });
  });

  test.each(of('random-dropout'))('$file', (entry) => {
    const pairs = load(inputs.find(({ shape, dtype }) => shape[1] === 2 && dtype === 'int32')!);
    const segments = Array.from(
      { length: pairs.length / 2 },
      (_, j): Segment => [pairs[2 * j]!, pairs[2 * j + 1]!],
    );
    const [signal] = channelsOf(mono);
    const fade = Number(entry.params!.fade_samples);
    const gains = createSegmentGain(signal!.length, segments, fade)(signal!.length);
    const silenced = signal!.map((sample, i) => sample * gains[i]!);
    expectClose(silenced, load(entry), { absolute: 1e-6 });
    if (entry.zeroed_fraction !== undefined) {
      const zeros = gains.filter((gain) => gain === 0).length;
      expect(zeros / signal!.length).toBe(entry.zeroed_fraction);
    }
  });

  /** Noise of 30 s at the rate of the golden data, from the seed. */
  const noiseOf = (name: 'pink' | 'babble' | 'hf-channel', rate: number, seed: number, seconds = 30) =>
    noiseAlone((clip) => corruptAudio(clip, name, { snrDb: -60, peak: 'none', seed }), seconds, rate);

  test.each(of('pink'))('$file: our seeds scatter as correct generators do', (entry) => {
    const {
      rate,
      seconds,
      bands_hz: bands,
    } = entry.params as unknown as {
      rate: number;
      seconds: number;
      bands_hz: number[];
    };
    for (let seed = 1; seed <= 2; seed++) {
      const { slope, residual } = lineFit(
        bands,
        bandLevels(noiseOf('pink', rate, seed, seconds), rate, bands),
      );
      expect(Math.abs(slope + 10 * Math.log10(2))).toBeLessThan(0.1);
      expect(residual).toBeLessThan(0.6);
    }
  });

  describe('noise_targets.json', () => {
    type Targets = Record<string, { psd_db?: number[] }> & { bands_hz: number[] };
    const targets = goldenJson<Targets>(join(path, 'noise_targets.json'));
    const limits = {
      babble: { spread: [1.7, 2.8], kurtosis: [0.2, 1] },
      'hf-channel': { spread: [0, 1], kurtosis: [-0.2, 0.2] },
    } as const;
    const names = (Object.keys(limits) as (keyof typeof limits)[]).filter((name) => targets[name]?.psd_db);

    test.each(names)('%s', (name) => {
      const rate = 16000;
      const noise = noiseOf(name, rate, 11);
      const levels = bandLevels(noise, rate, targets.bands_hz);
      const reference = levels[targets.bands_hz.indexOf(1000)]!;
      targets.bands_hz.forEach((hz, i) => {
        if (hz < 100 || hz > 6300) return;
        expect(Math.abs(levels[i]! - reference - targets[name]!.psd_db![i]!)).toBeLessThan(3);
      });
      const { spread, kurtosis } = levelStatistics(noise, rate);
      const { spread: spreads, kurtosis: kurtoses } = limits[name];
      expect(spread).toBeGreaterThan(spreads[0]);
      expect(spread).toBeLessThan(spreads[1]);
      expect(kurtosis).toBeGreaterThan(kurtoses[0]);
      expect(kurtosis).toBeLessThan(kurtoses[1]);
    });
  });
});

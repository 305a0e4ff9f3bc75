import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNpy } from '@robusta/tensor-io';
import { describeShared, expectClose, goldenJson } from '@robusta/test-kit';
import { VGGISH_BANK } from '../src/audio/log-mel-writer.js';
import { BINS, Spectrum } from '../src/audio/spectrum.js';
import { HANN } from '../src/audio/window.js';
import {
  type AudioAnchor,
  logMel,
  logMelExamples,
  logMelSnippets,
  type RowRule,
  snippetCount,
} from '../src/index.js';

interface Case {
  id: string;
  kind: string;
  wave?: string;
  wave_formula?: string;
  resampled?: string;
  examples?: string;
  stft_first3?: string;
  logmel_frames?: number;
  hann_periodic_400?: string;
  mel_matrix_257x64?: string;
  snippets?: number;
  start?: string;
  centre?: string;
  end?: string;
  table?: { frames: number; extractor: number | null; xd: number }[];
}

describeShared('golden/features', (folder) => {
  const { cases } = goldenJson<{ cases: Case[] }>(join(folder, 'manifest.json'));
  const array = (file: string) => readNpy(readFileSync(join(folder, file)));
  const numbers = (file: string) => Float64Array.from(array(file).data as Float64Array);

  /** The mono signal at 16 kHz of a case. */
  function signal(item: Case): Float64Array {
    if (item.resampled) return numbers(item.resampled);
    if (item.wave) return numbers(item.wave).map((value) => value / 32768);
    const sine = /^sin\(2\*pi\*(\d+)\*i\/16000\), i = 0\.\.(\d+)/.exec(item.wave_formula ?? '');
    if (!sine) throw new Error(`${item.id}: no signal that this suite knows`);
    const [hertz, last] = [Number(sine[1]), Number(sine[2])];
    return Float64Array.from({ length: last + 1 }, (_, i) =>
      Math.sin(2 * Math.PI * hertz * (i * (1 / 16000))),
    );
  }

  const of = (...kinds: string[]) =>
    cases.filter(({ kind }) => kinds.includes(kind)).map((item) => [item.id, item] as const);

  test.each(of('log-mel tables'))('%s: window and mel matrix', (_id, item) => {
    expectClose(HANN, numbers(item.hann_periodic_400!), { absolute: 1e-12 });
    expectClose(VGGISH_BANK.matrix, numbers(item.mel_matrix_257x64!), { absolute: 1e-12 });
  });

  // 1e-9: float64 on both sides; the FFTs differ in the order of their sums. A signal given as a formula can be
  // evaluated in several orders, which differ by up to 7e-9 in the result.
  test.each(of('log-mel', 'log-mel with resampling'))('%s: log-mel', (_id, item) => {
    const samples = signal(item);
    const absolute = item.wave_formula ? 1e-8 : 1e-9;
    const { frames, bands, data } = logMel(samples);
    if (item.logmel_frames !== undefined) expect(frames).toBe(item.logmel_frames);
    const expected = array(item.examples!);
    const [count, length, width] = expected.shape as [number, number, number];
    expect([count, length, width]).toEqual([Math.floor(frames / 96), 96, bands]);
    const values = expected.data as Float64Array;
    expectClose(data.subarray(0, values.length), values, { absolute });
    // One more rounding, to single precision.
    expectClose(logMelExamples(samples), values, { absolute, relative: 6e-8, unitFloor: true });
    if (!item.stft_first3) return;
    const magnitudes = new Float64Array(BINS);
    const spectrum = new Spectrum();
    const rows: number[] = [];
    for (let frame = 0; frame < 3; frame++) {
      spectrum.magnitudes(samples, frame * 160, magnitudes);
      rows.push(...magnitudes);
    }
    expectClose(rows, numbers(item.stft_first3), { absolute: 1e-9 });
  });

  // 1e-5: the golden arrays are single precision.
  test.each(of('log-mel on the snippet grid'))('%s: three anchors', (_id, item) => {
    const samples = signal(item);
    for (const anchor of ['start', 'centre', 'end'] as const satisfies AudioAnchor[]) {
      const patches = logMelSnippets(samples, { snippets: item.snippets!, anchor });
      expectClose(patches, numbers(item[anchor]!), { absolute: 1e-5, label: anchor });
    }
  });

  test.each(of('window count'))('%s: rows of a video', (_id, item) => {
    for (const { frames, extractor, xd } of item.table!) {
      // Where the reference gives no window, ours loops the video and gives one.
      const expected: Record<RowRule, number> = { full: extractor ?? 1, xd: Math.max(1, xd) };
      for (const rule of ['full', 'xd'] as const)
        expect([frames, snippetCount(frames, rule)]).toEqual([frames, expected[rule]]);
    }
  });
});

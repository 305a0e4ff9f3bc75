import type { BenchmarkRecord, BenchmarkResult } from '@robusta/core';

export const LEVELS = [0, 10, 30, 50, 70, 90, 100];

/** AP of a method at a level: falls with the level, differs by method, corruption and seed. */
export function apOf(method: string, corruption: string, level: number, seed: number): number {
  const slope = { concat: 0.25, average: 0.15, dynamic: 0.1 }[method] ?? 0.2;
  return 0.8 - (slope * level * corruption.length) / 600 + (seed - 1) * 0.004;
}

/** A result of every method, corruption, level and seed. */
export function makeResult(
  options: Partial<{ methods: string[]; seeds: number[]; levels: number[] }> = {},
): BenchmarkResult {
  const { methods = ['concat', 'average', 'dynamic'], seeds = [0, 1, 2], levels = LEVELS } = options;
  const corruptions = [
    { corruption: 'brightness', modality: 'visual' },
    { corruption: 'fog', modality: 'visual' },
    { corruption: 'white', modality: 'audio' },
  ] as const;
  const records: BenchmarkRecord[] = corruptions.flatMap(({ corruption, modality }) =>
    methods.flatMap((method) =>
      levels.flatMap((level) =>
        seeds.map((seed) => {
          const ap = apOf(method, corruption, level, seed);
          return {
            method,
            corruption,
            modality,
            severity: 3,
            level,
            seed,
            ap,
            prAuc: ap - 0.01,
            rocAuc: ap + 0.1,
            corruptedVideos: level,
          };
        }),
      ),
    ),
  );
  return {
    format: 'robusta-result',
    version: 1,
    run: 'example',
    dataset: {
      name: 'synthetic',
      trainVideos: 80,
      testVideos: 100,
      testFrames: 48_000,
      anomalousFrames: 12_000,
      sha256: 'ab'.repeat(32),
    },
    configuration: { severity: 3, backbone: 'rtfm', levels },
    software: { '@robusta/benchmark': '0.0.0' },
    skipped: [],
    records,
  };
}

const VISUAL = [
  'bit-error',
  'brightness',
  'contrast',
  'fog',
  'rain',
  'motion-blur',
  'saturate',
  'shot-noise',
];
const AUDIO = ['babble', 'bitrate', 'hf-channel', 'pink', 'pitch-shift', 'random-dropout', 'reverb', 'white'];
const PAIRS = ['motion-blur+babble', 'brightness+random-dropout', 'bit-error+hf-channel'];
const OTHERS = ['missing-visual', 'missing-audio', 'mixed-visual', 'mixed-audio'];

/** The rows of tables I and II. */
export const ROWS_I = [...VISUAL, ...AUDIO, ...OTHERS, ...PAIRS];
export const ROWS_II = [
  ...VISUAL.map((name) => `${name}@missing-audio`),
  ...AUDIO.map((name) => `${name}@missing-visual`),
];

function modalityOf(row: string): BenchmarkRecord['modality'] {
  if (row.includes('+')) return 'both';
  const isVisual = VISUAL.includes(row.split('@')[0]!) || row.endsWith('-visual');
  return isVisual && !row.includes('@missing-visual') ? 'visual' : 'audio';
}

/** As {@link apOf}, and not negative for long names. */
export function fullApOf(method: string, corruption: string, level: number, seed: number): number {
  return apOf(method, corruption.slice(0, 4 + (corruption.length % 6)), level, seed);
}

/** A result with numbers for every table and figure, its rows not in the order of the paper. */
export function makeFullResult({ backbone = 'xdviodet', dataset = 'xd-violence' } = {}): BenchmarkResult {
  const { configuration, dataset: about, ...rest } = makeResult();
  const methods = ['dynamic', 'padding', 'concat', 'average'];
  const record = (corruption: string, method: string, severity: 1 | 3 | 5, level: number, seed: number) => {
    const ap = fullApOf(method, corruption, level, seed) - 0.01 * (severity - 3);
    return {
      ...{ method, corruption, modality: modalityOf(corruption), severity, level, seed, ap },
      ...{ prAuc: ap - 0.01, rocAuc: ap + 0.1, corruptedVideos: level },
    };
  };
  const grid = [...ROWS_II, ...ROWS_I.toReversed()].flatMap((corruption) =>
    methods.flatMap((method) =>
      LEVELS.flatMap((level) => [0, 1].map((seed) => record(corruption, method, 3, level, seed))),
    ),
  );
  const severities = methods.flatMap((method) =>
    ([1, 5] as const).flatMap((severity) => [0, 1].map((seed) => record('fog', method, severity, 100, seed))),
  );
  const compared = (a: string, seed: number, difference: number, pValue: number, b = 'concat') => ({
    ...{ a, b, corruption: 'fog', level: 100, seed, difference, pValue, samples: 1000 },
    ...{ low: difference - 0.02, high: difference + 0.02 },
  });
  const spread = (center: number) => ({ mean: center, q05: center - 0.1, q50: center, q95: center + 0.1 });
  return {
    ...rest,
    run: `${dataset}-${backbone}`,
    dataset: { ...about, name: dataset, testVideos: 800 },
    configuration: { ...configuration, backbone },
    records: [...severities, ...grid],
    comparisons: [
      ...[compared('dynamic', 0, 0.05, 0.001), compared('concat', 1, -0.04, 0.01, 'dynamic')],
      ...[compared('average', 0, 0.03, 0.001), compared('average', 1, 0.01, 0.3)],
      ...[compared('padding', 0, 0.03, 0.001), compared('padding', 1, -0.03, 0.001)],
    ],
    weights: [
      { corruption: 'white', modality: 'audio', seed: 0, clean: spread(0.5), corrupted: spread(0.2) },
      { corruption: 'fog', modality: 'visual', seed: 0, clean: spread(0.5), corrupted: spread(0.3) },
      { corruption: 'fog', modality: 'visual', seed: 1, clean: spread(0.52), corrupted: spread(0.4) },
    ],
    detection: [
      {
        ...{ corruption: 'fog', modality: 'visual', severity: 3, seed: 0 },
        ...{ snippetRocAuc: 0.9, videoRocAuc: 1 },
      },
    ],
    curves: ['concat', 'average', 'dynamic'].map((method) => ({
      ...{ video: 'a<b', corruption: 'fog', method, seed: 0, frames: 48, intervals: [[12, 24]] },
      ...{ clean: [0, 1, 0.5], corrupted: [0.25, 0.75, 0] },
    })),
    transfer: methods.map((method, m) => ({
      ...{ dataset: 'ucf-crime', testVideos: 290, method, seed: 0, ap: 0.2, rocAuc: 0.6 + m / 100 },
    })),
  };
}

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

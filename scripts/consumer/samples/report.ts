import type { BenchmarkResult } from '@robusta/core';
import { renderReport, renderTable } from '@robusta/report';

export function run() {
  const cell = {
    corruption: 'fog',
    modality: 'visual',
    severity: 3,
    seed: 0,
    method: 'dynamic',
    prAuc: 0.7,
    rocAuc: 0.9,
  } as const;
  const result: BenchmarkResult = {
    format: 'robusta-result',
    version: 1,
    run: 'first',
    configuration: {},
    software: {},
    skipped: [],
    dataset: {
      name: 'mine',
      trainVideos: 80,
      testVideos: 20,
      testFrames: 9600,
      anomalousFrames: 2400,
      sha256: '',
    },
    records: [
      { ...cell, level: 0, corruptedVideos: 0, ap: 0.8 },
      { ...cell, level: 100, corruptedVideos: 20, ap: 0.68 },
    ],
  };
  const page = renderReport(result);
  return { table: renderTable(result, 'text').includes('68.0'), page: /<\/html>\s*$/.test(page) };
}

export const expected = { table: true, page: true };

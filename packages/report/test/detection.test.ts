import type { BenchmarkResult, DetectionRecord } from '@robusta/core';
import { renderDetection } from '../src/index.js';
import { makeResult } from './fixture.js';

const record = (
  corruption: string,
  modality: 'visual' | 'audio',
  seed: number,
  snippetRocAuc: number,
  videoRocAuc: number,
): DetectionRecord => ({ corruption, modality, severity: 3, seed, snippetRocAuc, videoRocAuc });
const result: BenchmarkResult = {
  ...makeResult(),
  detection: [
    record('fog', 'visual', 0, 0.9, 1),
    record('fog', 'visual', 1, 0.8, 0.9),
    record('rain', 'visual', 0, 0.65, 0.65),
    record('white', 'audio', 0, 0.4, 0.5),
    record('mixed-audio', 'audio', 0, 0.8, 0.9),
  ],
};

test('means over seeds and over corruptions', () => {
  expect(renderDetection(result, 'text').split('\n').slice(2)).toEqual([
    'visual       snippets  videos',
    'fog             0.850   0.950',
    'rain            0.650   0.650',
    'average         0.750   0.800',
    '',
    'audio        snippets  videos',
    'white           0.400   0.500',
    'mixed-audio     0.800   0.900',
    'average         0.400   0.500',
    '',
  ]);
  expect(renderDetection(result, 'markdown')).toContain('| fog | 0.850 | 0.950 |\n| rain | 0.650 | 0.650 |');
});

test('nothing to show, and a format that is not known', () => {
  expect(renderDetection(makeResult(), 'text')).toBe('');
  expect(() => renderDetection(result, 'csv' as 'text')).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION' }),
  );
});

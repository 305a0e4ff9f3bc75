import { type BenchmarkResult, type DetectionRecord, parseOptions } from '@robusta/core';
import { z } from 'zod';
import { plain } from './escape.js';

const TITLE = 'Corrupted test data told from clean by the weighting: area under the ROC curve (0.5: chance)';
const MODALITIES = ['visual', 'audio'] as const;

interface Line {
  name: string;
  snippets: number;
  videos: number;
}

/**
 * How well each corruption is detected, the mean over training seeds, with the average over the single corruptions of
 * each modality.
 * @param result - a finished benchmark
 * @returns text that ends with a line feed; empty if the run detected nothing
 * @throws BAD_OPTION for another format
 */
export function renderDetection(result: BenchmarkResult, format: 'text' | 'markdown'): string {
  const chosen = parseOptions(z.enum(['text', 'markdown']), format, 'renderDetection: format');
  const records = result.detection ?? [];
  if (records.length === 0) return '';
  const groups = MODALITIES.flatMap((modality) => {
    const lines = linesOf(records.filter((record) => record.modality === modality));
    return lines.length > 0 ? [{ modality, lines: [...lines, average(lines)] }] : [];
  });
  const width = Math.max(...groups.flatMap(({ lines }) => lines.map(({ name }) => name.length))) + 2;
  const body = groups.flatMap(({ modality, lines }) =>
    chosen === 'text'
      ? ['', `${modality.padEnd(width)}snippets  videos`, ...lines.map((line) => textLine(line, width))]
      : ['', `| ${modality} | snippets | videos |`, '| --- | ---: | ---: |', ...lines.map(markdownLine)],
  );
  return `${[TITLE, ...body].join('\n')}\n`;
}

/** A line for each corruption, in the order of the records. */
function linesOf(records: readonly DetectionRecord[]): Line[] {
  return [...new Set(records.map(({ corruption }) => corruption))].map((corruption) => {
    const own = records.filter((record) => record.corruption === corruption);
    return {
      name: plain(corruption),
      snippets: mean(own.map(({ snippetRocAuc }) => snippetRocAuc)),
      videos: mean(own.map(({ videoRocAuc }) => videoRocAuc)),
    };
  });
}

function average(all: readonly Line[]): Line {
  const single = all.filter(({ name }) => !name.startsWith('mixed-'));
  const lines = single.length > 0 ? single : all;
  return {
    name: 'average',
    snippets: mean(lines.map(({ snippets }) => snippets)),
    videos: mean(lines.map(({ videos }) => videos)),
  };
}

function textLine({ name, snippets, videos }: Line, width: number): string {
  return `${name.padEnd(width)}${snippets.toFixed(3).padStart(8)}${videos.toFixed(3).padStart(8)}`;
}

function markdownLine({ name, snippets, videos }: Line): string {
  return `| ${name.replaceAll('|', '\\|')} | ${snippets.toFixed(3)} | ${videos.toFixed(3)} |`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

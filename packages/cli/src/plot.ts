import type { ScoredFile } from '@robusta/benchmark';
import asciichart from 'asciichart';
import type { Terminal } from './terminal.js';

const rows = 10;
const labelWidth = 8;

/** The score over time, below it the weight of each modality, as wide as the terminal. */
export function plotScores(
  scored: ScoredFile,
  { columns, color }: Pick<Terminal, 'columns' | 'color'>,
): string {
  const { snippets } = scored;
  const width = Math.max(20, Math.min(columns - labelWidth - 2, 160));
  const paint = (...colors: asciichart.Color[]) => (color ? { colors } : {});
  const chart = (series: number[][], ...colors: asciichart.Color[]) =>
    asciichart.plot(series, {
      height: rows,
      min: 0,
      max: 1,
      format: (x: number) => x.toFixed(2).padStart(6),
      ...paint(...colors),
    });
  const column = (pick: (snippet: ScoredFile['snippets'][number]) => number | null) =>
    stretch(
      snippets.map((snippet) => pick(snippet) ?? 0),
      width,
    );
  const end = snippets.at(-1)?.end ?? 0;
  const parts = [
    `${scored.video}: anomaly score of ${snippets.length} snippets, 0 to ${end.toFixed(1)} s`,
    chart([column(({ score }) => score)], asciichart.red),
  ];
  if (snippets.some(({ lambdaVisual }) => lambdaVisual !== null)) {
    parts.push(
      'λV, the weight of the picture (λA of the sound is 1 − λV)',
      chart([column(({ lambdaVisual }) => lambdaVisual)], asciichart.cyan),
    );
  }
  return parts.join('\n');
}

/** Repeats or thins out values to `width` columns; a thinned column shows its largest value. */
function stretch(values: readonly number[], width: number): number[] {
  return Array.from({ length: width }, (_, i) => {
    const from = Math.floor((i * values.length) / width);
    const to = Math.max(from + 1, Math.floor(((i + 1) * values.length) / width));
    return Math.max(...values.slice(from, to));
  });
}

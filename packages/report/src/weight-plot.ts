import { escapeHtml } from './escape.js';
import type { WeightRow } from './listings.js';
import { fixed } from './panel.js';

const LEFT = 190;
const WIDTH = 720;
const RIGHT = 16;
const LINE = 26;
const TOP = 24;

/** Height of {@link weightContent}. */
export const weightHeight = (rows: readonly WeightRow[]): number => TOP + rows.length * LINE + 30;
/** Width of {@link weightContent}. */
export const WEIGHT_WIDTH = WIDTH;

/** Weights of each row, clean above and corrupted below: a line from the 5 % to the 95 % quantile, a mark at the mean. */
export function weightContent(rows: readonly WeightRow[]): string {
  const x = (weight: number) => fixed(LEFT + weight * (WIDTH - LEFT - RIGHT));
  const floor = TOP + rows.length * LINE;
  const ticks = [0, 0.25, 0.5, 0.75, 1].map(
    (tick) =>
      `<line class="grid" x1="${x(tick)}" x2="${x(tick)}" y1="${TOP - 6}" y2="${floor}"/><text x="${x(tick)}" y="${floor + 16}" text-anchor="middle">${tick}</text>`,
  );
  const range = (state: 'clean' | 'corrupted', spread: WeightRow['clean'], y: number) => {
    const text = `${state}: mean ${spread.mean.toFixed(3)}, ${spread.q05.toFixed(3)} to ${spread.q95.toFixed(3)}`;
    const mark =
      state === 'clean'
        ? `<circle cx="${x(spread.mean)}" cy="${y}" r="4"><title>${text}</title></circle>`
        : `<rect x="${fixed(x(spread.mean) - 3.6)}" y="${y - 3.6}" width="7.2" height="7.2"><title>${text}</title></rect>`;
    return `<g class="${state === 'clean' ? 'method m0' : 'method m1'}"><line class="range" x1="${x(spread.q05)}" x2="${x(spread.q95)}" y1="${y}" y2="${y}"/>${mark}</g>`;
  };
  const lines = rows.map(({ corruption, modality, clean, corrupted }, i) => {
    const y = TOP + i * LINE;
    return `<text x="${LEFT - 10}" y="${y + 12}" text-anchor="end">${escapeHtml(`${corruption}: λ ${modality}`)}</text>${range('clean', clean, y + 5)}${range('corrupted', corrupted, y + 13)}`;
  });
  const key = `<g class="method m0"><circle cx="${LEFT + 6}" cy="8" r="4"/></g><text x="${LEFT + 16}" y="12">clean</text><g class="method m1"><rect x="${LEFT + 72}" y="4.4" width="7.2" height="7.2"/></g><text x="${LEFT + 86}" y="12">corrupted; mark at the mean, line from the 5 % to the 95 % quantile</text>`;
  return [key, ...ticks, ...lines].join('\n');
}

import { escapeHtml } from './escape.js';
import { type Cell, type Row, type Summary, shown } from './summary.js';

const WIDTH = 360;
const HEIGHT = 240;
const LEFT = 40;
const RIGHT = 12;
const TOP = 10;
const BOTTOM = 40;

/** Marker of each method: shape tells methods apart where color does not. */
const MARKERS = [
  { tag: 'circle', at: (x: number, y: number) => `cx="${x}" cy="${y}" r="3.5"` },
  {
    tag: 'rect',
    at: (x: number, y: number) => `x="${fixed(x - 3.2)}" y="${fixed(y - 3.2)}" width="6.4" height="6.4"`,
  },
  { tag: 'path', at: (x: number, y: number) => `d="M${x} ${fixed(y - 4.5)}l4.2 7.5h-8.4z"` },
  { tag: 'path', at: (x: number, y: number) => `d="M${x} ${fixed(y - 4.6)}l4.6 4.6-4.6 4.6-4.6-4.6z"` },
];

/** Range of AP that all plots of a page share, so that they can be compared, with its ticks. */
export interface Scale {
  low: number;
  high: number;
  ticks: number[];
}

/** A scale on round numbers around all values of the rows and the base rate. */
export function commonScale(rows: Row[], baseRate: number | undefined): Scale {
  const values = rows.flatMap(({ cells }) =>
    cells
      .flat()
      .flatMap((cell) => (cell ? [cell.ap.mean - (cell.ap.sd ?? 0), cell.ap.mean + (cell.ap.sd ?? 0)] : [])),
  );
  if (baseRate !== undefined) values.push(baseRate);
  const least = Math.max(0, Math.min(...values));
  const most = Math.min(100, Math.max(...values));
  const step = [1, 2, 5, 10].find((size) => (most - least) / size <= 6) ?? 20;
  const low = Math.min(Math.floor(least / step) * step, 100 - step);
  const high = Math.max(Math.ceil(most / step) * step, low + step);
  const ticks = Array.from({ length: Math.round((high - low) / step) + 1 }, (_, i) => low + i * step);
  return { low, high, ticks };
}

/** AP against the share of corrupted videos, a line for each method with bars of one standard deviation. */
export function renderPlot(
  row: Row,
  { levels, methods }: Summary,
  scale: Scale,
  baseRate: number | undefined,
): string {
  const x = (level: number) => fixed(LEFT + (level / 100) * (WIDTH - LEFT - RIGHT));
  const y = (value: number) =>
    fixed(TOP + ((scale.high - value) / (scale.high - scale.low)) * (HEIGHT - TOP - BOTTOM));
  const right = WIDTH - RIGHT;
  const floor = HEIGHT - BOTTOM;

  const grid = scale.ticks.map(
    (tick) =>
      `<line class="grid" x1="${LEFT}" x2="${right}" y1="${y(tick)}" y2="${y(tick)}"/><text x="${LEFT - 6}" y="${y(tick)}" dy="0.35em" text-anchor="end">${tick}</text>`,
  );
  const ticks = levels.map(
    (level) => `<text x="${x(level)}" y="${floor + 16}" text-anchor="middle">${level}</text>`,
  );
  const base =
    baseRate === undefined
      ? ''
      : `<line class="base" x1="${LEFT}" x2="${right}" y1="${y(baseRate)}" y2="${y(baseRate)}"><title>base rate ${baseRate.toFixed(2)}</title></line>`;
  const lines = methods.map((method, m) => {
    const points = levels.flatMap((level, l): { level: number; cell: Cell }[] => {
      const cell = row.cells[l]![m];
      return cell ? [{ level, cell }] : [];
    });
    const path = points
      .map(({ level, cell }, i) => `${i === 0 ? 'M' : 'L'}${x(level)} ${y(cell.ap.mean)}`)
      .join('');
    const marks = points.map(({ level, cell }) => {
      const { mean, sd } = cell.ap;
      const bar =
        sd === undefined
          ? ''
          : `<line class="sd" x1="${x(level)}" x2="${x(level)}" y1="${y(Math.min(100, mean + sd))}" y2="${y(Math.max(0, mean - sd))}"/>`;
      const title = `${method}, ${level} %: ${shown(cell.ap)}${sd === undefined ? '' : ` ±${sd.toFixed(2)}`}`;
      return bar + marker(m, x(level), y(mean), title);
    });
    return `<g class="${lineClass(m)}"><path class="line" d="${path}"/>${marks.join('')}</g>`;
  });
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(`AP against the share of corrupted videos: ${row.name}`)}">
${grid.join('')}
${ticks.join('')}
<text x="${(LEFT + right) / 2}" y="${HEIGHT - 6}" text-anchor="middle">corrupted test videos (%)</text>
${base}
${lines.join('\n')}
</svg>`;
}

/** The methods with their lines and markers. */
export function renderLegend({ methods }: Summary): string {
  const items = methods.map(
    (method, m) =>
      `<li><svg class="key" viewBox="0 0 36 12" aria-hidden="true"><g class="${lineClass(m)}"><path class="line" d="M0 6L36 6"/>${marker(m, 18, 6)}</g></svg>${escapeHtml(method)}</li>`,
  );
  return `<ul class="legend">${items.join('')}<li><svg class="key" viewBox="0 0 36 12" aria-hidden="true"><line class="base" x1="0" x2="36" y1="6" y2="6"/></svg>base rate</li></ul>`;
}

function lineClass(method: number): string {
  return `method m${method % MARKERS.length}`;
}

function marker(method: number, x: number, y: number, title?: string): string {
  const { tag, at } = MARKERS[method % MARKERS.length]!;
  const inside = title === undefined ? '' : `<title>${escapeHtml(title)}</title>`;
  return `<${tag} ${at(x, y)}>${inside}</${tag}>`;
}

/** Coordinates to a hundredth of a pixel. */
function fixed(value: number): number {
  return Math.round(value * 100) / 100;
}

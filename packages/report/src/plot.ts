import { escapeHtml } from './escape.js';
import {
  type Axis,
  frameOf,
  lineClass,
  PANEL,
  renderAxes,
  renderMarker,
  roundAxis,
  wrapPanel,
} from './panel.js';
import { type Cell, type Row, shown, type Table } from './table.js';

/** A scale on round numbers around all values of the rows and the base rate, so that plots can be compared. */
export function commonScale(rows: Row[], baseRate: number | undefined): Axis {
  const values = rows.flatMap(({ cells }) =>
    cells
      .flat()
      .flatMap((cell) => (cell ? [cell.ap.mean - (cell.ap.sd ?? 0), cell.ap.mean + (cell.ap.sd ?? 0)] : [])),
  );
  if (baseRate !== undefined) values.push(baseRate);
  const least = Math.max(0, Math.min(...values));
  const most = Math.min(100, Math.max(...values));
  return roundAxis(least, most, { low: 0, high: 100 });
}

/** What lies along the columns of a plotted table. */
const ALONG = {
  level_percent: {
    low: 0,
    high: 100,
    label: 'corrupted test videos (%)',
    name: 'the share of corrupted videos',
    unit: ' %',
  },
  severity: { low: 1, high: 5, label: 'severity', name: 'the severity', unit: '' },
} as const;

/** AP against the level or severity, a line for each method with bars of one standard deviation: the inside of a panel. */
export function plotContent(row: Row, table: Table, scale: Axis, baseRate: number | undefined): string {
  const { low, high, label, unit } = along(table);
  const values = table.columns.map(({ value }) => Number(value));
  const horizontal = { low, high, ticks: values };
  const frame = frameOf(horizontal, scale);
  const { x, y, right } = frame;
  const base =
    baseRate === undefined
      ? ''
      : `<line class="base" x1="${PANEL.left}" x2="${right}" y1="${y(baseRate)}" y2="${y(baseRate)}"><title>base rate ${baseRate.toFixed(2)}</title></line>`;
  const lines = table.methods.map((method, m) => {
    const points = values.flatMap((value, c): { value: number; cell: Cell }[] => {
      const cell = row.cells[c]![m];
      return cell ? [{ value, cell }] : [];
    });
    const path = points
      .map(({ value, cell }, i) => `${i === 0 ? 'M' : 'L'}${x(value)} ${y(cell.ap.mean)}`)
      .join('');
    const marks = points.map(({ value, cell }) => {
      const { mean, sd } = cell.ap;
      const bar =
        sd === undefined
          ? ''
          : `<line class="sd" x1="${x(value)}" x2="${x(value)}" y1="${y(Math.min(100, mean + sd))}" y2="${y(Math.max(0, mean - sd))}"/>`;
      const title = `${method}, ${value}${unit}: ${shown(cell.ap)}${sd === undefined ? '' : ` ±${sd.toFixed(2)}`}`;
      return bar + renderMarker(table.methods, m, { x: x(value), y: y(mean), title });
    });
    return `<g class="${lineClass(table.methods, m)}"><path class="line" d="${path}"/>${marks.join('')}</g>`;
  });
  return [renderAxes(frame, horizontal, scale, label), base, ...lines].join('\n');
}

/** The plot of a row as an image. */
export function renderPlot(row: Row, table: Table, scale: Axis, baseRate: number | undefined): string {
  return wrapPanel(plotContent(row, table, scale, baseRate), `AP against ${along(table).name}: ${row.name}`);
}

function along({ columnHead }: Table) {
  return columnHead === 'severity' ? ALONG.severity : ALONG.level_percent;
}

/** The methods with their lines and markers. */
export function renderLegend(methods: readonly string[], hasBase: boolean): string {
  const items = methods.map(
    (method, m) =>
      `<li><svg class="key" viewBox="0 0 36 12" aria-hidden="true"><g class="${lineClass(methods, m)}"><path class="line" d="M0 6L36 6"/>${renderMarker(methods, m, { x: 18, y: 6 })}</g></svg>${escapeHtml(method)}</li>`,
  );
  const base = `<li><svg class="key" viewBox="0 0 36 12" aria-hidden="true"><line class="base" x1="0" x2="36" y1="6" y2="6"/></svg>base rate</li>`;
  return `<ul class="legend">${items.join('')}${hasBase ? base : ''}</ul>`;
}

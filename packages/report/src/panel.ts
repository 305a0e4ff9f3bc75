import { escapeHtml } from './escape.js';

/** Pixels of a panel and of the margins around its plot. */
export const PANEL = { width: 360, height: 240, left: 40, right: 12, top: 10, bottom: 40 } as const;

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

/** Values along an axis. */
export interface Axis {
  low: number;
  high: number;
  ticks: readonly number[];
}

/** Where values stand in a panel, in pixels. */
export interface Frame {
  x(value: number): number;
  y(value: number): number;
  right: number;
  floor: number;
}

export function frameOf(horizontal: Pick<Axis, 'low' | 'high'>, vertical: Pick<Axis, 'low' | 'high'>): Frame {
  const { width, height, left, right, top, bottom } = PANEL;
  const share = (value: number, { low, high }: Pick<Axis, 'low' | 'high'>) => (value - low) / (high - low);
  return {
    x: (value) => fixed(left + share(value, horizontal) * (width - left - right)),
    y: (value) => fixed(top + (1 - share(value, vertical)) * (height - top - bottom)),
    right: width - right,
    floor: height - bottom,
  };
}

/** Lines and numbers of both axes. */
export function renderAxes(frame: Frame, horizontal: Axis, vertical: Axis, label: string): string {
  const { left, height } = PANEL;
  const { x, y, right, floor } = frame;
  const grid = vertical.ticks.map(
    (tick) =>
      `<line class="grid" x1="${left}" x2="${right}" y1="${y(tick)}" y2="${y(tick)}"/><text x="${left - 6}" y="${y(tick)}" dy="0.35em" text-anchor="end">${tick}</text>`,
  );
  const ticks = horizontal.ticks.map(
    (tick) => `<text x="${x(tick)}" y="${floor + 16}" text-anchor="middle">${tick}</text>`,
  );
  return `${grid.join('')}
${ticks.join('')}
<text x="${(left + right) / 2}" y="${height - 6}" text-anchor="middle">${escapeHtml(label)}</text>`;
}

/** A panel as an image of its own. */
export function wrapPanel(content: string, label: string): string {
  return `<svg viewBox="0 0 ${PANEL.width} ${PANEL.height}" role="img" aria-label="${escapeHtml(label)}">
${content}
</svg>`;
}

/** Methods in the order of colors and markers, which they keep in every figure; others take what their place gives. */
const STYLES = ['concat', 'average', 'dynamic', 'padding'];

function styleOf(methods: readonly string[], m: number): number {
  const known = STYLES.indexOf(methods[m]!);
  return (known < 0 ? m : known) % MARKERS.length;
}

/** Colors and dashes of a method. */
export function lineClass(methods: readonly string[], m: number): string {
  return `method m${styleOf(methods, m)}`;
}

export function renderMarker(
  methods: readonly string[],
  m: number,
  { x, y, title }: { x: number; y: number; title?: string },
): string {
  const { tag, at } = MARKERS[styleOf(methods, m)]!;
  const inside = title === undefined ? '' : `<title>${escapeHtml(title)}</title>`;
  return `<${tag} ${at(x, y)}>${inside}</${tag}>`;
}

/** About six round numbers around values. */
export function roundAxis(least: number, most: number, limits: Pick<Axis, 'low' | 'high'>): Axis {
  const span = limits.high - limits.low;
  const step =
    [0.01, 0.02, 0.05, 0.1].map((share) => share * span).find((s) => (most - least) / s <= 6) ?? 0.2 * span;
  const low = Math.min(Math.floor(least / step) * step, limits.high - step);
  const high = Math.max(Math.ceil(most / step) * step, low + step);
  const count = Math.round((high - low) / step) + 1;
  return { low, high, ticks: Array.from({ length: count }, (_, i) => fixed(low + i * step)) };
}

/** Coordinates to a hundredth of a pixel. */
export function fixed(value: number): number {
  return Math.round(value * 100) / 100;
}

import type { ScoreCurve } from '@robusta/core';
import { escapeHtml } from './escape.js';
import { frameOf, lineClass, PANEL, renderAxes } from './panel.js';
import { distinct } from './table.js';

const FRAMES_PER_SECOND = 24;
const FRAMES_PER_SNIPPET = 16;

/** The curves of one video under one row of the protocol: one for each method. */
export interface CurveGroup {
  video: string;
  corruption: string;
  curves: ScoreCurve[];
}

/** Rows of which curves are drawn, those of figure 4: of all of them it would be hundreds. */
export const CURVE_ROWS = ['motion-blur', 'fog', 'random-dropout'];

/**
 * Curves by video and row, of the first seed alone.
 * @returns those of {@link CURVE_ROWS}; where there is none, those of the first three rows
 */
export function curveGroups(curves: readonly ScoreCurve[]): CurveGroup[] {
  const rows = distinct(curves.map(({ corruption }) => corruption));
  const known = CURVE_ROWS.filter((row) => rows.includes(row));
  const videos = distinct(curves.map(({ video }) => video));
  return (known.length > 0 ? known : rows.slice(0, 3)).flatMap((corruption) =>
    videos.flatMap((video) => {
      const own = curves.filter((curve) => curve.video === video && curve.corruption === corruption);
      if (own.length === 0) return [];
      const seed = Math.min(...own.map((curve) => curve.seed));
      return [{ video, corruption, curves: own.filter((curve) => curve.seed === seed) }];
    }),
  );
}

/**
 * Scores over seconds, clean dotted and corrupted solid, over the annotated anomalies: the inside of a panel.
 * @param methods - those that are drawn
 */
export function curveContent({ curves }: CurveGroup, methods: readonly string[]): string {
  const { frames, intervals } = curves[0]!;
  const seconds = frames / FRAMES_PER_SECOND;
  const step =
    [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 3600].find((size) => seconds / size <= 8) ?? 7200;
  const ticks = Array.from({ length: Math.floor(seconds / step) + 1 }, (_, i) => i * step);
  const horizontal = { low: 0, high: seconds, ticks };
  const vertical = { low: 0, high: 1, ticks: [0, 0.25, 0.5, 0.75, 1] };
  const frame = frameOf(horizontal, vertical);
  const { x, y, floor } = frame;
  const shades = intervals.map(([start, end]) => {
    const from = x(Math.max(0, Math.min(frames, start)) / FRAMES_PER_SECOND);
    const to = x(Math.max(0, Math.min(frames, end)) / FRAMES_PER_SECOND);
    return `<rect class="truth" x="${from}" y="${PANEL.top}" width="${Math.max(0, Math.round((to - from) * 100) / 100)}" height="${floor - PANEL.top}"/>`;
  });
  const middle = (snippet: number) =>
    Math.min(seconds, ((snippet + 0.5) * FRAMES_PER_SNIPPET) / FRAMES_PER_SECOND);
  const path = (scores: readonly number[]) =>
    scores.map((score, i) => `${i === 0 ? 'M' : 'L'}${x(middle(i))} ${y(score)}`).join('');
  const lines = curves.flatMap(({ method, clean, corrupted }) => {
    const m = methods.indexOf(method);
    if (m < 0) return [];
    return `<g class="${lineClass(methods, m)}"><path class="curve clean" d="${path(clean)}"><title>${escapeHtml(method)}, clean</title></path><path class="curve" d="${path(corrupted)}"><title>${escapeHtml(method)}, corrupted</title></path></g>`;
  });
  return [...shades, renderAxes(frame, horizontal, vertical, 'seconds'), ...lines].join('\n');
}

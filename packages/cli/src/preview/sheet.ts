import { svgToPng } from '../svg-to-png.js';
import type { Picture } from './image.js';

/** One picture of a sheet and what stands below it. */
export interface Cell {
  picture: Picture;
  caption: string;
}

/** A table of pictures. */
export interface Sheet {
  title: string;
  subtitle: string;
  /** The untouched picture, above all others. */
  clean: Cell;
  columns: string[];
  rows: { label: string; note?: string; cells: Cell[] }[];
  /** Pixels of every picture as it is shown. */
  size: { width: number; height: number };
}

const GAP = 12;
const MARGIN = 24;
const LABELS = 168;
const CAPTION = 20;
const TITLE = 56;
const HEADING = 30;

/** Draws a sheet as a PNG. */
export function renderSheet(sheet: Sheet): Buffer {
  return svgToPng(toSvg(sheet));
}

/** The sheet as SVG. */
export function toSvg({ title, subtitle, clean, columns, rows, size }: Sheet): string {
  const column = (index: number) => MARGIN + LABELS + index * (size.width + GAP);
  const rowHeight = size.height + CAPTION + GAP;
  const width = column(columns.length) - GAP + MARGIN;
  const cleanTop = MARGIN + TITLE;
  const headingTop = cleanTop + rowHeight;
  const top = (index: number) => headingTop + HEADING + index * rowHeight;
  const height = top(rows.length) + MARGIN - GAP;
  const parts = [
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text(MARGIN, MARGIN + 20, title, 'font-size="22" font-weight="bold"'),
    text(MARGIN, MARGIN + 42, subtitle, 'font-size="13" fill="#555"'),
    text(MARGIN, cleanTop + 16, 'clean', 'font-size="16" font-weight="bold"'),
    drawCell(clean, column(0), cleanTop, size),
    `<line x1="${MARGIN}" x2="${width - MARGIN}" y1="${headingTop - 2}" y2="${headingTop - 2}" stroke="#ccc"/>`,
    ...columns.map((name, i) =>
      text(
        column(i) + size.width / 2,
        headingTop + 19,
        name,
        'font-size="14" fill="#555" text-anchor="middle"',
      ),
    ),
    ...rows.flatMap(({ label, note, cells }, r) => [
      text(MARGIN, top(r) + 16, label, 'font-size="16" font-weight="bold"'),
      ...(note === undefined ? [] : [text(MARGIN, top(r) + 36, note, 'font-size="12" fill="#555"')]),
      ...cells.map((cell, i) => drawCell(cell, column(i), top(r), size)),
    ]),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${width}" height="${height}" font-family="DejaVu Sans" fill="#111">${parts.join('')}</svg>`;
}

function drawCell({ picture, caption }: Cell, x: number, y: number, size: Sheet['size']): string {
  const image = `<image x="${x}" y="${y}" width="${size.width}" height="${size.height}" preserveAspectRatio="none" image-rendering="optimizeQuality" xlink:href="${picture.href}"/>`;
  return image + text(x, y + size.height + 14, caption, 'font-size="11" fill="#555"');
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function text(x: number, y: number, content: string, attributes: string): string {
  const escaped = content.replace(/[&<>"]/g, (letter) => entities[letter]!);
  return `<text x="${x}" y="${y}" ${attributes}>${escaped}</text>`;
}

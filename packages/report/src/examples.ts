import { parseOptions } from '@robusta/core';
import { z } from 'zod';
import { Drawing } from './drawing.js';
import { escapeHtml } from './escape.js';

const ExampleSchema = z.strictObject({
  group: z.string(),
  caption: z.string(),
  image: z
    .string()
    .regex(/^data:image\/(png|jpeg|webp);base64,[A-Za-z0-9+/]*=*$/, 'expected a data address of an image'),
  width: z.number().positive(),
  height: z.number().positive(),
});

/** Checks the pictures of figure 3. */
export const ExamplesSchema = z.array(ExampleSchema).min(1);

/** One picture of figure 3. */
export interface Example {
  /** Heading it stands under, as `visual`. */
  group: string;
  /** What was done to it. */
  caption: string;
  /** The picture, or the spectrogram of a sound, as a `data:image/png;base64,…` address. */
  image: string;
  width: number;
  height: number;
}

const COLUMNS = 5;
const WIDTH = 208;
const GAP = 12;

/**
 * Figure 3 of the paper: pictures side by side, a heading for each group.
 * @param examples - shown in their order, five in a line; pictures of a group have the shape of its first
 * @returns an SVG image that loads nothing
 * @throws BAD_OPTION for pictures that are no data addresses
 */
export function renderExamples(examples: readonly Example[]): string {
  const checked = parseOptions(ExamplesSchema, examples, 'renderExamples');
  const drawing = new Drawing(GAP + COLUMNS * (WIDTH + GAP));
  for (const group of new Set(checked.map((example) => example.group))) {
    const own = checked.filter((example) => example.group === group);
    const height = Math.round((WIDTH * own[0]!.height) / own[0]!.width);
    drawing.heading(group);
    for (let first = 0; first < own.length; first += COLUMNS) {
      const cells = own.slice(first, first + COLUMNS).map(({ caption, image }, column) => {
        const x = GAP + column * (WIDTH + GAP);
        return `<image x="${x}" y="0" width="${WIDTH}" height="${height}" preserveAspectRatio="none" href="${image}"/><text x="${x}" y="${height + 14}">${escapeHtml(caption)}</text>`;
      });
      drawing.add(cells.join('\n'), height + 24);
    }
  }
  return drawing.toSvg('Examples of corruptions');
}

import { createHash } from 'node:crypto';
import type { Modality } from '@robusta/core';
import type { Dimension } from './dimension.js';
import { FPS, HOP_SECONDS, WINDOW_FRAMES } from './grid.js';

/** JSON that says how features were made; two sequences may be mixed only if theirs are equal. */
export type Recipe = { [key: string]: Json };
type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** What an extractor makes. */
export interface ExtractorSpec {
  /** For example `lite`. */
  kind: string;
  modality: Modality;
  /** D, the width of a row. */
  dim: number;
  /** Spatial crops of each row. */
  crops: number;
  /** Frames of a snippet, 16. */
  windowFrames: number;
  /** Frames per second that the snippets count in, 24. */
  fps: number;
  /** Seconds from a row to the next: 2/3, unless sound was asked for with another. */
  hopSeconds: number;
  recipe: Recipe;
  /** SHA-256 of the recipe, 64 hexadecimal digits. */
  recipeHash: string;
}

/** SHA-256 (hex) of a recipe; the order of its keys does not matter. */
export function hashRecipe(recipe: Recipe): string {
  return createHash('sha256').update(canonical(recipe)).digest('hex');
}

/** The spec of an extractor of this package: rows of 16 frames at 24 fps, one after the other. */
export function describeExtractor(
  kind: string,
  modality: Modality,
  recipe: Recipe & { dim: number; crops: number },
  hopSeconds = HOP_SECONDS,
): ExtractorSpec {
  return {
    kind,
    modality,
    dim: recipe.dim,
    crops: recipe.crops,
    windowFrames: WINDOW_FRAMES,
    fps: FPS,
    hopSeconds,
    recipe,
    recipeHash: hashRecipe(recipe),
  };
}

/** Fingerprint of a table of columns, so that features of two versions of it never mix. */
export function hashColumns(dimensions: readonly Dimension[]): string {
  return hashRecipe({ columns: dimensions.map(({ name, formula }) => `${name}: ${formula}`) });
}

function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const entries = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key]!)}`);
  return `{${entries.join(',')}}`;
}

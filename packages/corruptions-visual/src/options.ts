import { RobustaError, type Severity, SeveritySchema } from '@robusta/core';
import { z } from 'zod';

/** A side that a frame may have at most: 8K video fits, and the largest fog map stays at 256 MB. */
const MAX_SIDE = 8192;

/** The options that every visual corruption takes. */
export const frameOptionFields = {
  severity: SeveritySchema.optional().describe(
    '1 (weak) to 5; may be left out where the parameters say it all',
  ),
  seed: z.number().int().min(0).max(0xffffffff).default(0).describe('seed of the video'),
  width: z.number().int().min(1).max(MAX_SIDE).describe('pixels in a row'),
  height: z.number().int().min(1).max(MAX_SIDE).describe('rows'),
  fps: z.number().positive().max(1000).default(25).describe('frames per second'),
  rounding: z.enum(['cut', 'nearest']).default('cut').describe('how values become whole numbers'),
  scale: z
    .enum(['pixels', 'relative'])
    .default('pixels')
    .describe('lengths as printed, or times min(width, height) / 224'),
};

/** What {@link frameOptionFields} give once checked. */
export interface FrameParameters {
  severity?: Severity | undefined;
  /** Seed of the video, 0 to 2^32 - 1. */
  seed: number;
  width: number;
  height: number;
  fps: number;
  rounding: 'cut' | 'nearest';
  scale: 'pixels' | 'relative';
}

/** A published table: the physical parameters of each severity. */
export type SeverityTable<Key extends string = string> = Readonly<
  Record<Severity, Readonly<Record<Key, number>>>
>;

/**
 * The options of a call with all physical parameters: those given, the rest from the published table.
 * @throws BAD_OPTION where neither says what a parameter is
 */
export function withPhysicalParameters<Options extends FrameParameters & { table?: string }>(
  what: string,
  definition: { severity: SeverityTable; otherTables?: Readonly<Record<string, SeverityTable>> },
  options: Options,
): Options & Record<string, unknown> {
  const table = definition.otherTables?.[options.table ?? ''] ?? definition.severity;
  return { ...options, ...physicalParameters(what, table, options) };
}

/**
 * The physical parameters of a call: those given, the rest from the row of the severity.
 * @throws BAD_OPTION where neither says what a parameter is
 */
export function physicalParameters<Key extends string>(
  what: string,
  table: SeverityTable<Key>,
  options: { severity?: Severity | undefined },
): Record<Key, number> {
  const given = options as Partial<Record<Key, number>>;
  const row = options.severity === undefined ? undefined : table[options.severity];
  const keys = Object.keys(table[1]) as Key[];
  const missing = keys.filter((key) => given[key] === undefined && row === undefined);
  if (missing.length > 0) {
    throw new RobustaError('BAD_OPTION', `${what}: neither severity nor ${missing.join(', ')} given`, {
      hint: `give a severity from 1 to 5, or all of ${keys.join(', ')}`,
    });
  }
  return Object.fromEntries(keys.map((key) => [key, given[key] ?? row?.[key]])) as Record<Key, number>;
}

/** What is added before the cut to whole numbers. */
export function roundingBias(rounding: 'cut' | 'nearest'): number {
  return rounding === 'nearest' ? 0.5 : 0;
}

/** How many times longer lengths are than in the published tables, which were made for 224 x 224. */
export function lengthFactor({ scale, width, height }: FrameParameters): number {
  return scale === 'relative' ? Math.min(width, height) / 224 : 1;
}

import { type Modality, type Severity, SeveritySchema } from '@robusta/core';
import { AUDIO_CORRUPTIONS, type AudioCorruption } from '@robusta/corruptions-audio';
import { VISUAL_CORRUPTIONS, type VisualCorruption } from '@robusta/corruptions-visual';
import { z } from 'zod';
import { SeedOption } from '../options.js';
import { fingerprint } from '../run/fingerprint.js';

/** One of the 16 corruptions of the protocol. */
export type CorruptionName = VisualCorruption | AudioCorruption;

/** Checks a {@link CorruptionName}. */
export const CorruptionNameSchema = z.enum([...VISUAL_CORRUPTIONS, ...AUDIO_CORRUPTIONS]);

/** What is done to a video before its features are taken. */
export type Condition =
  | 'clean'
  | {
      corruption: CorruptionName;
      severity: Severity;
      /** Of the run; each video and corruption has a seed of its own derived from it. */
      seed: number;
      /** Options of the corruption besides, for example its mode, in place of the defaults of its severity. */
      parameters?: Record<string, string | number | boolean | null> | undefined;
    };

/** Checks a {@link Condition}. */
export const ConditionSchema = z.union([
  z.literal('clean'),
  z.strictObject({
    corruption: CorruptionNameSchema,
    severity: SeveritySchema,
    seed: SeedOption,
    parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
  }),
]);

/**
 * Name of a condition in paths and sidecars: `clean`, `fog-s3-seed0`, with parameters of its own `fog-s3-seed0-1a2b3c4d`.
 * Equal names, equal conditions.
 */
export function conditionName(condition: Condition): string {
  if (condition === 'clean') return 'clean';
  const { corruption, severity, seed, parameters = {} } = condition;
  const own = Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${corruption}-s${severity}-seed${seed}${own.length > 0 ? `-${fingerprint(own)}` : ''}`;
}

/** The modality that a corruption damages. */
export function modalityOfCorruption(corruption: CorruptionName): Modality {
  return (VISUAL_CORRUPTIONS as readonly string[]).includes(corruption) ? 'visual' : 'audio';
}

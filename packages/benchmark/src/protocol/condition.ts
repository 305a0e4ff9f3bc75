import { type Modality, type Severity, SeveritySchema } from '@robusta/core';
import { AUDIO_CORRUPTIONS, type AudioCorruption } from '@robusta/corruptions-audio';
import { VISUAL_CORRUPTIONS, type VisualCorruption } from '@robusta/corruptions-visual';
import { z } from 'zod';
import { SeedOption } from '../options.js';

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
    };

/** Checks a {@link Condition}. */
export const ConditionSchema = z.union([
  z.literal('clean'),
  z.strictObject({
    corruption: CorruptionNameSchema,
    severity: SeveritySchema,
    seed: SeedOption,
  }),
]);

/** Name of a condition in paths and sidecars: `clean`, `fog-s3-seed0`. Equal names, equal conditions. */
export function conditionName(condition: Condition): string {
  if (condition === 'clean') return 'clean';
  return `${condition.corruption}-s${condition.severity}-seed${condition.seed}`;
}

/** The modality that a corruption damages. */
export function modalityOfCorruption(corruption: CorruptionName): Modality {
  return (VISUAL_CORRUPTIONS as readonly string[]).includes(corruption) ? 'visual' : 'audio';
}

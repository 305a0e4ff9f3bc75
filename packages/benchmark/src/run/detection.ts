import type { DetectionRecord, Modality } from '@robusta/core';
import { rocAuc } from '@robusta/metrics';
import { parseScenario } from '../protocol/scenario.js';

/** How probably each snippet of a test video is compromised. */
export interface DetectedVideo {
  /** `[T]` a modality of the clean video. */
  clean: { [M in Modality]?: Float32Array };
  /** `[T]`, the modality that is damaged, by row. */
  corrupted: Readonly<Record<string, Float32Array>>;
}

/**
 * Area under the ROC curve of the probability that a modality is compromised: all clean test data against all of it
 * under one corruption. Videos without that modality take no part; a corruption of none of them has no record, nor has
 * a row that damages both modalities.
 */
export function evaluateDetection(
  videos: readonly DetectedVideo[],
  {
    corruptions,
    severity,
    seed,
  }: Pick<DetectionRecord, 'severity' | 'seed'> & {
    corruptions: readonly string[];
  },
): DetectionRecord[] {
  return corruptions.flatMap((corruption) => {
    const { modality } = parseScenario(corruption);
    if (modality === 'both') return [];
    const pairs = videos.flatMap(({ clean, corrupted }) => {
      const before = clean[modality];
      const after = corrupted[corruption];
      return before && after ? [{ before, after }] : [];
    });
    if (pairs.length === 0) return [];
    const before = pairs.map((pair) => pair.before);
    const after = pairs.map((pair) => pair.after);
    return {
      corruption,
      modality,
      severity,
      seed,
      snippetRocAuc: separation(
        before.flatMap((values) => [...values]),
        after.flatMap((values) => [...values]),
      ),
      videoRocAuc: separation(before.map(mean), after.map(mean)),
    };
  });
}

/** Share of (clean, corrupted) pairs in the right order. */
function separation(clean: number[], corrupted: number[]): number {
  const labels = Uint8Array.from([...clean.map(() => 0), ...corrupted.map(() => 1)]);
  return rocAuc(labels, Float32Array.from([...clean, ...corrupted]));
}

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

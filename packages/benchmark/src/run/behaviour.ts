import {
  type DetectionRecord,
  type Modality,
  quantile,
  type ScoreCurve,
  type WeightRecord,
} from '@robusta/core';
import { corruptionOrder } from '../protocol/select.js';
import type { CheckedConfig } from './config.js';
import { type DetectedVideo, evaluateDetection } from './detection.js';
import { cleanPairOf, createPairs, type InputPair, inputName, pairName, type Row } from './inputs.js';
import type { Scored } from './measure.js';

/** Videos whose scores are kept over time. */
const CURVES = 2;

/** A row with what every video has when all are damaged. */
interface WholeRow {
  row: Row;
  pairs: InputPair[];
}

/** How the weighting sees the rows of a result when all videos are damaged, and what that does to scores over time. */
export interface Behaviour {
  detection: DetectionRecord[];
  weights: WeightRecord[];
  curves: ScoreCurve[];
}

/**
 * Describes the rows at the severity of the run. Rows without anything to weigh, since a modality is missing, have
 * neither detection nor weights.
 */
export function describeRows(scored: Scored, rows: readonly Row[], config: CheckedConfig): Behaviour {
  const { seed, videos } = scored;
  const pairsOf = createPairs(videos, { ...config, seed });
  const whole = rows
    .filter(({ severity }) => severity === config.severity)
    .map((row): WholeRow => ({ row, pairs: pairsOf(row, 100) }));
  const weighed = whole.filter(({ row }) => !leavesOut(row));
  return {
    detection: evaluateDetection(detectedOf(scored, weighed), {
      corruptions: weighed.map(({ row }) => row.scenario.name),
      severity: config.severity,
      seed,
    }),
    weights: weighed.flatMap((one) => weightsOf(scored, one)),
    curves: seed === config.seeds[0] ? curvesOf(scored, whole, config) : [],
  };
}

/** Whether a row takes a modality away. */
function leavesOut({ scenario: { visual, audio } }: Row): boolean {
  return [visual, audio].some(({ rest, damaged }) => rest === 'missing' || damaged.includes('missing'));
}

function detectedOf({ videos, scores }: Scored, rows: readonly WholeRow[]): DetectedVideo[] {
  return videos.map((_, i): DetectedVideo => {
    const { compromised } = scores[i]!;
    const clean: DetectedVideo['clean'] = {};
    for (const modality of ['visual', 'audio'] as const) {
      const found = compromised[modality].get('clean');
      if (found) clean[modality] = found;
    }
    const corrupted: Record<string, Float32Array> = {};
    for (const { row, pairs } of rows) {
      const { name, modality } = row.scenario;
      const found =
        modality === 'both' ? undefined : compromised[modality].get(inputName(pairs[i]![modality]));
      if (found) corrupted[name] = found;
    }
    return { clean, corrupted };
  });
}

/** The weight of each damaged modality over the snippets of all videos that have both modalities. */
function weightsOf({ videos, scores, seed }: Scored, { row, pairs }: WholeRow): WeightRecord[] {
  const { name: corruption, modality } = row.scenario;
  const damaged: Modality[] = modality === 'both' ? ['visual', 'audio'] : [modality];
  return damaged.flatMap((of): WeightRecord[] => {
    const found = videos.flatMap((video, i) => {
      const weights = (pair: InputPair) => scores[i]!.pairs.get(pairName(pair))!.weights?.[of];
      const before = weights(cleanPairOf(video));
      const after = weights(pairs[i]!);
      return before && after ? [{ before, after }] : [];
    });
    if (found.length === 0) return [];
    return [
      {
        ...{ corruption, modality: of, seed },
        clean: spread(found.map(({ before }) => before)),
        corrupted: spread(found.map(({ after }) => after)),
      },
    ];
  });
}

function spread(parts: readonly Float32Array[]): WeightRecord['clean'] {
  const values = Float64Array.from(parts.flatMap((part) => [...part])).sort();
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const [q05, q50, q95] = [0.05, 0.5, 0.95].map((share) => quantile(values, share)) as [
    number,
    number,
    number,
  ];
  return { mean, q05, q50, q95 };
}

/** Of the anomalous videos that are damaged first as the level grows. */
function curvesOf(
  { videos, scores, seed }: Scored,
  rows: readonly WholeRow[],
  config: CheckedConfig,
): ScoreCurve[] {
  const labels = videos.map(({ label }) => label);
  const ids = videos.map(({ id }) => id);
  const order = corruptionOrder(ids, seed, labels).map((id) => ids.indexOf(id));
  const chosen = order.filter((i) => labels[i] === 1).slice(0, CURVES);
  return rows.flatMap(({ row, pairs }) =>
    chosen.flatMap((i) => {
      const { id: video, frames, intervals } = videos[i]!;
      const of = (pair: InputPair) => scores[i]!.pairs.get(pairName(pair))!.scores;
      const [before, after] = [of(cleanPairOf(videos[i]!)), of(pairs[i]!)];
      return config.methods.map((method): ScoreCurve => {
        const clean = shown(before[method]!);
        const corrupted = shown(after[method]!);
        return { video, corruption: row.scenario.name, method, seed, frames, intervals, clean, corrupted };
      });
    }),
  );
}

/** To four decimals, enough for a drawing. */
function shown(scores: Float32Array): number[] {
  return Array.from(scores, (score) => Math.round(score * 1e4) / 1e4);
}

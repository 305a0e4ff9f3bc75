import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { RobustaError } from '@robusta/core';
import { describeShared, expectClose, goldenJson } from '@robusta/test-kit';
import {
  averagePrecision,
  type ExpandOptions,
  expandToFrames,
  type FrameInterval,
  type Metric,
  poolFrames,
  prAuc,
  precisionRecallCurve,
  rankingMetrics,
  rocAuc,
  rocCurve,
  xdGroundTruth,
} from '../src/index.js';
import { type GeneratedParameters, generate } from './generate.js';

/** The names of the golden files and ours. */
const METRICS: Record<string, Metric> = {
  average_precision: averagePrecision,
  pr_auc_trapezoid: prAuc,
  roc_auc: rocAuc,
};
const CODES: Record<string, string> = {
  empty: 'EMPTY_INPUT',
  length_mismatch: 'LENGTH_MISMATCH',
  non_finite_score: 'NON_FINITE',
  non_binary_label: 'NON_BINARY_LABEL',
  no_positive: 'NO_POSITIVE',
  no_negative: 'NO_NEGATIVE',
  bad_factor: 'BAD_OPTION',
  bad_length: 'BAD_OPTION',
  bad_interval: 'BAD_INPUT',
};

type Areas = Record<string, number | null>;
interface Case {
  name: string;
  labels?: number[];
  scores?: number[];
  formula?: string;
  params?: GeneratedParameters;
  check?: {
    n: number;
    positives: number;
    labels_fnv1a32: number;
    scores_first5: number[];
    score_last: number;
    scores_sum_in_order: number;
  };
  tolerance_abs?: number;
  expect?: Areas & {
    pr_curve?: Record<string, number[]> | null;
    roc_curve?: Record<string, number[]> | null;
  };
  expect_reason?: string | Record<string, string | number>;
}
interface Expansion {
  name: string;
  snippet_scores: number[];
  factor: number;
  n_frames: number;
  policy: string;
  expect: { frames?: number[]; labels_kept?: number; error?: string };
}
interface GroundTruth {
  name: string;
  total_frames: number;
  fragments: FrameInterval[];
  factor: number;
  expect: { length?: number; positives?: number; runs?: FrameInterval[]; error?: string };
}
interface Dataset {
  name: string;
  factor: number;
  videos: { total_frames: number; fragments: FrameInterval[]; snippet_scores: number[] }[];
  expect: Areas & { n_frames: number };
}
interface GoldenFile {
  tolerance_abs?: number;
  cases?: Case[];
  expansion?: Expansion[];
  xd_ground_truth?: GroundTruth[];
  datasets?: Dataset[];
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (RobustaError.isInstance(error)) return error.code;
    throw error;
  }
  return 'nothing thrown';
}

/** Every area: the number within the tolerance, or, for null, an error. */
function checkAreas(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  expected: Areas,
  absolute: number,
): void {
  for (const [name, metric] of Object.entries(METRICS)) {
    const value = expected[name];
    if (value === undefined) continue;
    if (value === null) expect(codeOf(() => metric(labels, scores))).toMatch(/^NO_(POSITIVE|NEGATIVE)$/);
    else expectClose([metric(labels, scores)], [value], { absolute, label: name });
  }
}

function checkCurves({ labels, scores, expect: expected }: Case): void {
  if (expected?.pr_curve) {
    const { precision, recall, thresholds } = precisionRecallCurve(labels!, scores!);
    const curve = expected.pr_curve;
    expectClose(precision, curve.precision!, { absolute: 1e-12, label: 'precision' });
    expectClose(recall, curve.recall!, { absolute: 1e-12, label: 'recall' });
    expectClose(thresholds, curve.thresholds!, { label: 'PR thresholds' });
  }
  if (expected?.roc_curve) {
    const { fpr, tpr, thresholds } = rocCurve(labels!, scores!);
    const curve = expected.roc_curve;
    expectClose(fpr, curve.fpr!, { absolute: 1e-12, label: 'fpr' });
    expectClose(tpr, curve.tpr!, { absolute: 1e-12, label: 'tpr' });
    expectClose(thresholds, [Infinity, ...curve.thresholds_after_first!], { label: 'ROC thresholds' });
  } else if (expected?.roc_curve === null) {
    expect(codeOf(() => rocCurve(labels!, scores!))).toMatch(/^NO_(POSITIVE|NEGATIVE)$/);
  }
}

function fnv1a(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

function checkGenerated({
  formula,
  params,
  check,
  expect: expected,
  tolerance_abs: absolute = 1e-10,
}: Case): void {
  const { labels, scores } = generate(formula!, params!);
  // The generator first, bit for bit, so that a wrong area means a wrong metric.
  expect({
    n: labels.length,
    positives: labels.reduce((sum, label) => sum + label, 0),
    labels_fnv1a32: fnv1a(labels),
    scores_first5: Array.from(scores.subarray(0, 5)),
    score_last: scores.at(-1),
    scores_sum_in_order: scores.reduce((sum, score) => sum + score, 0),
  }).toEqual({
    n: check!.n,
    positives: check!.positives,
    labels_fnv1a32: check!.labels_fnv1a32,
    scores_first5: check!.scores_first5,
    score_last: check!.score_last,
    scores_sum_in_order: check!.scores_sum_in_order,
  });
  const { ap, prAuc: area, rocAuc: roc } = rankingMetrics(labels, scores);
  const names = ['average_precision', 'pr_auc_trapezoid', 'roc_auc'];
  expectClose(
    [ap, area, roc],
    names.map((name) => expected![name]!),
    { absolute },
  );
}

function checkReason({ labels, scores, expect_reason: reason }: Case): void {
  for (const [name, metric] of Object.entries(METRICS)) {
    const wanted = typeof reason === 'object' ? reason[name]! : reason!;
    if (typeof wanted === 'number')
      expectClose([metric(labels!, scores!)], [wanted], { absolute: 1e-12, label: name });
    else expect(codeOf(() => metric(labels!, scores!))).toBe(CODES[wanted]);
  }
}

describeShared('golden/metrics', (folder) => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));

  test('holds golden files', () => expect(files.length).toBeGreaterThan(0));

  describe.each(files)('%s', (name) => {
    const golden = goldenJson<GoldenFile>(join(folder, name));
    const absolute = golden.tolerance_abs ?? 1e-12;

    for (const item of golden.cases ?? []) {
      test(`case ${item.name}`, () => {
        if (item.expect_reason !== undefined) checkReason(item);
        else if (item.formula !== undefined) checkGenerated(item);
        else {
          checkAreas(item.labels!, item.scores!, item.expect!, item.tolerance_abs ?? absolute);
          checkCurves(item);
        }
      });
    }

    for (const {
      name: title,
      snippet_scores,
      factor,
      n_frames,
      policy,
      expect: expected,
    } of golden.expansion ?? []) {
      test(`expansion ${title}`, () => {
        const options = {
          framesPerSnippet: factor,
          frameCount: n_frames,
          policy: policy.replace('_', '-'),
        } as ExpandOptions;
        const expand = () => expandToFrames(Float64Array.from(snippet_scores), options);
        if (expected.error !== undefined) return expect(codeOf(expand)).toBe(CODES[expected.error]);
        expect(expand()).toEqual(Float64Array.from(expected.frames!));
        expect(expandToFrames(snippet_scores, options)).toEqual(Float32Array.from(expected.frames!));
        if (expected.labels_kept !== undefined) expect(expand()).toHaveLength(expected.labels_kept);
      });
    }

    for (const { name: title, total_frames, fragments, factor, expect: expected } of golden.xd_ground_truth ??
      []) {
      test(`XD-Violence ground truth ${title}`, () => {
        const make = () => xdGroundTruth(fragments, total_frames, factor);
        if (expected.error !== undefined) return expect(codeOf(make)).toBe(CODES[expected.error]);
        const wanted = new Uint8Array(expected.length!);
        for (const [start, end] of expected.runs!) wanted.fill(1, start, end);
        expect(make()).toEqual(wanted);
        expect(make().reduce((sum, label) => sum + label, 0)).toBe(expected.positives);
      });
    }

    for (const { name: title, factor, videos, expect: expected } of golden.datasets ?? []) {
      test(`dataset ${title}`, () => {
        const { labels, scores } = poolFrames(
          videos.map(({ total_frames, fragments, snippet_scores }) => ({
            labels: xdGroundTruth(fragments, total_frames, factor),
            scores: expandToFrames(Float64Array.from(snippet_scores), { framesPerSnippet: factor }),
          })),
        );
        expect(scores).toHaveLength(expected.n_frames);
        checkAreas(labels, scores, expected, absolute);
      });
    }
  });
});

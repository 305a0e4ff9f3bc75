import type { ErrorCode } from '@robusta/core';
import type { DatasetProblem } from './model.js';

/** What a dataset is checked for. */
export interface DatasetRule {
  /** `error`: something is lost or wrong; `warning`: results can suffer; `note`: worth knowing, harmless. */
  severity: 'error' | 'warning' | 'note';
  code: ErrorCode;
  /** What the rule finds. */
  about: string;
}

/** Every rule of `checkDataset`, in the order of its report. */
export const DATASET_RULES = {
  'missing-media': {
    severity: 'error',
    code: 'MISSING_VIDEO',
    about: 'listed or annotated, but there is no such video',
  },
  'missing-features': {
    severity: 'error',
    code: 'MISSING_MODALITY',
    about: 'features of a modality are absent',
  },
  'bad-media': { severity: 'error', code: 'NOT_MEDIA', about: 'a video that cannot be read' },
  'bad-features': { severity: 'error', code: 'BAD_FORMAT', about: 'a feature file that cannot be read' },
  'missing-crop': { severity: 'error', code: 'BAD_DATASET', about: 'a crop of the features is absent' },
  'no-label': { severity: 'error', code: 'BAD_DATASET', about: 'a name that does not tell the label' },
  'not-annotated': {
    severity: 'error',
    code: 'BAD_ANNOTATION',
    about: 'an anomalous test video without a stretch inside it',
  },
  'annotated-unlisted': {
    severity: 'error',
    code: 'BAD_ANNOTATION',
    about: 'annotated, but not in the list of test videos',
  },
  'annotated-normal': {
    severity: 'error',
    code: 'BAD_ANNOTATION',
    about: 'normal by name, but annotated as anomalous',
  },
  'class-differs': {
    severity: 'error',
    code: 'BAD_ANNOTATION',
    about: 'the class of an annotation is not that of the name',
  },
  'in-both-splits': {
    severity: 'error',
    code: 'BAD_DATASET',
    about: 'listed for training and for testing',
  },
  'beyond-end': {
    severity: 'warning',
    code: 'BAD_ANNOTATION',
    about: 'annotated beyond the end of the video',
  },
  'annotated-twice': {
    severity: 'warning',
    code: 'BAD_ANNOTATION',
    about: 'annotated on two lines; the first counts',
  },
  'two-labels': {
    severity: 'warning',
    code: 'BAD_DATASET',
    about: 'the same footage is listed as normal and as anomalous',
  },
  'shared-footage': {
    severity: 'warning',
    code: 'BAD_DATASET',
    about: 'the same footage is listed for training and for testing',
  },
  'duplicate-media': {
    severity: 'warning',
    code: 'BAD_DATASET',
    about: 'two video files of one name; the first counts',
  },
  'duplicate-features': {
    severity: 'warning',
    code: 'BAD_DATASET',
    about: 'two feature files of one name; the first counts',
  },
  'listed-twice': { severity: 'warning', code: 'BAD_DATASET', about: 'on two lines of one list' },
  'lists-differ': {
    severity: 'warning',
    code: 'BAD_DATASET',
    about: 'in one list of the split, but not in another',
  },
  'split-differs': {
    severity: 'warning',
    code: 'BAD_DATASET',
    about: 'the folder says another split than the list; the list counts',
  },
  'unlisted-media': {
    severity: 'warning',
    code: 'BAD_DATASET',
    about: 'a video that no list names; it takes no part',
  },
  'unlisted-features': {
    severity: 'warning',
    code: 'BAD_DATASET',
    about: 'features that no list names; they take no part',
  },
  'lengths-differ': {
    severity: 'warning',
    code: 'LENGTH_MISMATCH',
    about: 'picture and sound features differ by more than one row; the longer is cut',
  },
  'nothing-to-read': {
    severity: 'warning',
    code: 'BAD_DATASET',
    about: 'neither videos nor features are here: only the texts were checked',
  },
  'no-sound': { severity: 'note', code: 'NO_AUDIO', about: 'a video without sound' },
  'other-rate': {
    severity: 'note',
    code: 'BAD_DATASET',
    about: 'a video whose frame rate is not that of the dataset',
  },
  'ranges-overlap': {
    severity: 'note',
    code: 'BAD_ANNOTATION',
    about: 'annotated stretches that overlap; they become one',
  },
  'stray-extension': {
    severity: 'note',
    code: 'BAD_ANNOTATION',
    about: 'a name with a file extension among names without',
  },
  'unpadded-label': {
    severity: 'note',
    code: 'BAD_DATASET',
    about: 'label codes that are not padded to three',
  },
  'overlapping-parts': {
    severity: 'note',
    code: 'BAD_DATASET',
    about: 'two parts of one recording of one split overlap in time',
  },
  'shared-source': {
    severity: 'note',
    code: 'BAD_DATASET',
    about: 'a recording with parts in both splits',
  },
} as const satisfies Record<string, DatasetRule>;

/** Name of a rule of {@link DATASET_RULES}. */
export type DatasetRuleName = keyof typeof DATASET_RULES;

/** A problem with the code of its rule. */
export function problemOf(
  rule: DatasetRuleName,
  video: string,
  message: string,
  { skipped = false, code = DATASET_RULES[rule].code }: { skipped?: boolean; code?: ErrorCode } = {},
): DatasetProblem {
  return { video, code, message, skipped, rule };
}

/** Whether a loader tells of it: notes are for those who ask. */
export function isNotable({ rule }: DatasetProblem): boolean {
  return rule === undefined || DATASET_RULES[rule].severity !== 'note';
}

/** By video, then by message. */
export function inOrder(problems: readonly DatasetProblem[]): DatasetProblem[] {
  return [...problems].sort((a, b) => byCodeUnit(a.video, b.video) || byCodeUnit(a.message, b.message));
}

/** The order of names, the same on every machine. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

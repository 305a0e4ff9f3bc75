import { parseOptions, RobustaError } from '@robusta/core';
import { z } from 'zod';
import { mean } from './mean.js';
import type { Metric } from './metrics.js';
import { isUndefinedMetric, metricOfAll, type ScoredVideo } from './videos.js';

/** The classes of XD-Violence by the code in the names of its videos. There is no B3. */
export const XD_CLASSES = {
  A: 'normal',
  B1: 'fighting',
  B2: 'shooting',
  B4: 'riot',
  B5: 'abuse',
  B6: 'car accident',
  G: 'explosion',
} as const;

/** A code of {@link XD_CLASSES}. */
export type XdClass = keyof typeof XD_CLASSES;

/**
 * Classes of an XD-Violence video from its name: `…_label_B2-G-0` is of B2 and G, `…_label_A` of A, which is
 * normal. Suffixes such as `.mp4`, `__0.npy` and `__vggish.npy` may follow.
 * @returns in the order of the name, each once
 * @throws BAD_INPUT for a name without `_label_`, or with an unknown class, no class, or A beside another
 */
export function xdClasses(name: string): XdClass[] {
  const codes = /^.*_label_([A-Z0-9-]+)/s.exec(name)?.[1]?.split('-') ?? [];
  const classes = [...new Set(codes.filter((code) => code !== '0'))];
  const isKnown = (code: string): code is XdClass => Object.hasOwn(XD_CLASSES, code);
  if (classes.length > 0 && classes.every(isKnown) && (classes.length === 1 || !classes.includes('A'))) {
    return classes;
  }
  throw new RobustaError(
    'BAD_INPUT',
    `${JSON.stringify(name)} does not name the classes of an XD-Violence video`,
    {
      hint: 'names end in _label_A, or in _label_ and up to three of B1, B2, B4, B5, B6 and G: _label_B2-G-0',
    },
  );
}

/** A video and the classes of its anomalies. */
export interface ClassifiedVideo extends ScoredVideo {
  /** Several, one, or none for a normal video. */
  classes: readonly string[];
}

const ClassOptionsSchema = z.strictObject({
  normalClass: z.string().default('A'),
  withNormal: z.boolean().default(true),
});

/** Options of {@link metricByClass}. */
export interface ClassOptions {
  /**
   * Videos of this class are normal, as are videos without a class.
   * @defaultValue 'A'
   */
  normalClass?: string | undefined;
  /**
   * Whether the normal videos are part of every class. Without them the metric tells how well the anomalies of a
   * class are located in time, and its base rate is much higher.
   * @defaultValue true
   */
  withNormal?: boolean | undefined;
}

/** A metric by class; see {@link metricByClass}. */
export interface MetricByClass {
  /** By code point of the class. */
  classes: {
    class: string;
    /** Videos of the class. */
    videos: number;
    /** Null where the metric is undefined: no frame of the class is anomalous, or, for ROC, every one is. */
    value: number | null;
  }[];
  /** Mean of the classes on which the metric is defined. */
  macro: number;
  /** The metric of the frames of all videos together, each once. */
  micro: number;
}

/**
 * A metric for each class of anomalies: of the frames of the videos of that class together with those of the normal
 * videos. A video of several classes is part of each, with all its anomalous frames, since frames are not annotated
 * by class. Videos of other classes have no part: their anomalies are neither hits nor false alarms of this class.
 * @throws BAD_OPTION; what the metric throws on all frames; NO_POSITIVE if it is defined on no class
 */
export function metricByClass(
  videos: readonly ClassifiedVideo[],
  metric: Metric,
  options: ClassOptions = {},
): MetricByClass {
  const { normalClass, withNormal } = parseOptions(ClassOptionsSchema, options, 'metricByClass');
  const micro = metricOfAll(videos, metric);
  const names = [...new Set(videos.flatMap(({ classes }) => classes))];
  const classes = names
    .filter((name) => name !== normalClass)
    .sort((a, b) => (a < b ? -1 : 1))
    .map((name) => {
      const members = videos.filter((video) => video.classes.includes(name));
      const normal = videos.filter((video) => video.classes.every((other) => other === normalClass));
      const value = metricIfDefined(withNormal ? [...members, ...normal] : members, metric);
      return { class: name, videos: members.length, value };
    });
  const defined = classes.flatMap(({ value }) => (value === null ? [] : [value]));
  if (defined.length === 0) {
    throw new RobustaError('NO_POSITIVE', 'the metric is undefined on every class', {
      hint: 'give each abnormal video its classes and its anomalous frames',
    });
  }
  return { classes, macro: mean(defined), micro };
}

function metricIfDefined(videos: readonly ScoredVideo[], metric: Metric): number | null {
  try {
    return metricOfAll(videos, metric);
  } catch (error) {
    if (isUndefinedMetric(error)) return null;
    throw error;
  }
}

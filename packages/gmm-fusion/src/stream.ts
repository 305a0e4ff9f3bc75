import { parseOptions } from '@robusta/core';
import { z } from 'zod';
import { type FittedGaussianMixture, fitFromStarts } from './em.js';
import { iterate } from './em-loop.js';
import { measureFrame, type RowSource } from './frame.js';
import { MixtureOptionsSchema } from './options.js';
import { createPacer } from './pacer.js';
import type { RowMatrix } from './row-matrix.js';
import { checkedSource, regroupedSource, repeatingSource, sampleRows } from './row-stream.js';
import { iterateStepwise } from './stepwise.js';

/** Checks the options of {@link fitGaussianMixtureStream}: those of a fit, and some of its own. */
export const StreamOptionsSchema = MixtureOptionsSchema.extend({
  algorithm: z
    .enum(['exact', 'stepwise'])
    .default('exact')
    .describe('an M step after each pass over all rows, or after each batch of them'),
  startRows: z
    .number()
    .int()
    .min(2)
    .default(10_000)
    .describe('rows, evenly drawn, that a start is made from'),
  batchRows: z.number().int().min(1).default(1000).describe('stepwise: rows of a batch'),
  decay: z
    .number()
    .gt(0.5)
    .max(1)
    .default(0.7)
    .describe('stepwise: batch t has the weight (t + 2)^-decay; the smaller, the sooner old batches fade'),
});

/** Options of {@link fitGaussianMixtureStream}; see {@link StreamOptionsSchema}. */
export type StreamOptions = z.input<typeof StreamOptionsSchema>;

/** Rows of a matrix at least, in an exact pass. */
const ROWS_AT_ONCE = 1024;

/**
 * Fits a Gaussian mixture to rows that need not fit into memory: they are read from the source once to be measured,
 * once for a sample that starts are made from, and once a pass of EM.
 *
 * `exact` is {@link fitGaussianMixture}: the same numbers up to rounding from an explicit start, or where the sample
 * holds all rows. `stepwise` learns from each batch at once and needs fewer passes; mix the rows well, so that each
 * batch resembles the whole. In both, how the source cuts the rows into pieces makes no difference.
 * @param source - gives all rows from the first one on at each call, always the same, in matrices `[any, d]`
 * @throws BAD_OPTION, BAD_INPUT (too few rows, pieces of several widths, or another number of rows than before),
 * NON_FINITE, ILL_DEFINED_COVARIANCE, ABORTED; and what the source throws
 */
export async function fitGaussianMixtureStream(
  source: () => AsyncIterable<RowMatrix> | Iterable<RowMatrix>,
  options: StreamOptions = {},
): Promise<FittedGaussianMixture> {
  const what = 'fitGaussianMixtureStream';
  const { algorithm, startRows, batchRows, decay, ...fit } = parseOptions(StreamOptionsSchema, options, what);
  const pieces = paced(checkedSource(source, what), createPacer(fit.signal));
  const frame = await measureFrame(regroupedSource(pieces, ROWS_AT_ONCE), what);
  const rows = repeatingSource(pieces, frame, what);
  const sample = await sampleRows(rows, frame, Math.max(startRows, fit.components), fit.seed);
  return fitFromStarts(sample, frame, fit, (start, settings) => {
    if (algorithm === 'stepwise') {
      const batches = regroupedSource(rows, batchRows);
      return iterateStepwise(batches, frame, sample, start, { ...settings, batchRows, decay });
    }
    const { blockRows } = settings.engine;
    const whole = regroupedSource(rows, blockRows * Math.ceil(ROWS_AT_ONCE / blockRows));
    return iterate(whole, frame, start, settings);
  });
}

function paced(source: RowSource, pace: () => Promise<void>): RowSource {
  return async function* () {
    for await (const piece of source()) {
      await pace();
      yield piece;
    }
  };
}

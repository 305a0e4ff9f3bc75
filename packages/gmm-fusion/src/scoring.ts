import { z } from 'zod';
import { type EngineChoice, engineFields } from './engine-options.js';
import { type DensityModel, normalizePosteriors } from './log-density.js';
import { openEngine } from './open-engine.js';
import { SignalSchema } from './options.js';
import { createPacer } from './pacer.js';
import type { RowMatrix } from './row-matrix.js';

/** Checks the options of `scoreSamplesAsync`. */
export const ScoringOptionsSchema = z.strictObject({ ...engineFields, signal: SignalSchema.optional() });

/** Options of `scoreSamplesAsync`; see {@link ScoringOptionsSchema}. */
export type ScoringOptions = z.input<typeof ScoringOptionsSchema>;

/** Log-likelihoods `[n]` of rows under a mixture whose means are relative to an origin. */
export async function scoreWithEngine(
  data: RowMatrix,
  model: DensityModel,
  origin: Float64Array,
  { signal, ...choice }: EngineChoice & { signal?: AbortSignal | undefined },
): Promise<Float64Array> {
  const { components, dim, whitening } = model;
  const { covarianceType } = whitening;
  const pace = createPacer(signal);
  const scores = new Float64Array(data.rows);
  const engine = await openEngine(choice, { covarianceType, components, dim, rows: data.rows });
  try {
    engine.prepare(model);
    const size = Math.min(engine.blockRows, data.rows);
    const joint = new Float64Array(size * components);
    for (let first = 0; first < data.rows; first += size) {
      await pace();
      const count = Math.min(size, data.rows - first);
      engine.load(data, first, count, origin);
      await engine.density(joint);
      normalizePosteriors(joint, count, components, scores, first);
    }
  } finally {
    await engine.close();
  }
  return scores;
}

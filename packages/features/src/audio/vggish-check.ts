import { RobustaError } from '@robusta/core';
import { SAMPLE_RATE } from '../grid.js';
import type { Model } from '../model/open.js';
import { summary } from '../statistics.js';
import { logMelExamples, PATCH } from './log-mel.js';
import { projectVggish, quantizeVggish, type VggishPca } from './pca.js';

/** Mean and standard deviation of all numbers of the embeddings of a sound. */
export interface EmbeddingStatistics {
  mean: number;
  sd: number;
}

/** What {@link checkVggish} found. */
export interface VggishCheck {
  /** True where all of it is within a tenth of what the published weights give. */
  passed: boolean;
  /** Before the last ReLU. */
  embedding: EmbeddingStatistics;
  /** After projection and truncation to bytes; only with parameters. */
  quantized?: EmbeddingStatistics;
  /** What does not fit, in words. */
  problems: string[];
}

/** Of the smoke test that TensorFlow's models have for the published checkpoint and its PCA parameters. */
const PUBLISHED: Record<'embedding' | 'quantized', EmbeddingStatistics> = {
  embedding: { mean: 0.000657, sd: 0.343 },
  quantized: { mean: 126.0, sd: 89.3 },
};
const TOLERANCE = 0.1;
const SECONDS = 3;
const HERTZ = 1000;

/**
 * Tells whether a model has the weights of the published VGGish: three seconds of a sine of 1 kHz must give the mean and
 * the standard deviation that TensorFlow's smoke test expects, within a tenth. Names and shapes say nothing of that.
 * @param model - of kind `vggish`, as `openModel` gives it
 * @param pca - the parameters of the post-processing, to be checked, too
 * @throws BAD_MODEL for a model of another kind
 */
export async function checkVggish(model: Model, pca?: VggishPca): Promise<VggishCheck> {
  if (model.kind !== 'vggish') {
    throw new RobustaError('BAD_MODEL', `checkVggish: a model of kind ${model.kind} is no VGGish`);
  }
  const sine = Float64Array.from({ length: SECONDS * SAMPLE_RATE }, (_, i) =>
    Math.sin((2 * Math.PI * HERTZ * i) / SAMPLE_RATE),
  );
  const patches = logMelExamples(sine);
  const embeddings = await model.run(patches, patches.length / PATCH);
  const embedding = statistics(embeddings);
  const problems = compare('embedding', embedding);
  if (!pca) return { passed: problems.length === 0, embedding, problems };
  const quantized = statistics(quantizeVggish(projectVggish(embeddings, pca), 'truncate'));
  problems.push(...compare('quantized', quantized));
  return { passed: problems.length === 0, embedding, quantized, problems };
}

function statistics(values: Float32Array): EmbeddingStatistics {
  const { mean, sd } = summary(values);
  return { mean, sd };
}

function compare(what: keyof typeof PUBLISHED, found: EmbeddingStatistics): string[] {
  const expected = PUBLISHED[what];
  return (['mean', 'sd'] as const)
    .filter((name) => !(Math.abs(found[name] - expected[name]) <= TOLERANCE * expected[name]))
    .map((name) => {
      const value = Number(found[name].toPrecision(3));
      return `${what}: ${name} ${value} on a sine of 1 kHz, ${expected[name]} with the published weights`;
    });
}

import { readFile, stat } from 'node:fs/promises';
import { type Condition, conditionName } from '../protocol/condition.js';
import { type ExtractJob, featurePath } from './extract-job.js';
import { featureSpec } from './open-extractor.js';

/** True if all files of a job are there, made from the same video by the same recipe. */
export async function isDone(job: ExtractJob): Promise<boolean> {
  return (await remainingConditions(job)).length === 0;
}

/** The conditions of a job whose files are missing, or were made from another video or by another recipe. */
export async function remainingConditions(job: ExtractJob): Promise<Condition[]> {
  const { recipeHash } = featureSpec(job.extractor, job.modality);
  const remaining: Condition[] = [];
  for (const condition of job.conditions) {
    const path = featurePath(job, condition);
    const expected = { recipeHash, sourceSha256: job.video.sha256, condition: conditionName(condition) };
    if (!(await isMade(path, expected))) remaining.push(condition);
  }
  return remaining;
}

async function isMade(path: string, expected: Record<string, string>): Promise<boolean> {
  try {
    const sidecar = JSON.parse(await readFile(path.replace(/\.npy$/, '.json'), 'utf8'));
    const bytes = 4 * sidecar.shape.reduce((product: number, size: number) => product * size, 1);
    const matches = Object.entries(expected).every(([key, value]) => sidecar[key] === value);
    return matches && (await stat(path)).size > bytes;
  } catch {
    // Missing or damaged: it is made again, and a folder that cannot be read shows when it is written to.
    return false;
  }
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '@robusta/core';
import { networkGraph, networkTensors, readFeatures } from '@robusta/features';
import { runExtractJob } from '../src/jobs/extract.js';
import { type ExtractJob, featurePath } from '../src/jobs/extract-job.js';
import { ExtractorsConfigSchema, type JobExtractors } from '../src/jobs/extractor-config.js';
import { isDone } from '../src/jobs/is-done.js';
import { createLocalRunner } from '../src/jobs/local-runner.js';
import { closeExtractors, resolveExtractors } from '../src/jobs/open-extractor.js';
import type { Condition } from '../src/protocol/condition.js';
import { writeTinyVideo } from './tiny-video.js';

const layers = [1, 1, 1, 1] as const;
const conditions: Condition[] = [
  'clean',
  { corruption: 'fog', severity: 3, seed: 5 },
  { corruption: 'motion-blur', severity: 3, seed: 5, parameters: { mode: 'temporal' } },
  { corruption: 'bit-error', severity: 5, seed: 5 },
];
let folder: string;
let model: string;
let extractors: JobExtractors;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robusta-network-'));
  model = join(folder, 'small.onnx');
  await writeFile(model, smallNetwork());
  const visual = { kind: 'i3d-resnet50', model, crops: 1 } as const;
  extractors = await resolveExtractors(ExtractorsConfigSchema.parse({ visual }));
}, 60_000);
afterAll(async () => {
  await closeExtractors();
  await rm(folder, { recursive: true, force: true });
});

/** One block a stage: the time goes into pictures of the usual size. */
function smallNetwork(): Uint8Array {
  const rng = createRng(1);
  const tensors = networkTensors('i3d-resnet50', { layers }).filter(({ optional }) => !optional);
  const state = tensors.map(({ name, shape }) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    const data = new Float32Array(size).fill(/bias|mean/.test(name) ? 0 : 1);
    const spread = Math.sqrt(24 / (size / shape[0]!));
    if (shape.length > 1) for (let i = 0; i < size; i++) data[i] = (rng.uniform() - 0.5) * spread;
    return [name, { shape, dtype: 'float32' as const, data }] as const;
  });
  return networkGraph('i3d-resnet50', Object.fromEntries(state) as never, { layers });
}

async function jobFor(id: string, workspace: string): Promise<ExtractJob> {
  const path = join(folder, `${id}.mp4`);
  await writeTinyVideo(path, { frames: 33, sound: false });
  const video = { id, path, sha256: '0'.repeat(64), frames: 33 };
  return {
    kind: 'extract',
    video,
    modality: 'visual',
    extractor: extractors.visual,
    conditions,
    workspace,
  };
}

test('conditions of a video through one network, in a thread as here, and alone as together', async () => {
  const job = await jobFor('a', join(folder, 'one'));
  expect(featurePath(job, 'clean')).toMatch(/one\/features\/i3d-resnet50-[0-9a-f]{8}-visual\/clean\/a\.npy$/);
  // A job is JSON, also for a queue.
  expect(JSON.parse(JSON.stringify(job))).toEqual(job);
  const other = { ...(await jobFor('b', job.workspace)) };
  const { done, failed } = await createLocalRunner({ workers: 2 }).run([job, other]);
  expect(failed).toEqual([]);
  expect(done.map(({ result }) => result.written)).toEqual([4, 4]);
  expect(await isDone(job)).toBe(true);

  const alone = { ...job, workspace: join(folder, 'two') };
  for (const condition of conditions) await runExtractJob({ ...alone, conditions: [condition] });
  const rows = [];
  for (const condition of conditions) {
    const together = await readFeatures(featurePath(job, condition));
    const { sequence, sidecar } = await readFeatures(featurePath(alone, condition));
    expect([sequence.length, sequence.crops, sequence.dim]).toEqual([2, 1, 2048]);
    expect(together.sidecar).toEqual(sidecar);
    expect(together.sequence.data).toEqual(sequence.data);
    rows.push(sequence.data);
  }
  for (const [i, row] of rows.entries()) if (i > 0) expect(row).not.toEqual(rows[0]);
}, 120_000);

test('a model that is not the one that was meant', async () => {
  const visual = { kind: 'i3d-resnet50', model, crops: 1 } as const;
  const resolve = (given: object) => resolveExtractors(ExtractorsConfigSchema.parse({ visual: given }));
  await expect(resolve({ ...visual, sha256: 'a'.repeat(64) })).rejects.toMatchObject({
    code: 'HASH_MISMATCH',
    message: expect.stringContaining(model),
  });
  await expect(resolve({ ...visual, model: `${model}.absent` })).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
  });
  const job = await jobFor('c', join(folder, 'three'));
  const network = job.extractor as Exclude<ExtractJob['extractor'], 'lite'>;
  const changed = { ...network, recipeHash: 'b'.repeat(64) };
  await expect(runExtractJob({ ...job, extractor: changed })).rejects.toMatchObject({
    code: 'FEATURE_MISMATCH',
  });
});

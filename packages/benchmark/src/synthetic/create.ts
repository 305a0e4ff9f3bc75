import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileError, parseOptions, RobustaError, throwIfAborted } from '@robusta/core';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { createLocalRunner } from '../jobs/local-runner.js';
import type { RenderJob } from '../jobs/render-job.js';
import type { JobRunner } from '../jobs/runner.js';
import { callbackOption, type Progress, SeedOption, SignalOption } from '../options.js';
import { planDataset, type VideoPlan } from './plan.js';

/** Goes up when the same plan gives other pictures or sounds. */
const GENERATOR_VERSION = 1;

const Side = z.number().int().min(32).max(4096).multipleOf(2, 'must be even');

const OptionsSchema = z.strictObject({
  videos: z
    .strictObject({ train: z.number().int().min(2).max(9999), test: z.number().int().min(2).max(9999) })
    .default({ train: 72, test: 28 }),
  seconds: z.number().min(2).max(600).default(10),
  seed: SeedOption.default(0),
  width: Side.default(256),
  height: Side.default(192),
  fps: z.number().min(5).max(60).default(24),
  jobs: z.number().int().min(1).max(256).optional(),
  signal: SignalOption.optional(),
  onProgress: callbackOption<(progress: Progress) => void>().optional(),
});

/** Options of {@link createSyntheticDataset}. */
export interface SyntheticOptions {
  /** Number of training and test videos. Default 72 and 28. */
  videos?: { train: number; test: number };
  /** Length of each video, 2 to 600. Default 10. */
  seconds?: number;
  /** 32-bit seed. Default 0. */
  seed?: number;
  /** Pixels, even, 32 to 4096. Default 256 by 192. */
  width?: number;
  height?: number;
  /** Frames per second, 5 to 60. Default 24, the rate of XD-Violence. */
  fps?: number;
  /** Worker threads. Default: the processor cores. Does not change the files. */
  jobs?: number;
  signal?: AbortSignal;
  /** Called after each video. */
  onProgress?: (progress: Progress) => void;
}

/** What {@link createSyntheticDataset} made. */
export interface SyntheticDataset {
  /** Absolute path, to be given to `loadXdViolence`. */
  root: string;
  /** Every video in full: what happens in it, when, and whether it is seen and heard. */
  plans: VideoPlan[];
  /** Videos that were written, and that were there already. */
  made: number;
  kept: number;
}

/**
 * Makes a dataset of surveillance-like videos with sound (H.264 and AAC in MP4), named, laid out and annotated as
 * XD-Violence is, so that `loadXdViolence` reads it. The same options give the same files, whatever `jobs` is. Called
 * again after an interruption, it makes only what is missing; annotations are written last.
 * @param dir - folder to make or to complete
 * @throws BAD_DATASET if the folder holds something else, or a dataset of other options; BAD_OPTION; ABORTED;
 *   PARTIAL_FAILURE; FILE_UNWRITABLE, DISK_FULL
 */
export async function createSyntheticDataset(
  dir: string,
  options: SyntheticOptions = {},
): Promise<SyntheticDataset> {
  const {
    jobs: workers,
    signal,
    onProgress,
    ...settings
  } = parseOptions(OptionsSchema, options, 'createSyntheticDataset');
  throwIfAborted(signal);
  const root = resolve(dir);
  const plans = planDataset({ ...settings, sampleRate: 44_100 });
  await claimFolder(root, settings, plans);
  const present = new Set<string>();
  for (const split of ['train', 'test'] as const) {
    const folder = join(root, 'videos', split);
    for (const file of await readyFolder(folder)) present.add(join(folder, file));
  }
  const jobs = plans
    .map((plan) => ({
      kind: 'render' as const,
      plan,
      output: join(root, 'videos', plan.split, `${plan.id}.mp4`),
    }))
    .filter(({ output }) => !present.has(output));
  const kept = plans.length - jobs.length;
  await renderAll(jobs, createLocalRunner(workers === undefined ? {} : { workers }), signal, (done) =>
    onProgress?.({ done: kept + done, total: plans.length }),
  );
  await writeFile(join(root, 'annotations.txt'), annotationsOf(plans));
  return { root, plans, made: jobs.length, kept };
}

/** The first job that fails stops the others: what is wrong (a full disk, say) would fail them too. */
async function renderAll(
  jobs: readonly RenderJob[],
  runner: JobRunner,
  signal: AbortSignal | undefined,
  onDone: (done: number) => void,
): Promise<void> {
  const failure = new AbortController();
  let first: RobustaError | undefined;
  try {
    await runner.run(jobs, {
      signal: signal ? AbortSignal.any([signal, failure.signal]) : failure.signal,
      onProgress: ({ done }) => onDone(done),
      onFailure: ({ error }) => {
        first ??= error;
        failure.abort();
      },
    });
  } catch (error) {
    throw first ?? error;
  }
  if (first) throw first;
}

/**
 * Makes the folder, or checks that it holds this very dataset: the marker tells by what options and plans it was made.
 */
async function claimFolder(root: string, options: object, plans: readonly VideoPlan[]): Promise<void> {
  const path = join(root, 'synthetic.json');
  const plan = createHash('sha256').update(JSON.stringify(plans)).digest('hex');
  const marker = { format: 'robusta-synthetic', version: GENERATOR_VERSION, options, plan };
  const text = `${JSON.stringify(marker, null, 2)}\n`;
  const files = await readyFolder(root);
  if (files.includes('synthetic.json')) {
    if ((await readText(path)) === text) return;
    throw new RobustaError('BAD_DATASET', `${root} holds a synthetic dataset of other options`, {
      hint: 'choose another folder, or delete this one',
      details: { root },
    });
  }
  if (files.length > 0) {
    throw new RobustaError('BAD_DATASET', `${root} is not empty and holds no synthetic dataset`, {
      hint: 'choose an empty or a new folder',
      details: { root },
    });
  }
  await writeFile(path, text);
}

/** Makes a folder if need be, removes what a killed process left half-written, and lists its files. */
async function readyFolder(folder: string): Promise<string[]> {
  try {
    await mkdir(folder, { recursive: true });
    const files = await readdir(folder);
    const leftovers = files.filter((file) => /^\.synth\..*\.tmp$/.test(file));
    await Promise.all(leftovers.map((file) => rm(join(folder, file), { force: true })));
    return files.filter((file) => !file.startsWith('.'));
  } catch (error) {
    throw fileError(error, folder);
  }
}

/** The lines of the anomalous test videos, as XD-Violence has them. */
function annotationsOf(plans: readonly VideoPlan[]): string {
  return plans
    .filter(({ split, label }) => split === 'test' && label === 1)
    .map(({ id, intervals }) => `${id} ${intervals.flat().join(' ')}\n`)
    .join('');
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw fileError(error, path);
  }
}

async function writeFile(path: string, text: string): Promise<void> {
  try {
    await writeFileAtomic(path, text);
  } catch (error) {
    throw fileError(error, path);
  }
}

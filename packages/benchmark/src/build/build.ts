import { mkdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileError, parseOptions, RobustaError, throwIfAborted } from '@robusta/core';
import { findFeatures } from '@robusta/features';
import { ffmpegVersion } from '@robusta/media';
import { FILES_AT_A_TIME, mapConcurrent } from '../dataset/concurrent.js';
import { writeDatasetFile } from '../dataset/jsonl.js';
import type { Dataset, DatasetProblem } from '../dataset/model.js';
import type { CorruptJob } from '../jobs/corrupt-job.js';
import { checkCondition } from '../jobs/damage.js';
import { type ExtractJob, featurePath } from '../jobs/extract-job.js';
import { runnerOf } from '../jobs/local-runner.js';
import { featureSpec, resolveExtractors } from '../jobs/open-extractor.js';
import { runJobs } from '../jobs/run-jobs.js';
import type { FailedJob } from '../jobs/runner.js';
import { conditionName } from '../protocol/condition.js';
import { longestFirst } from '../run/extract-stage.js';
import { sha256 } from '../run/fingerprint.js';
import { featureItem, mediaItem } from './items.js';
import {
  type Manifest,
  type ManifestItem,
  manifestFiles,
  manifestLines,
  sha256OfText,
  writeManifest,
} from './manifest.js';
import { type BuildOptions, BuildOptionsSchema } from './options.js';
import { conditionsOf, featurePlan, type MediaPlan, mediaPlan } from './plan.js';

/** What {@link buildCorruptedDataset} made. */
export interface BuildReport {
  manifest: Manifest;
  /** Items in the manifest, and the bytes of their files. */
  items: number;
  bytes: number;
  /** What could not be made; all else was. */
  problems: DatasetProblem[];
}

/**
 * Makes the corrupted test set of a dataset: features, and copies of the videos where they are asked for, under every
 * corruption and severity; with clean features to compare with. `manifest.json` says of what and with what it was made,
 * `manifest.jsonl` has a line for each output with its seed, physical parameters and the SHA-256 of input and outputs.
 * What is there already is not made again; the same videos and options give the same bytes, whatever the workers.
 * @param dataset - with videos
 * @throws BAD_OPTION, also for a parameter that a corruption does not have; BAD_DATASET without test videos;
 *   HASH_MISMATCH and what opening a model throws; DISK_FULL, FILE_UNWRITABLE; ABORTED
 */
export async function buildCorruptedDataset(dataset: Dataset, options: BuildOptions): Promise<BuildReport> {
  const parsed = parseOptions(BuildOptionsSchema, options, 'buildCorruptedDataset');
  const checked = { ...parsed, out: resolve(parsed.out) };
  const { out, signal, onProgress } = checked;
  const conditions = conditionsOf(checked);
  for (const condition of conditions) if (condition.parameters) await checkCondition(condition);
  const test = dataset.videos.filter(({ split }) => split === 'test');
  if (test.length === 0) {
    throw new RobustaError('BAD_DATASET', `${dataset.root} has no test videos to corrupt`, {
      hint: 'only features were found, or all test videos were skipped: robusta dataset check says why',
    });
  }
  const extractors = await resolveExtractors(checked.extractors);
  const features = checked.features ? featurePlan(dataset, checked, conditions, extractors) : [];
  const media = checked.media ? mediaPlan(dataset, checked, conditions) : [];
  await prepare(out, dataset);
  await dropUnrecorded(features);
  throwIfAborted(signal);

  // Copies take longest: what is short comes at the end, where it fills the gaps.
  const jobs: (CorruptJob | ExtractJob)[] = [...media.map(({ job }) => job), ...longestFirst(features)];
  const { failed } = await runJobs(runnerOf(checked), jobs, [join(out, 'features'), join(out, 'corrupted')], {
    signal,
    onProgress: (progress) => onProgress?.({ stage: 'corrupting', ...progress }),
  });

  const makers = itemMakers(features, media, { root: dataset.root, out });
  let done = 0;
  const made = await mapConcurrent(
    makers,
    FILES_AT_A_TIME,
    async (make) => {
      const item = await make();
      onProgress?.({ stage: 'hashing', done: ++done, total: makers.length });
      return item;
    },
    signal,
  );
  const items = made.filter((item) => item !== undefined);
  const lines = manifestLines(items);
  const problems = problemsOf(failed, media);
  const ofAll = (modality: 'visual' | 'audio') => {
    const { kind, recipeHash } = featureSpec(extractors[modality], modality);
    return { kind, recipeHash };
  };
  const manifest: Manifest = {
    format: 'robusta-corrupted',
    version: 1,
    dataset: {
      name: dataset.name,
      testVideos: test.length,
      sha256: sha256(test.map(({ id, sha256 }) => [id, sha256])),
    },
    seed: checked.seed,
    conditions: Object.fromEntries(conditions.map((condition) => [conditionName(condition), condition])),
    ...(checked.features ? { features: { visual: ofAll('visual'), audio: ofAll('audio') } } : {}),
    ...(checked.media ? { media: { crf: checked.crf } } : {}),
    software: await softwareVersions(),
    items: { path: 'manifest.jsonl', sha256: sha256OfText(lines), count: items.length },
    failed: problems.map(({ video, code, message }) => ({ video, code, message })),
  };
  await writeManifest(out, manifest, lines);
  const bytes = items.reduce(
    (sum, { outputs }) => sum + outputs.reduce((all, file) => all + file.bytes, 0),
    0,
  );
  return { manifest, items: items.length, bytes, problems };
}

async function prepare(out: string, dataset: Dataset): Promise<void> {
  try {
    await mkdir(out, { recursive: true });
    // Until the end there is no manifest: an old one would speak of files that are being replaced.
    await rm(manifestFiles(out).head, { force: true });
  } catch (error) {
    throw fileError(error, out);
  }
  await writeDatasetFile(join(out, 'dataset.jsonl'), dataset.videos);
}

/** Features of a version that did not keep what was done are made again. */
async function dropUnrecorded(jobs: readonly ExtractJob[]): Promise<void> {
  const files = jobs.flatMap((job) =>
    job.conditions.flatMap((condition) => (condition === 'clean' ? [] : [featurePath(job, condition)])),
  );
  await mapConcurrent(files, FILES_AT_A_TIME, async (path) => {
    // A damaged one is found and made again by the job.
    const found = await findFeatures(path).catch(() => undefined);
    if (found && !found.sidecar.corruption) await rm(path);
  });
}

/** In the order of videos, then conditions: it does not depend on who was ready first. */
function itemMakers(
  features: readonly ExtractJob[],
  media: readonly MediaPlan[],
  places: { root: string; out: string },
): (() => Promise<ManifestItem | undefined>)[] {
  return [
    ...features.flatMap((job) =>
      job.conditions.map((condition) => () => featureItem(job, condition, places)),
    ),
    ...media.map((plan) => () => mediaItem(plan, places.out)),
  ];
}

function problemsOf(
  failed: readonly FailedJob<CorruptJob | ExtractJob>[],
  media: readonly MediaPlan[],
): DatasetProblem[] {
  const videos = new Map(media.map(({ job, video }) => [job.output, video.id]));
  return failed.map(({ job, error: { code, message } }) => {
    const video = job.kind === 'extract' ? job.video.id : videos.get(job.output)!;
    return { video, code, message, skipped: true };
  });
}

/** Of what results depend on. */
export async function softwareVersions(): Promise<Record<string, string>> {
  const { resolve: resolvePackage } = createRequire(import.meta.url);
  const names = ['core', 'corruptions-audio', 'corruptions-visual', 'features', 'media'];
  const files = names.map((name) => resolvePackage(`@robusta/${name}/package.json`));
  files.unshift(new URL('../../package.json', import.meta.url).pathname);
  const packages = await Promise.all(files.map(async (file) => JSON.parse(await readFile(file, 'utf8'))));
  const versions = packages.map(({ name, version }) => [name, version]);
  return { ...Object.fromEntries(versions), ffmpeg: ffmpegVersion(), node: process.version };
}

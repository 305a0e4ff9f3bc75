import { rm } from 'node:fs/promises';
import { type FeatureSequence, type Frame, fileError, RobustaError } from '@robusta/core';
import {
  type AudioExtractor,
  type Recipe,
  snippetCount,
  type VisualExtractor,
  writeFeatures,
} from '@robusta/features';
import { readAudio, readFrames } from '@robusta/media';
import { GRID_FPS } from '../dataset/model.js';
import { type Condition, conditionName } from '../protocol/condition.js';
import { bitErrors, type DamageRecord, damageClip, damageFrames, isCoded, isLagging } from './damage.js';
import { type ExtractJob, type ExtractResult, featurePath } from './extract-job.js';
import { failureOf } from './failed-conditions.js';
import { remainingConditions } from './is-done.js';
import { extractorOf } from './open-extractor.js';
import { shareFrames } from './share-frames.js';

/**
 * Frames that readers get at a time. A network's place in a batch is held from the first frame of a window to its last:
 * a reader that waited for others in between could wait for those that wait for the place.
 */
const CHUNK = { lite: 1, network: 16 } as const;

/**
 * Does an {@link ExtractJob}: a function of its JSON payload and the video. Conditions whose file is there already are
 * passed over; the others are corrupted in memory, as decoded and at the file's own size and sampling rate. What exactly
 * was done stands in the sidecar of the features.
 * @throws what decoding, corruption and extraction throw (all conditions are tried first), naming the conditions; what
 *   opening a model throws; ABORTED
 */
export async function runExtractJob(
  job: ExtractJob,
  { signal }: { signal?: AbortSignal } = {},
): Promise<ExtractResult> {
  const conditions = await remainingConditions(job);
  const kept = job.conditions.length - conditions.length;
  if (conditions.length === 0) return { written: 0, kept, missing: false };
  const extractor = await extractorOf(job.extractor, job.modality);
  try {
    const outcomes =
      job.modality === 'visual'
        ? await extractVisual(job, extractor as VisualExtractor, conditions, signal)
        : await extractAudio(job, extractor as AudioExtractor, conditions, signal);
    const failure = failureOf(conditions, outcomes);
    if (failure !== undefined) throw failure;
  } catch (error) {
    const absent = job.modality === 'visual' ? 'NO_VIDEO' : 'NO_AUDIO';
    if (RobustaError.isInstance(error) && error.code === absent) return { written: 0, kept, missing: true };
    throw error;
  }
  return { written: conditions.length, kept, missing: false };
}

type Outcomes = PromiseSettledResult<void>[];

/** @returns in the order of the conditions */
async function extractVisual(
  job: ExtractJob,
  extractor: VisualExtractor,
  conditions: readonly Condition[],
  signal?: AbortSignal,
): Promise<Outcomes> {
  const stop = signal && { signal };
  const { path, id } = job.video;
  const isNetwork = job.extractor !== 'lite';
  const decode = (bitError?: ReturnType<typeof bitErrors>['options']) =>
    readFrames(path, { fps: GRID_FPS, ...(bitError ? { bitError } : {}), ...stop });
  // Bit errors hit the coded stream, and what looks ahead would hold up the others: the rest shares one decoding.
  const isApart = (condition: Condition) => isCoded(condition) || (isNetwork && isLagging(condition));
  const together = conditions.filter((condition) => !isApart(condition));
  const chunk = isNetwork ? CHUNK.network : CHUNK.lite;
  const shared = shareFrames(decode(), together.length, chunk);

  const extract = async (condition: Condition, frames: AsyncIterable<Frame>, made?: DamageRecord) => {
    let record = made;
    const source =
      condition === 'clean' || made
        ? frames
        : damageFrames(frames, condition, id, (noted) => {
            record = noted;
          });
    await save(job, extractor, condition, await extractor.extract(source, { ...stop }), record);
  };
  return Promise.allSettled(
    conditions.map(async (condition) => {
      if (isCoded(condition)) {
        const { options, record } = bitErrors(condition, id);
        return extract(condition, decode(options), record);
      }
      if (isApart(condition)) return extract(condition, decode());
      const reader = together.indexOf(condition);
      try {
        return await extract(condition, shared.readers[reader]!);
      } finally {
        shared.leave(reader);
      }
    }),
  );
}

async function extractAudio(
  job: ExtractJob,
  extractor: AudioExtractor,
  conditions: readonly Condition[],
  signal?: AbortSignal,
): Promise<Outcomes> {
  const stop = signal && { signal };
  const clip = await readAudio(job.video.path, { ...stop });
  const options = { snippets: snippetCount(job.video.frames), ...stop };
  const extract = async (condition: Condition) => {
    const damaged = condition === 'clean' ? { clip } : await damageClip(clip, condition, job.video.id);
    const record = 'record' in damaged ? damaged.record : undefined;
    await save(job, extractor, condition, await extractor.extract(damaged.clip, options), record);
  };
  const outcomes: Outcomes = [];
  // One at a time: each is a copy of the whole sound.
  for (const condition of conditions) outcomes.push(...(await Promise.allSettled([extract(condition)])));
  return outcomes;
}

async function save(
  job: ExtractJob,
  { spec: { recipe, recipeHash } }: VisualExtractor | AudioExtractor,
  condition: Condition,
  sequence: FeatureSequence,
  record: DamageRecord | undefined,
): Promise<void> {
  const path = featurePath(job, condition);
  // An outdated file goes first: beside its new sidecar it would pass for a new one if writing stopped in between.
  await rm(path, { force: true }).catch((error) => {
    throw fileError(error, path);
  });
  await writeFeatures(path, sequence, {
    recipe,
    recipeHash,
    sourceSha256: job.video.sha256,
    condition: conditionName(condition),
    ...(record ? { corruption: asJson(record) } : {}),
  });
}

/** Without fields that are undefined, and tables of numbers as lists. */
function asJson(record: DamageRecord): Recipe {
  return JSON.parse(JSON.stringify(record));
}

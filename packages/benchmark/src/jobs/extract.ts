import { rm } from 'node:fs/promises';
import {
  type AudioClip,
  deriveSeed,
  type FeatureSequence,
  type Frame,
  fileError,
  RobustaError,
} from '@robusta/core';
import { type AudioCorruption, corruptAudio } from '@robusta/corruptions-audio';
import { createFrameCorruption, type VisualCorruption } from '@robusta/corruptions-visual';
import {
  createAudioExtractor,
  createVisualExtractor,
  type ExtractorSpec,
  snippetCount,
  writeFeatures,
} from '@robusta/features';
import { corruptBitrate, readAudio, readFrames } from '@robusta/media';
import { GRID_FPS } from '../dataset/model.js';
import { type Condition, conditionName } from '../protocol/condition.js';
import { type ExtractJob, type ExtractResult, featurePath } from './extract-job.js';
import { remainingConditions } from './is-done.js';
import { shareFrames } from './share-frames.js';

type Corruption = Exclude<Condition, 'clean'>;

/**
 * Does an {@link ExtractJob}: a function of its JSON payload and the video. Conditions whose file is there already are
 * passed over; the others are corrupted in memory, as decoded and at the file's own size and sampling rate.
 * @throws what decoding, corruption and extraction throw (all conditions are tried first); ABORTED
 */
export async function runExtractJob(
  job: ExtractJob,
  { signal }: { signal?: AbortSignal } = {},
): Promise<ExtractResult> {
  const conditions = await remainingConditions(job);
  const kept = job.conditions.length - conditions.length;
  if (conditions.length === 0) return { written: 0, kept, missing: false };
  try {
    if (job.modality === 'visual') await extractVisual(job, conditions, signal);
    else await extractAudio(job, conditions, signal);
  } catch (error) {
    const absent = job.modality === 'visual' ? 'NO_VIDEO' : 'NO_AUDIO';
    if (RobustaError.isInstance(error) && error.code === absent) return { written: 0, kept, missing: true };
    throw error;
  }
  return { written: conditions.length, kept, missing: false };
}

async function extractVisual(job: ExtractJob, conditions: Condition[], signal?: AbortSignal): Promise<void> {
  const extractor = createVisualExtractor({ kind: job.extractor });
  const stop = signal && { signal };
  const { path, id } = job.video;
  // Bit errors hit the coded stream: each such condition has a decoding of its own, the others share one.
  const coded = conditions.filter(isBitError);
  const others = conditions.filter((condition) => !isBitError(condition));
  const shared = shareFrames(readFrames(path, { fps: GRID_FPS, ...stop }), others.length);
  const outcomes = await Promise.allSettled([
    ...others.map(async (condition, reader) => {
      try {
        const frames = shared.readers[reader]!;
        const source = condition === 'clean' ? frames : corruptFrames(frames, condition, id);
        await save(job, condition, extractor.spec, await extractor.extract(source, { ...stop }));
      } finally {
        shared.leave(reader);
      }
    }),
    ...coded.map(async (condition) => {
      const bitError = { severity: condition.severity, seed: seedOf(condition, id) };
      const frames = readFrames(path, { fps: GRID_FPS, bitError, ...stop });
      await save(job, condition, extractor.spec, await extractor.extract(frames, { ...stop }));
    }),
  ]);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

function isBitError(condition: Condition): condition is Corruption {
  return condition !== 'clean' && condition.corruption === 'bit-error';
}

/** The seed that a corruption has for one video. */
const seedOf = ({ corruption, seed }: Corruption, videoId: string) => deriveSeed(seed, videoId, corruption);

async function* corruptFrames(
  frames: AsyncIterable<Frame>,
  condition: Corruption,
  videoId: string,
): AsyncGenerator<Frame> {
  let apply: ((frame: Frame, index: number) => Frame) | undefined;
  let index = 0;
  for await (const frame of frames) {
    const { width, height } = frame;
    apply ??= createFrameCorruption(condition.corruption as VisualCorruption, {
      severity: condition.severity,
      seed: seedOf(condition, videoId),
      width,
      height,
      fps: GRID_FPS,
    }).apply;
    yield apply(frame, index++);
  }
}

async function extractAudio(job: ExtractJob, conditions: Condition[], signal?: AbortSignal): Promise<void> {
  const extractor = createAudioExtractor({ kind: job.extractor });
  const stop = signal && { signal };
  const clip = await readAudio(job.video.path, { ...stop });
  const options = { snippets: snippetCount(job.video.frames), ...stop };
  for (const condition of conditions) {
    const source = condition === 'clean' ? clip : await corruptClip(clip, condition, job.video.id);
    await save(job, condition, extractor.spec, await extractor.extract(source, options));
  }
}

async function corruptClip(clip: AudioClip, condition: Corruption, videoId: string): Promise<AudioClip> {
  const { corruption, severity } = condition;
  const options = { severity, seed: seedOf(condition, videoId) };
  if (corruption === 'bitrate') return (await corruptBitrate(clip, options)).clip;
  return corruptAudio(clip, corruption as Exclude<AudioCorruption, 'bitrate'>, options);
}

async function save(
  job: ExtractJob,
  condition: Condition,
  { recipe, recipeHash }: ExtractorSpec,
  sequence: FeatureSequence,
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
  });
}

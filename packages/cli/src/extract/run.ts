import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { pipeline } from 'node:stream/promises';
import { fileError, RobustaError } from '@robusta/core';
import { readFeatures, type VisualExtractor, type VisualReport, writeFeatures } from '@robusta/features';
import { probe } from '@robusta/media';
import type { Context } from '../main.js';
import { createProgress } from '../progress.js';
import type { ExtractFile } from './plan.js';

/** Features of one video. */
export interface Extracted extends ExtractFile, VisualReport {
  /** Shape of the file, `[T, crops, D]`. */
  shape: [number, number, number];
}

/** What came of all videos. */
export interface ExtractOutcome {
  done: Extracted[];
  /** Feature files of the same recipe that were there already. */
  kept: string[];
  failed: { input: string; error: RobustaError }[];
  /** Seconds that it took. */
  seconds: number;
  /** Seconds of video that were extracted. */
  videoSeconds: number;
}

/**
 * Extracts from several videos, `jobs` of them at a time. One that fails does not stop the others; a file that is there
 * already and was made by the same recipe is kept.
 * @throws ABORTED; defects of robusta itself
 */
export async function extractAll(
  { terminal, signal }: Context,
  extractor: VisualExtractor,
  files: readonly ExtractFile[],
  { jobs, force }: { jobs: number; force: boolean },
): Promise<ExtractOutcome> {
  const outcome: ExtractOutcome = { done: [], kept: [], failed: [], seconds: 0, videoSeconds: 0 };
  const progress = createProgress(terminal);
  const failed = (input: string, error: unknown) => {
    if (!RobustaError.isInstance(error) || error.code === 'ABORTED') throw error;
    outcome.failed.push({ input, error });
    progress.note(`warning: ${input}: ${error.message}`);
  };
  try {
    const todo: { file: ExtractFile; duration: number }[] = [];
    for (const [i, file] of files.entries()) {
      signal.throwIfAborted();
      progress.update({ stage: 'looking at files', done: i, total: files.length });
      try {
        if (!force && existsSync(file.output) && (await isFinished(file.output, extractor))) {
          outcome.kept.push(file.output);
        } else todo.push({ file, duration: (await probe(file.input)).duration });
      } catch (error) {
        failed(file.input, error);
      }
    }
    const total = Math.round(todo.reduce((sum, { duration }) => sum + duration, 0));
    const running = new Map<ExtractFile, number>();
    let finished = 0;
    const show = () => {
      const seconds = [...running.values()].reduce((sum, value) => sum + value, finished);
      progress.update({
        stage: 'extracting (s of video)',
        done: Math.min(total, Math.round(seconds)),
        total,
      });
    };
    const start = performance.now();
    const queue = todo.values();
    const worker = async () => {
      for (const { file, duration } of queue) {
        try {
          const extracted = await extractOne(extractor, file, signal, (seconds) => {
            running.set(file, Math.min(seconds, duration));
            show();
          });
          outcome.done.push(extracted);
          outcome.videoSeconds += extracted.frames / extractor.spec.fps;
        } catch (error) {
          failed(file.input, error);
        }
        running.delete(file);
        finished += duration;
        show();
      }
    };
    const workers = Array.from({ length: Math.min(jobs, todo.length) }, worker);
    // All of them, so that none is still writing when the command ends.
    const ends = await Promise.allSettled(workers);
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    outcome.seconds = (performance.now() - start) / 1000;
    return outcome;
  } catch (error) {
    if (signal.aborted) throw new RobustaError('ABORTED', 'stopped before the end', { cause: error });
    throw error;
  } finally {
    progress.stop();
  }
}

/** @throws FEATURE_MISMATCH for a file of another recipe, which must not be mixed with those of this one */
async function isFinished(output: string, { spec }: VisualExtractor): Promise<boolean> {
  try {
    await readFeatures(output, { recipeHash: spec.recipeHash });
    return true;
  } catch (error) {
    if (!RobustaError.isInstance(error)) throw error;
    if (error.code === 'FEATURE_MISMATCH') {
      throw new RobustaError('FEATURE_MISMATCH', error.message, {
        hint: 'extract into another folder, or replace what is there with --force',
        cause: error,
      });
    }
    // Damaged, or an array without its sidecar: made again.
    return false;
  }
}

async function extractOne(
  extractor: VisualExtractor,
  file: ExtractFile,
  signal: AbortSignal,
  onSeconds: (seconds: number) => void,
): Promise<Extracted> {
  let report: VisualReport | undefined;
  const sequence = await extractor.extract(file.input, {
    signal,
    onProgress: ({ seconds }) => onSeconds(seconds),
    onReport: (value) => {
      report = value;
    },
  });
  const { recipe, recipeHash } = extractor.spec;
  const sourceSha256 = await sha256(file.input);
  await writeFeatures(file.output, sequence, { recipe, recipeHash, sourceSha256 });
  const { length, crops, dim } = sequence;
  return { ...file, ...report!, shape: [length, crops, dim] };
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
  } catch (error) {
    throw fileError(error, path);
  }
  return hash.digest('hex');
}

import { performance } from 'node:perf_hooks';
import { RobustaError } from '@robusta/core';
import type { Context } from '../main.js';
import { createProgress } from '../progress.js';
import { type Extracted, type Extractors, extractOne, planTask, type Task } from './one.js';
import type { ExtractFile } from './plan.js';
import type { FeatureStore } from './store.js';

/** What came of all videos. */
export interface ExtractOutcome {
  done: Extracted[];
  /** Files of which an earlier run with the same recipe had made everything. */
  kept: ExtractFile[];
  failed: { input: string; error: RobustaError }[];
  /** Seconds that it took. */
  seconds: number;
  /** Seconds of video that were extracted. */
  videoSeconds: number;
}

/** How {@link extractAll} goes about it. */
export interface ExtractSettings {
  store: FeatureStore;
  /** Videos at a time. */
  jobs: number;
  /** Replaces what is there. */
  force: boolean;
}

/**
 * Extracts from several videos, `jobs` of them at a time. One that fails does not stop the others; what is there already
 * and was made by the same recipe is kept.
 * @throws ABORTED; defects of robusta itself
 */
export async function extractAll(
  { terminal, signal }: Context,
  extractors: Extractors,
  files: readonly ExtractFile[],
  { store, jobs, force }: ExtractSettings,
): Promise<ExtractOutcome> {
  const outcome: ExtractOutcome = { done: [], kept: [], failed: [], seconds: 0, videoSeconds: 0 };
  const progress = createProgress(terminal);
  const failed = (input: string, error: unknown) => {
    if (!RobustaError.isInstance(error) || error.code === 'ABORTED') throw error;
    outcome.failed.push({ input, error });
    progress.note(`warning: ${input}: ${error.message}`);
  };
  try {
    const tasks: Task[] = [];
    for (const [i, file] of files.entries()) {
      signal.throwIfAborted();
      progress.update({ stage: 'looking at files', done: i, total: files.length });
      try {
        const task = await planTask(file, extractors, store, force);
        if (task) tasks.push(task);
        else outcome.kept.push(file);
      } catch (error) {
        failed(file.input, error);
      }
    }
    const total = Math.round(tasks.reduce((sum, { duration }) => sum + duration, 0));
    const running = new Map<Task, number>();
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
    const queue = tasks.values();
    const worker = async () => {
      for (const task of queue) {
        const { file, duration, visual } = task;
        // The sound comes after the pictures and takes little beside them.
        const leading = extractors.visual && !visual ? 'visual' : 'audio';
        try {
          const extracted = await extractOne(task, extractors, store, {
            signal,
            onProgress: ({ modality, seconds }) => {
              if (modality !== leading) return;
              running.set(task, Math.min(seconds, duration));
              show();
            },
          });
          outcome.done.push(extracted);
          outcome.videoSeconds += duration;
        } catch (error) {
          failed(file.input, error);
        }
        running.delete(task);
        finished += duration;
        show();
      }
    };
    const workers = Array.from({ length: Math.min(jobs, tasks.length) }, worker);
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

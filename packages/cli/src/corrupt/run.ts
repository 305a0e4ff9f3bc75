import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createLocalRunner } from '@robusta/benchmark';
import { fileError, RobustaError } from '@robusta/core';
import { type CorruptOptions, type CorruptReport, corruptMedia } from '@robusta/media';
import type { Context } from '../main.js';
import { createProgress } from '../progress.js';
import { type CorruptFile, foldersOf, type Plan } from './files.js';

type Options = Omit<CorruptOptions, 'signal' | 'onProgress' | 'id'>;

/** What came of all files. */
export interface Outcome {
  done: CorruptReport[];
  /** Outputs that were there already. */
  kept: string[];
  failed: { input: string; error: RobustaError }[];
}

/** @throws what corruptMedia throws, and BAD_OPTION where the output exists */
export async function corruptOne(
  { terminal, signal }: Context,
  { input, output, id }: CorruptFile,
  options: Options,
  force: boolean,
): Promise<CorruptReport> {
  if (existsSync(output) && !force) {
    throw new RobustaError('BAD_OPTION', `${output} exists already`, {
      hint: 'choose another name, or replace it with --force',
    });
  }
  const progress = createProgress(terminal);
  try {
    return await corruptMedia(input, output, {
      ...options,
      id,
      signal,
      onProgress: ({ stage, done, total }) =>
        progress.update({
          stage: stage === 'measuring' ? 'measuring sound' : 'corrupting',
          done: Math.round(done),
          total: Math.round(total),
        }),
    });
  } finally {
    progress.stop();
  }
}

/** Corrupts files on several cores; one that fails does not stop the others, and what is there already is kept. */
export async function corruptAll(
  { terminal, signal }: Context,
  plan: Plan,
  options: Options,
  { force, jobs }: { force: boolean; jobs: number | undefined },
): Promise<Outcome> {
  for (const folder of foldersOf(plan)) {
    await mkdir(folder, { recursive: true }).catch((error) => {
      throw fileError(error, folder);
    });
  }
  const todo = plan.files.filter(({ output }) => force || !existsSync(output));
  const kept = plan.files.filter((file) => !todo.includes(file)).map(({ output }) => output);
  const progress = createProgress(terminal);
  const step = (done: number) => progress.update({ stage: 'corrupting files', done, total: todo.length });
  try {
    step(0);
    const runner = createLocalRunner(jobs === undefined ? {} : { workers: jobs });
    const { done, failed } = await runner.run(
      todo.map(({ input, output, id }) => ({
        kind: 'corrupt' as const,
        input,
        output,
        options: { ...options, id },
      })),
      {
        signal,
        onProgress: (state) => step(state.done),
        onFailure: ({ job, error }) => progress.note(`warning: ${job.input}: ${error.message}`),
      },
    );
    return {
      done: done.map(({ result }) => result),
      kept,
      failed: failed.map(({ job, error }) => ({ input: job.input, error })),
    };
  } finally {
    progress.stop();
  }
}

import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, RobustaError } from '@robusta/core';
import { readSafetensors, type TensorData, writeSafetensors } from '@robusta/tensor-io';
import type { TrainingState, TrainingStep } from '@robusta/tfjs-onnx';
import { z } from 'zod';
import { readBounded } from './files.js';
import { checkWeights, type ParameterSpec, sizeOf, type Weights } from './weights.js';

const fileName = 'checkpoint.safetensors';
/** Room for the header of the file. */
const largestHeader = 1 << 22;

const BestSchema = z.strictObject({ value: z.number(), epoch: z.int().min(1) });

const ProgressSchema = z.strictObject({
  step: z.int().min(0).describe('steps taken'),
  epochsEnded: z.int().min(0).describe('epochs that were also measured and reported'),
  sums: z.record(z.string(), z.number()).describe('of the loss terms of an epoch that is not ended'),
  best: BestSchema.optional(),
  misses: z.int().min(0).describe('validations since the best'),
  stopped: z.boolean().describe('ended early'),
});

/** How far a training has come, besides its parameters. */
export type TrainingProgress = z.output<typeof ProgressSchema>;

const HeadSchema = z.strictObject({
  format: z.literal('robusta-checkpoint'),
  version: z.literal(1),
  identity: z.record(z.string(), z.json()).describe('all that the final weights depend on'),
  progress: ProgressSchema,
  seed: z.int(),
});

/** All that a training goes on from. */
export interface Checkpoint {
  state: TrainingState;
  progress: TrainingProgress;
  /** Weights of the best validation, where they are to be selected. */
  best?: Weights;
}

/** What decides the final weights of a training; JSON-safe. */
export type TrainingIdentity = z.output<typeof HeadSchema>['identity'];

type Group = Record<string, { shape: readonly number[]; data: Float32Array }>;

/**
 * The checkpoint of one training, a file that appears whole or not at all. What an interrupted writing leaves is written
 * over by the next.
 */
export class CheckpointFile {
  readonly path: string;

  constructor(
    private readonly directory: string,
    private readonly identity: TrainingIdentity,
    private readonly parameters: Record<string, ParameterSpec>,
  ) {
    this.path = join(directory, fileName);
  }

  /** @throws FILE_UNWRITABLE, DISK_FULL naming the file */
  async write({ state, progress, best }: Checkpoint): Promise<void> {
    const tensors: Record<string, TensorData> = {};
    const put = (prefix: string, group: Group) => {
      for (const [name, { shape, data }] of Object.entries(group)) {
        tensors[`${prefix}/${name}`] = { shape: [...shape], dtype: 'float32', data };
      }
    };
    put('parameters', state.parameters);
    put('moments', state.moments);
    put('buffers', state.buffers ?? {});
    if (best) put('best', best);
    const head: z.output<typeof HeadSchema> = {
      format: 'robusta-checkpoint',
      version: 1,
      identity: this.identity,
      progress,
      seed: state.seed,
    };
    const bytes = writeSafetensors(tensors, { checkpoint: JSON.stringify(head) });
    const part = `${this.path}.part`;
    try {
      await mkdir(this.directory, { recursive: true });
      const file = await open(part, 'w');
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(part, this.path);
    } catch (error) {
      await rm(part, { force: true }).catch(() => {});
      throw fileError(error, this.path);
    }
  }

  /**
   * @returns undefined where there is none
   * @throws BAD_MODEL for a file that is damaged or belongs to another training, naming what differs
   */
  async read(): Promise<Checkpoint | undefined> {
    let bytes: Uint8Array;
    try {
      // Parameters, up to two moments, the best weights.
      const most = 4 * Object.values(this.parameters).reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
      bytes = await readBounded(this.path, most + largestHeader);
    } catch (error) {
      if (RobustaError.isInstance(error) && error.code === 'FILE_NOT_FOUND') return undefined;
      throw error;
    }
    try {
      const { tensors, metadata } = readSafetensors(bytes);
      const head = HeadSchema.parse(JSON.parse(metadata.checkpoint ?? 'null'));
      this.requireSame(head.identity);
      const group = (prefix: string): Group =>
        Object.fromEntries(
          Object.entries(tensors)
            .filter(([name]) => name.startsWith(`${prefix}/`))
            // Copied, so that the file's bytes can go and values are aligned.
            .map(([name, { shape, data }]) => [
              name.slice(prefix.length + 1),
              { shape, data: Float32Array.from(data as Float32Array) },
            ]),
        );
      const best = group('best');
      if (Object.keys(best).length > 0) checkWeights(best, this.parameters, this.path);
      return {
        state: {
          step: head.progress.step,
          seed: head.seed,
          parameters: group('parameters') as TrainingState['parameters'],
          moments: group('moments') as TrainingState['moments'],
          buffers: group('buffers') as NonNullable<TrainingState['buffers']>,
        },
        progress: head.progress,
        ...(Object.keys(best).length > 0 ? { best } : {}),
      };
    } catch (cause) {
      throw this.damaged(cause);
    }
  }

  /**
   * Puts a trainer into the state of a checkpoint.
   * @throws BAD_MODEL where names, shapes or values are not what the trainer needs
   */
  restore(trainer: TrainingStep, { state }: Checkpoint): void {
    try {
      trainer.restore(state);
    } catch (cause) {
      throw this.damaged(cause);
    }
  }

  private damaged(cause: unknown): RobustaError {
    if (RobustaError.isInstance(cause) && cause.code === 'BAD_MODEL') return cause;
    return new RobustaError('BAD_MODEL', `${this.path}: is no checkpoint: ${(cause as Error).message}`, {
      hint: 'remove it, or begin anew with checkpoint.resume false',
      cause,
    });
  }

  private requireSame(found: TrainingIdentity): void {
    const keys = [...new Set([...Object.keys(found), ...Object.keys(this.identity)])];
    const differing = keys.filter((key) => JSON.stringify(found[key]) !== JSON.stringify(this.identity[key]));
    if (differing.length === 0) return;
    const shown = differing.map(
      (key) => `${key} was ${JSON.stringify(found[key])} and is ${JSON.stringify(this.identity[key])}`,
    );
    throw new RobustaError('BAD_MODEL', `${this.path}: is of another training: ${shown.join('; ')}`, {
      hint: 'use another directory, or begin anew with checkpoint.resume false',
      details: { differing },
    });
  }
}

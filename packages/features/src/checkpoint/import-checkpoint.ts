import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileError, parseOptions } from '@robusta/core';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { MODEL_KINDS, type ModelKind } from '../model/kinds.js';
import type { ModelMetadata } from '../model/metadata.js';
import type { Precision } from '../networks/frames.js';
import { networkGraph, PrecisionSchema } from '../networks/network.js';
import { hasNonLocal } from '../networks/resnet50.js';
import { findState } from './find-state.js';
import { namingCheckpoint } from './naming.js';
import { readCheckpoint } from './read.js';

/** Options of {@link importCheckpoint}. */
export interface ImportOptions {
  /** The network that the checkpoint holds. */
  kind: ModelKind;
  /** `.pth`, `.pt` or `.pkl` of PyTorch, in either of its formats, or of Caffe2; `.safetensors`; `.npz`. */
  source: string;
  /** The `.onnx` file to write; an existing one is replaced. Missing folders are made. */
  output: string;
  /**
   * Numbers that the model computes in, default `float32`. `float16` is for GPUs: a file half as large, features that
   * differ by about 1e-3 of their root mean square.
   */
  precision?: Precision;
}

/** What {@link importCheckpoint} did. */
export interface ImportReport {
  kind: ModelKind;
  precision: Precision;
  /** The checkpoint: name without folders, size, SHA-256 (hexadecimal). */
  source: NonNullable<ModelMetadata['source']>;
  /** The file written, its size and SHA-256. */
  output: { path: string; bytes: number; sha256: string };
  /** What stood before the names in the checkpoint. */
  prefix: string;
  /** Tensors of the network that were found, those that are not computed with included. */
  tensors: number;
  /** With non-local blocks. */
  nonLocal: boolean;
  /** Paths of tensors in the checkpoint that are none of the network's: an optimizer's, counters. */
  ignored: string[];
  /** What may be wrong with the checkpoint although its names and shapes are right. */
  warnings: string[];
}

const Path = z.string().min(1);
const Options = z.strictObject({
  kind: z.enum(MODEL_KINDS),
  source: Path,
  output: Path,
  precision: PrecisionSchema.default('float32'),
});

/**
 * Makes an ONNX model of a published checkpoint: reads it without running anything in it, finds the network's tensors
 * wherever they are nested, checks every name and shape, and writes the graph with the checkpoint's SHA-256 and the
 * preprocessing in its metadata. The file appears whole or not at all; the same checkpoint gives the same bytes.
 * @throws FILE_NOT_FOUND, FILE_UNREADABLE, FILE_UNWRITABLE, DISK_FULL; BAD_FORMAT, TRUNCATED for a damaged or hostile
 *   file; EMPTY_INPUT without tensors; BAD_MODEL with all that is missing, unexpected or mis-shaped, for another
 *   network and for another port of it; NON_FINITE; BAD_OPTION
 */
export async function importCheckpoint(options: ImportOptions): Promise<ImportReport> {
  const { kind, source: path, output, precision } = parseOptions(Options, options, 'importCheckpoint');
  const { tensors, source } = await readCheckpoint(path);
  const { state, prefix, ignored } = namingCheckpoint(path, () => findState(kind, tensors));
  const bytes = namingCheckpoint(path, () => networkGraph(kind, state, { source, precision }));
  try {
    await mkdir(dirname(output), { recursive: true });
    await writeFileAtomic(output, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (error) {
    throw fileError(error, output);
  }
  return {
    kind,
    precision,
    source,
    output: { path: output, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') },
    prefix,
    tensors: Object.keys(state).length,
    nonLocal: kind === 'i3d-resnet50' && hasNonLocal(state),
    ignored,
    warnings: warningsOf(kind, source.name),
  };
}

/** No shape tells the files for clips of 8 frames from those for 32, whose strides in time differ. */
function warningsOf(kind: ModelKind, name: string): string[] {
  if (kind !== 'i3d-resnet50' || !/8x8/.test(name)) return [];
  return [
    `${name}: the name says 8x8, a network of another stride in time; the 32x2 file belongs to this graph`,
  ];
}

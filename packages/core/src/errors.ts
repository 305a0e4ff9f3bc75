import type { z } from 'zod';

/** What went wrong, for programs. Codes are stable; messages are not. */
export type ErrorCode =
  /** An option or argument is outside its range or of the wrong type. */
  | 'BAD_OPTION'
  /** Data handed to a function is malformed (wrong shape, wrong length, out of range). */
  | 'BAD_INPUT'
  /** Nothing to work on. */
  | 'EMPTY_INPUT'
  /** Two things that must have one length do not. */
  | 'LENGTH_MISMATCH'
  /** A NaN or infinity where a finite number is needed. */
  | 'NON_FINITE'
  /** Labels are not 0 or 1. */
  | 'NON_BINARY_LABEL'
  /** No positive label: the quantity is undefined. */
  | 'NO_POSITIVE'
  /** No negative label: the quantity is undefined. */
  | 'NO_NEGATIVE'
  /** A covariance is singular. */
  | 'ILL_DEFINED_COVARIANCE'
  /** A file or folder does not exist. */
  | 'FILE_NOT_FOUND'
  /** A file or folder exists but cannot be read. */
  | 'FILE_UNREADABLE'
  /** A file cannot be written. */
  | 'FILE_UNWRITABLE'
  /** The disk has no room left. */
  | 'DISK_FULL'
  /** A file is not of the expected format, or damaged. */
  | 'BAD_FORMAT'
  /** A file ends too early. */
  | 'TRUNCATED'
  /** A server or the network does not deliver a file. */
  | 'DOWNLOAD_FAILED'
  /** A file does not have the hash that was asked for. */
  | 'HASH_MISMATCH'
  /** A file is neither video nor sound. */
  | 'NOT_MEDIA'
  /** A media file has no video stream. */
  | 'NO_VIDEO'
  /** A media file has no audio stream. */
  | 'NO_AUDIO'
  /** A folder does not hold the expected dataset. */
  | 'BAD_DATASET'
  /** A line of an annotation file cannot be understood. */
  | 'BAD_ANNOTATION'
  /** A video is named by an annotation or list but absent. */
  | 'MISSING_VIDEO'
  /** A workspace holds results of another configuration. */
  | 'CONFIG_MISMATCH'
  /** Some items of a run failed; the rest was done. */
  | 'PARTIAL_FAILURE'
  /** Features do not have the width, crops or recipe that a model was trained on. */
  | 'FEATURE_MISMATCH'
  /** Both modalities are missing, or one that is needed is. */
  | 'MISSING_MODALITY'
  /** A model folder or state dict is incomplete or of another architecture. */
  | 'BAD_MODEL'
  /** The asked-for engine is not available on this machine. */
  | 'ENGINE_UNAVAILABLE'
  /** A tfjs kernel has no ONNX lowering. */
  | 'UNSUPPORTED_OP'
  /** A function cannot be written as one graph for all sizes of a dimension. */
  | 'NOT_DYNAMIC'
  /** The server of a job queue does not answer. */
  | 'QUEUE_UNAVAILABLE'
  /** Work comes in faster than it is done. */
  | 'OVERLOADED'
  /** The work was stopped by an AbortSignal. */
  | 'ABORTED'
  /** A defect of robusta itself. */
  | 'INTERNAL';

/** The parts of a {@link RobustaError} besides code and message. */
export interface RobustaErrorOptions {
  /** What to do about it. */
  hint?: string;
  /** Facts for programs, JSON-safe. */
  details?: Record<string, unknown>;
  cause?: unknown;
}

const marker = Symbol.for('robusta.error');

/** The error that every robusta package throws for bad input, missing files and the like. */
export class RobustaError extends Error {
  override readonly name = 'RobustaError';
  readonly code: ErrorCode;
  readonly hint?: string;
  readonly details?: Record<string, unknown>;
  readonly [marker] = true;

  constructor(code: ErrorCode, message: string, options: RobustaErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    if (options.hint !== undefined) this.hint = options.hint;
    if (options.details !== undefined) this.details = options.details;
  }

  /** True for a RobustaError, also of another installed copy of this package. */
  static isInstance(error: unknown): error is RobustaError {
    return typeof error === 'object' && error !== null && marker in error;
  }
}

/**
 * Checks options at a public door.
 * @param what - the function or object whose options these are, for the message
 * @returns the options with defaults filled in
 * @throws BAD_OPTION naming every offending field
 */
export function parseOptions<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message }) => {
    const field = path.join('.');
    return field ? `${field}: ${message}` : message;
  });
  throw new RobustaError('BAD_OPTION', `${what}: ${issues.join('; ')}`, {
    details: { fields: result.error.issues.map(({ path }) => path.join('.')) },
  });
}

const systemErrors: Record<string, [ErrorCode, string, string]> = {
  ENOENT: ['FILE_NOT_FOUND', 'does not exist', 'check the path'],
  ENOTDIR: ['FILE_NOT_FOUND', 'has a file where a folder is expected', 'check the path'],
  EISDIR: ['FILE_UNREADABLE', 'is a folder, not a file', 'name a file'],
  EACCES: ['FILE_UNREADABLE', 'may not be accessed', 'check its permissions'],
  EPERM: ['FILE_UNREADABLE', 'may not be accessed', 'check its permissions'],
  EROFS: ['FILE_UNWRITABLE', 'lies on a read-only file system', 'choose another folder'],
  ENOSPC: ['DISK_FULL', 'cannot be written: no space left on the disk', 'free some space and run again'],
  EDQUOT: ['DISK_FULL', 'cannot be written: the disk quota is used up', 'free some space and run again'],
};

/** Turns an error of the file system into a {@link RobustaError} that names the file; others pass through. */
export function fileError(error: unknown, path: string): unknown {
  if (RobustaError.isInstance(error)) return error;
  const known = systemErrors[(error as { code?: string } | null)?.code ?? ''];
  if (!known) return error;
  const [code, problem, hint] = known;
  return new RobustaError(code, `${path} ${problem}`, { hint, details: { path }, cause: error });
}

/** @throws ABORTED once the signal is aborted */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new RobustaError('ABORTED', 'stopped before the end', { cause: signal.reason });
}

import { RobustaError } from '@robusta/core';

/** Runs the work; its errors name the checkpoint and keep their details. */
export function namingCheckpoint<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!RobustaError.isInstance(error)) throw error;
    const { code, message, hint, details } = error;
    throw new RobustaError(code, `${path}: ${message}`, {
      ...(hint === undefined ? {} : { hint }),
      details: { ...details, path },
      cause: error,
    });
  }
}

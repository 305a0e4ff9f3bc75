import { z } from 'zod';

/** How far a long call has come. */
export interface Progress {
  /** Items finished so far. */
  done: number;
  /** Items in all. */
  total: number;
  /** Items that are being worked on, where that is known. */
  running?: number;
  /** How many of those finished have failed, where that is known. */
  failed?: number;
}

/** An AbortSignal, also of another realm. */
export const SignalOption = z.custom<AbortSignal>(
  (value) => typeof value === 'object' && value !== null && 'aborted' in value,
  'expected an AbortSignal',
);

/** A callback, kept as it is. */
export const callbackOption = <F>() =>
  z.custom<F>((value) => typeof value === 'function', 'expected a function');

/** A 32-bit seed. */
export const SeedOption = z.number().int().min(0).max(0xffffffff);

import { RobustaError } from '@robusta/core';

/** Thrown by a lowering that cannot express its kernel; the message says why. */
export class Unsupported extends Error {}

/** The error for a kernel that has no ONNX form, with where it was called and on what. */
export function unsupportedKernel(kernel: string, shapes: string, reason?: string): RobustaError {
  const site = callSite();
  const where = site ? ` at ${site}` : '';
  return new RobustaError(
    'UNSUPPORTED_OP',
    `tfjs kernel ${kernel}(${shapes})${where}: ${reason ?? 'it has no ONNX form here'}`,
    {
      hint: "rewrite it with supported operations, or run it with engine 'wasm' or 'cpu'",
      details: { kernel, shapes, ...(site ? { callSite: site } : {}) },
    },
  );
}

/** The first stack frame that is neither tfjs nor this package. */
export const callSite = (): string | undefined => siteOf(captureStack());

/** The stack of this moment, deep enough to reach beyond tfjs. */
export function captureStack(): Error {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 100;
  const error = new Error();
  Error.stackTraceLimit = limit;
  return error;
}

/** As {@link callSite}, of a stack that was captured. */
export function siteOf({ stack = '' }: Error): string | undefined {
  const own = /[/\\](?:@tensorflow[/\\+]|tfjs-onnx[/\\](?:src|dist)[/\\])|node:internal/;
  const frame = stack
    .split('\n')
    .slice(1)
    .find((line) => line.includes(':') && !own.test(line));
  return frame?.trim().replace(/^at /, '');
}

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
export function callSite(): string | undefined {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 100;
  const stack = new Error().stack ?? '';
  Error.stackTraceLimit = limit;
  const own = /[/\\](?:@tensorflow[/\\+]|tfjs-onnx[/\\](?:src|dist)[/\\])|node:internal/;
  const frame = stack
    .split('\n')
    .slice(1)
    .find((line) => line.includes(':') && !own.test(line));
  return frame?.trim().replace(/^at /, '');
}

import { type ErrorCode, RobustaError } from '@robusta/core';

/** An error as plain data: class and code do not survive the way between threads by themselves. */
export interface WireError {
  code: ErrorCode;
  message: string;
  hint?: string;
  details?: Record<string, unknown>;
}

/** What a worker answers. */
export type Outcome<R = unknown> = { ok: true; result: R } | { ok: false; error: WireError };

export function toWire(error: unknown): WireError {
  if (RobustaError.isInstance(error)) {
    const { code, message, hint, details } = error;
    return { code, message, ...(hint !== undefined && { hint }), ...(details && { details }) };
  }
  const known = error instanceof Error;
  return {
    code: 'INTERNAL',
    message: known ? error.message : String(error),
    ...(known && error.stack && { details: { stack: error.stack } }),
  };
}

export function fromWire({ code, message, ...rest }: WireError): RobustaError {
  return new RobustaError(code, message, rest);
}

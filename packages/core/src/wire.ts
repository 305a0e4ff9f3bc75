import { type ErrorCode, RobustaError } from './errors.js';

/** An error as plain data: class and code do not survive the way between threads by themselves. */
export interface WireError {
  code: ErrorCode;
  message: string;
  hint?: string;
  details?: Record<string, unknown>;
}

/** Anything that was thrown, to be sent to another thread; what is no `RobustaError` becomes `INTERNAL`. */
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

/** The error that {@link toWire} was given. */
export function fromWire({ code, message, ...rest }: WireError): RobustaError {
  return new RobustaError(code, message, rest);
}

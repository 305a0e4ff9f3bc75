import { type ErrorCode, RobustaError } from '@robusta/core';

/** An error as plain data: class and code do not survive the way between threads by themselves. */
export interface WireError {
  code: ErrorCode;
  message: string;
  hint?: string;
  details?: Record<string, unknown>;
}

export function toWire(error: unknown): WireError {
  if (!RobustaError.isInstance(error)) {
    const { message, stack } = error as Error;
    return { code: 'INTERNAL', message, ...(stack === undefined ? {} : { details: { stack } }) };
  }
  const { code, message, hint, details } = error;
  return {
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(details === undefined ? {} : { details }),
  };
}

export const fromWire = ({ code, message, ...rest }: WireError): RobustaError =>
  new RobustaError(code, message, rest);

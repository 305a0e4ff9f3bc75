import {
  createRng,
  deriveSeed,
  parseOptions,
  RobustaError,
  type Severity,
  SeveritySchema,
} from '@robusta/core';

export function run() {
  const rng = createRng(deriveSeed('run-1', 'street.mp4', 'fog'));
  const severity: Severity = parseOptions(SeveritySchema, 3, 'sample');
  let code = '';
  try {
    parseOptions(SeveritySchema, 6, 'sample');
  } catch (error) {
    if (RobustaError.isInstance(error)) code = error.code;
  }
  return { drawn: rng.int(100), severity, code };
}

export const expected = { drawn: 4, severity: 3, code: 'BAD_OPTION' };

import { createHash } from 'node:crypto';

/** A short name of a JSON value: equal values have equal names. */
export function fingerprint(value: unknown): string {
  return sha256(value).slice(0, 8);
}

/** SHA-256 (hex) of a JSON value. */
export function sha256(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

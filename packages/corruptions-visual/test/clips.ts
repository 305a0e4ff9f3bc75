import type { Frame } from '@robusta/core';
import type { ClipCorruption } from '../src/index.js';

/** All results of a stream, each from a new frame. */
export function streamed(corruption: ClipCorruption, frames: readonly Frame[]): Uint8Array[] {
  const stream = corruption.stream();
  const results: Uint8Array[] = [];
  for (const frame of frames) {
    const result = stream.push(frame);
    if (result) results.push(result.data);
  }
  for (let result = stream.flush(); result; result = stream.flush()) results.push(result.data);
  return results;
}

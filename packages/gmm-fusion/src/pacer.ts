import { throwIfAborted } from '@robusta/core';

/**
 * For long loops: call it once a step. Gives the event loop a turn about 20 times a second, so that timers run
 * and an abort can arrive.
 * @throws ABORTED once the signal is aborted
 */
export function createPacer(signal: AbortSignal | undefined): () => Promise<void> {
  let last = performance.now();
  return async () => {
    throwIfAborted(signal);
    if (performance.now() - last < 50) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    last = performance.now();
    throwIfAborted(signal);
  };
}

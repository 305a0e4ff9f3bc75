import { RobustaError, throwIfAborted } from '@robusta/core';

/** Takes items one by one from any iterable, giving up at once when the signal is aborted. */
export interface Puller<T> {
  /** @returns undefined at the end */
  next(): Promise<T | undefined>;
  /** Tells the source that no more is wanted. */
  close(): Promise<void>;
}

export function createPuller<T>(
  source: Iterable<T> | AsyncIterable<T>,
  signal: AbortSignal | undefined,
): Puller<T> {
  const iterator =
    Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  let pending: Promise<unknown> = Promise.resolve();
  let open = true;
  return {
    async next() {
      throwIfAborted(signal);
      const result = Promise.resolve(iterator.next());
      pending = result;
      const { done, value } = await untilAborted(result, signal);
      if (!done) return value;
      open = false;
      return undefined;
    },
    async close() {
      if (!open) return;
      open = false;
      // A source that hangs must not hold up the caller who has given up on it.
      const closed = Promise.resolve(iterator.return?.());
      if (signal?.aborted) {
        closed.catch(() => {});
        pending.catch(() => {});
      } else await closed;
    },
  };
}

async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  let stop!: () => void;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(new RobustaError('ABORTED', 'stopped before the end', { cause: signal.reason }));
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

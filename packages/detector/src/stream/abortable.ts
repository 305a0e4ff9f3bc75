import { throwIfAborted } from '@robusta/core';

/**
 * The items of a source until it ends or the signal is aborted, also while it keeps silent.
 * @throws ABORTED
 */
export async function* abortable<T>(
  source: AsyncIterable<T> | Iterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, undefined> {
  const iterator =
    Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  try {
    for (;;) {
      throwIfAborted(signal);
      const next = await unlessAborted(Promise.resolve(iterator.next()), signal);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    // Not awaited: a source that keeps silent would hold up the end.
    Promise.resolve(iterator.return?.()).catch(() => {});
  }
}

/** The signal is listened to for one item at a time, so that a long stream does not pile up listeners. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const stop = () => {
      try {
        throwIfAborted(signal);
      } catch (error) {
        reject(error);
      }
    };
    // A source may abort while it is asked.
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

import type { Frame } from '@robusta/core';

/** One stream of frames for several readers. */
export interface SharedFrames {
  /** One for each reader, to be iterated at the same time; frames must not be written to. */
  readers: AsyncIterable<Frame>[];
  /** Says that a reader will not read on, so that the others do not wait for it. Safe to call twice. */
  leave(reader: number): void;
}

/**
 * Hands every frame to all readers before it takes the next one, so that at most one frame is held however differently
 * fast they are.
 * @param chunk - frames that are handed out at once, and held: within them no reader waits for another
 */
export function shareFrames(source: AsyncIterable<Frame>, count: number, chunk = 1): SharedFrames {
  const { readers, leave } = share(inChunks(source, chunk), count);
  return { readers: readers.map((reader) => outOfChunks(reader, chunk)), leave };
}

async function* inChunks(source: AsyncIterable<Frame>, size: number): AsyncGenerator<Frame[]> {
  let chunk: Frame[] = [];
  for await (const frame of source) {
    chunk.push(frame);
    if (chunk.length < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

/** A chunk that is not full is the last: its readers learn of the end without waiting for each other. */
async function* outOfChunks(chunks: AsyncIterable<Frame[]>, size: number): AsyncGenerator<Frame> {
  for await (const chunk of chunks) {
    yield* chunk;
    if (chunk.length < size) return;
  }
}

function share<T>(source: AsyncIterable<T>, count: number) {
  const iterator = source[Symbol.asyncIterator]();
  const waiting = new Map<number, PromiseWithResolvers<IteratorResult<T>>>();
  const live = new Set(Array.from({ length: count }, (_, reader) => reader));
  let pulling = false;

  const advance = async () => {
    if (pulling || live.size === 0 || waiting.size < live.size) return;
    pulling = true;
    const readers = [...waiting.values()];
    waiting.clear();
    try {
      const result = await iterator.next();
      for (const reader of readers) reader.resolve(result);
    } catch (error) {
      for (const reader of readers) reader.reject(error);
    }
    pulling = false;
    void advance();
  };
  const leave = (reader: number) => {
    if (!live.delete(reader)) return;
    waiting.get(reader)?.resolve({ done: true, value: undefined });
    waiting.delete(reader);
    if (live.size === 0) void iterator.return?.();
    else void advance();
  };
  const readers = [...live].map((reader) => ({
    [Symbol.asyncIterator]: (): AsyncIterator<T> => ({
      next() {
        const answer = withResolvers<IteratorResult<T>>();
        waiting.set(reader, answer);
        void advance();
        return answer.promise;
      },
      async return() {
        leave(reader);
        return { done: true, value: undefined };
      },
    }),
  }));
  return { readers, leave };
}

interface PromiseWithResolvers<T> {
  promise: Promise<T>;
  resolve(value: T): void;
  reject(reason: unknown): void;
}

function withResolvers<T>(): PromiseWithResolvers<T> {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

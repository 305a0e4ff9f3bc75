import type { Frame } from '@robusta/core';
import { shareFrames } from '../src/jobs/share-frames.js';

const frame = (value: number): Frame => ({ width: 1, height: 1, data: Uint8Array.of(value, value, value) });

/** Counts how far its consumer has come and whether it was told to end. */
function source(length: number, failAt = -1) {
  const state = { pulled: 0, ended: false };
  async function* generate() {
    try {
      for (let i = 0; i < length; i++) {
        if (i === failAt) throw new Error('damaged');
        state.pulled++;
        yield frame(i);
      }
    } finally {
      state.ended = true;
    }
  }
  return { state, frames: generate() };
}

async function collect(frames: AsyncIterable<Frame>, delay = 0): Promise<number[]> {
  const values: number[] = [];
  for await (const { data } of frames) {
    values.push(data[0]!);
    if (delay) await new Promise((resolve) => setTimeout(resolve, delay));
  }
  return values;
}

test('every reader gets every frame, however fast it is', async () => {
  const { readers } = shareFrames(source(6).frames, 3);
  const all = await Promise.all(readers.map((reader, i) => collect(reader, i)));
  expect(all).toEqual(new Array(3).fill([0, 1, 2, 3, 4, 5]));
});

test('the next frame waits for the slowest reader', async () => {
  const { state, frames } = source(10);
  const { readers } = shareFrames(frames, 2);
  const [fast, slow] = readers.map((reader) => reader[Symbol.asyncIterator]());
  await Promise.all([fast!.next(), slow!.next()]);
  const ahead = fast!.next();
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(state.pulled).toBe(1);
  await Promise.all([ahead, slow!.next()]);
  expect(state.pulled).toBe(2);
});

test('a reader that leaves does not hold up the others; the last one ends the source', async () => {
  const { state, frames } = source(5);
  const { readers, leave } = shareFrames(frames, 3);
  const rest = collect(readers[1]!);
  leave(0);
  leave(0);
  const first = readers[2]![Symbol.asyncIterator]();
  await first.next();
  await first.return!();
  expect(await rest).toEqual([0, 1, 2, 3, 4]);
  leave(1);
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(state.ended).toBe(true);
});

test('an error of the source reaches all readers', async () => {
  const { readers } = shareFrames(source(5, 2).frames, 2);
  const outcomes = await Promise.allSettled(readers.map((reader) => collect(reader)));
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});

test.each([5, 6])(
  'in chunks of 3 of %d frames no reader waits for another within a chunk, nor at the end',
  async (length) => {
    const { readers } = shareFrames(source(length).frames, 2, 3);
    const [first, second] = readers.map((reader) => reader[Symbol.asyncIterator]());
    const values = async (reader: typeof first, count: number) => {
      const got = [];
      for (let i = 0; i < count; i++) got.push((await reader!.next()).value?.data[0]);
      return got;
    };
    const start = [first!.next(), second!.next()];
    expect((await Promise.all(start)).map(({ value }) => value?.data[0])).toEqual([0, 0]);
    expect(await values(first, 2)).toEqual([1, 2]);
    const next = first!.next();
    expect(await values(second, 2)).toEqual([1, 2]);
    const both = await Promise.all([next, second!.next()]);
    expect(both.map(({ value }) => value?.data[0])).toEqual([3, 3]);
    // The last chunk lacks a frame: its end comes to one reader while the other is still in it.
    expect(await values(first, 2)).toEqual(length === 5 ? [4, undefined] : [4, 5]);
    expect(await values(second, 2)).toEqual(length === 5 ? [4, undefined] : [4, 5]);
    const ends = await Promise.all([first!.next(), second!.next()]);
    expect(ends.map(({ done }) => done)).toEqual([true, true]);
  },
);

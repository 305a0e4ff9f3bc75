import { Batcher } from '../src/model/batcher.js';

/** A batcher whose network doubles numbers; windows of two items of one number. */
function doubling(windows: number, fail?: (call: number) => void) {
  const batches: number[] = [];
  let running = 0;
  let most = 0;
  const batcher = new Batcher(
    async (input, count) => {
      most = Math.max(most, ++running);
      batches.push(count);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running--;
      fail?.(batches.length);
      return input.map((value) => 2 * value);
    },
    windows,
    2,
    2,
  );
  return { batcher, batches, most: () => most };
}

/** A video of windows [base, base + 0.5], [base + 1, ...], ... */
async function video(batcher: Batcher, base: number, windows: number, pause = 0): Promise<number[][]> {
  const pending: Promise<Float32Array>[] = [];
  batcher.enter();
  for (let k = 0; k < windows; k++) {
    const slot = await batcher.acquire();
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    slot.tensor.set([base + k, base + k + 0.5]);
    pending.push(slot.submit());
  }
  batcher.leave();
  return (await Promise.all(pending)).map((row) => [...row]);
}
const expected = (base: number, windows: number) =>
  Array.from({ length: windows }, (_, k) => [2 * (base + k), 2 * (base + k) + 1]);

test.each([1, 2, 3, 7])('batches of %i windows give every window its own features', async (windows) => {
  const { batcher, batches, most } = doubling(windows);
  expect(await video(batcher, 0, 7)).toEqual(expected(0, 7));
  expect(batches.map((count) => count / 2)).toEqual(
    Array.from({ length: Math.ceil(7 / windows) }, (_, i) => Math.min(windows, 7 - i * windows)),
  );
  expect(most()).toBe(1);
});

test('videos at the same time share batches', async () => {
  const { batcher, batches } = doubling(4);
  const results = await Promise.all([
    video(batcher, 0, 3),
    video(batcher, 100, 4, 2),
    video(batcher, 200, 5, 1),
  ]);
  expect(results).toEqual([expected(0, 3), expected(100, 4), expected(200, 5)]);
  expect(batches).toEqual([8, 8, 8]);
});

test('a place given back is used again, and does not hold up a batch', async () => {
  const { batcher, batches } = doubling(2);
  batcher.enter();
  const [first, second] = [await batcher.acquire(), await batcher.acquire()];
  second.tensor.set([5, 6]);
  const features = second.submit();
  first.discard();
  batcher.leave();
  expect([...(await features)]).toEqual([10, 12]);
  expect(batches).toEqual([2]);
  expect(await video(batcher, 0, 5)).toEqual(expected(0, 5));
});

test('a failure reaches the windows of its batch only', async () => {
  const { batcher } = doubling(1, (call) => {
    if (call === 2) throw new Error('out of memory');
  });
  batcher.enter();
  const outcomes: Promise<PromiseSettledResult<Float32Array>[]>[] = [];
  for (let k = 0; k < 3; k++) {
    const slot = await batcher.acquire();
    slot.tensor.set([k, k]);
    outcomes.push(Promise.allSettled([slot.submit()]));
  }
  batcher.leave();
  const settled = (await Promise.all(outcomes)).flat();
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

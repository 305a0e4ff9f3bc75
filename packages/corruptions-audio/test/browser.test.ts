import { describeBrowser, runInNode } from '@robusta/test-kit/browser';
import type { run } from './browser/hashes.js';

const module = new URL('./browser/hashes.ts', import.meta.url);
let here: ReturnType<typeof run>;

beforeAll(async () => {
  here = await runInNode(module);
});

test('all seven corruptions of samples, by vectors and by plain loops', () => {
  expect(here.webAssembly).toBe(true);
  expect(Object.keys(here.withVectors)).toHaveLength(7 * 3);
  expect(new Set(Object.values(here.withVectors)).size).toBe(7 * 3);
  expect(here.plain).toEqual(here.withVectors);
});

describeBrowser('bundled, in a browser', (runInPage) => {
  test('the same samples as in Node', async () => {
    expect(await runInPage(module)).toEqual(here);
  });

  test('the same samples where a page may not compile WebAssembly', async () => {
    const answer = await runInPage(module, { policy: "script-src 'unsafe-inline'" });
    expect(answer).toEqual({ ...here, webAssembly: false });
  });
});

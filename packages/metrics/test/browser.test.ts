import { describeBrowser, runInNode } from '@robusta/test-kit/browser';
import type { run } from './browser/summary.js';

const module = new URL('./browser/summary.ts', import.meta.url);

test('bundled for a browser, it needs nothing of Node', async () => {
  const { areas } = await runInNode<ReturnType<typeof run>>(module);
  expect(areas.rocAuc).toBeGreaterThan(0.5);
});

describeBrowser('in a browser', (runInPage) => {
  test('the same numbers as in Node', async () => {
    expect(await runInPage(module)).toEqual(await runInNode(module));
  });
});

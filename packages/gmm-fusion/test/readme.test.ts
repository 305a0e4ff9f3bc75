import { runReadmeExample } from '@robusta/test-kit';

test('the example in the README prints what it promises', async () => {
  const { stdout, promised } = await runReadmeExample(import.meta.url);
  expect(promised).toBeDefined();
  expect(stdout).toBe(promised);
});

import { runReadmeExample } from '@robusta/test-kit';

test('the example of the README prints what it promises', async () => {
  const { stdout, promised } = await runReadmeExample(import.meta.url);
  expect(stdout).toBe(promised);
});

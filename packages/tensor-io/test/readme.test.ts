import { runReadmeExamples } from '@robusta/test-kit';

test('the examples of the README print what they promise', async () => {
  const examples = await runReadmeExamples(import.meta.url);
  expect(examples.length).toBe(2);
  for (const { stdout, promised } of examples) expect(stdout).toBe(promised);
});

import { readFile } from 'node:fs/promises';
import { runReadmeExample } from '@robusta/test-kit';
import { supportedKernels } from '../src/index.js';

test('the example of the README prints what it promises', async () => {
  const { stdout, promised } = await runReadmeExample(import.meta.url);
  expect(stdout).toBe(promised);
});

test('the kernel table of the README is complete', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const section = readme.slice(readme.indexOf('## Kernels'), readme.indexOf('## Errors'));
  const listed = [...section.matchAll(/`(\w+)`/g)].map(([, name]) => name);
  expect(listed.sort()).toEqual(supportedKernels());
});

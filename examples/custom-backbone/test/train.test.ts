import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const inFolder = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

test('the script prints what the README promises', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [inFolder('dist/train.js')]);
  const readme = await readFile(inFolder('README.md'), 'utf8');
  expect(stdout).toBe(/```text\n([\s\S]*?)```/.exec(readme)![1]);
});

test('the backbone is one file of less than 100 lines', async () => {
  const lines = (await readFile(inFolder('src/temporal-mlp.ts'), 'utf8')).trimEnd().split('\n');
  expect(lines.length).toBeLessThan(100);
});

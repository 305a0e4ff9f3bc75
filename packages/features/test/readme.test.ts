import { readFile } from 'node:fs/promises';
import { runReadmeExample } from '@robusta/test-kit';
import { type Dimension, LITE_AUDIO_DIMENSIONS, LITE_VISUAL_DIMENSIONS } from '../src/index.js';

test('the example of the README prints what it promises', async () => {
  const { stdout, promised } = await runReadmeExample(import.meta.url);
  expect(stdout).toBe(promised);
});

test('the README documents every column as the code does', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const row = ({ name, formula, unit }: Dimension, i: number) =>
    `| ${i} | \`${name}\` | ${formula.replace(/\|/g, '\\|')} | ${unit} |`;
  const part = (name: string) => readme.split(`<!-- ${name}:begin -->`)[1]?.split(`<!-- ${name}:end -->`)[0];
  const rows = (text = '') =>
    text
      .split('\n')
      .filter((line) => /^\| \d/.test(line))
      // The formatter pads the cells.
      .map((line) => line.replace(/ +/g, ' '));
  expect(rows(part('visual'))).toEqual(LITE_VISUAL_DIMENSIONS.map(row));
  expect(rows(part('audio'))).toEqual(LITE_AUDIO_DIMENSIONS.map(row));
});

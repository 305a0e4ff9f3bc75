// Runs an example by its number: `pnpm example 03`. Without one it lists them. What follows is given to the example.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../examples/', import.meta.url));
const examples = readdirSync(folder).filter((name) => /^\d\d-.*\.mjs$/.test(name));
const [number, ...rest] = process.argv.slice(2);
const name = examples.find((example) => Number(example.slice(0, 2)) === Number(number));

if (name) {
  const { status, error } = spawnSync(process.execPath, [folder + name, ...rest], { stdio: 'inherit' });
  if (error) console.error(`${name}: ${error.message}`);
  process.exitCode = status ?? 1;
} else {
  const list = examples.map((example) => {
    const [, shows] = /Shows: ([\s\S]*?[.,:]) ?/.exec(readFileSync(folder + example, 'utf8')) ?? [];
    return `  ${example.slice(0, 2)}  ${example.slice(3, -4).replaceAll('-', ' ')}: ${shows?.replace(/[.,:]$/, '')}`;
  });
  console.error(
    ['Usage: pnpm example <number>', '', ...list.map((line) => line.replace(/\s*\n \*\s*/g, ' '))].join('\n'),
  );
  process.exitCode = number === undefined ? 0 : 2;
}

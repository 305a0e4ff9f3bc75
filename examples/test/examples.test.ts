import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const folder = fileURLToPath(new URL('..', import.meta.url));
const examples = readdirSync(folder).filter((name) => /^\d\d-.*\.mjs$/.test(name));

/** The lines that the comment on top promises: those with an indent of three more. */
function promised(code: string): string[] {
  const comment = /^\/\*\n([\s\S]*?)\n \*\//.exec(code)?.[1] ?? '';
  return [...comment.matchAll(/^ \* {3}(\S.*)$/gm)].map(([, line]) => line!);
}

/** `…` stands for what differs from machine to machine. */
function fits(line: string, promise: string): boolean {
  const parts = promise.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.+')}$`).test(line);
}

test('there are ten, numbered without a gap', () => {
  const numbers = examples.map((name) => Number(name.slice(0, 2)));
  expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

describe.each(examples)('%s', (name) => {
  const code = readFileSync(folder + name, 'utf8');

  test('says on top what it shows and prints, in less than 60 lines', () => {
    expect(code).toMatch(/^\/\*\n \* Shows: [\s\S]*?\n \* Prints/);
    expect(code.split('\n').length).toBeLessThanOrEqual(60);
    expect(promised(code).length).toBeGreaterThan(0);
  });

  test('prints what it promises', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [folder + name]);
    const lines = stdout.trimEnd().split('\n');
    const promises = promised(code);
    // Where all fit, the promises themselves are compared with themselves; where one does not, a readable difference.
    const shown = lines.map((line, i) => (fits(line, promises[i] ?? '') ? promises[i] : line));
    expect(shown).toEqual(promises);
  }, 120_000);
});

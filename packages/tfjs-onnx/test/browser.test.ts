import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const source = join(import.meta.dirname, '../src');

/** What a module and all that it loads with it import from outside the package. */
function outside(file: string, seen = new Set<string>()): Set<string> {
  const found = new Set<string>();
  if (seen.has(file)) return found;
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  for (const [, type, from] of text.matchAll(/^(?:import|export)\s+(type\s)?[^;]*?from '([^']+)';/gm)) {
    if (type) continue;
    if (!from!.startsWith('.')) found.add(from!);
    else
      for (const name of outside(join(dirname(file), from!.replace(/\.js$/, '.ts')), seen)) found.add(name);
  }
  return found;
}

test('what loading the package needs is there in browsers: no module of Node, no native library', () => {
  const needed = [...outside(join(source, 'index.ts'))];
  expect(needed).toContain('@tensorflow/tfjs');
  expect(needed.filter((name) => name.startsWith('node:') || name === 'onnxruntime-node')).toEqual([]);
  expect([...outside(join(source, 'compile/probe.ts'))]).toContain('node:module');
});

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { publicPackages } from '../release/pack.mjs';
import { bundleSample } from './browser.mjs';
import { nativeDependencies, ownFindings, sampleNames, specifiers } from './project.mjs';
import { compareSizes, readSizes } from './sizes.mjs';

/** A folder with these files, for the time of a function. */
async function withFiles(files, use) {
  const folder = mkdtempSync(join(tmpdir(), 'robusta-consumer-test-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

test('every public package has a sample and a recorded size', () => {
  const names = publicPackages().map(({ manifest }) => manifest.name);
  assert.deepEqual(
    sampleNames()
      .map((name) => `@robusta/${name}`)
      .sort(),
    names,
  );
  assert.deepEqual(Object.keys(readSizes()).sort(), names);
});

test('a size may grow by a fifth, and must be recorded', () => {
  const recorded = { a: { packed: 1000 }, gone: { packed: 1 } };
  assert.deepEqual(compareSizes({ a: { packed: 1200 }, gone: { packed: 1 } }, recorded), []);
  assert.deepEqual(compareSizes({ a: { packed: 1201, bundle: 7 } }, recorded), [
    'a: packed grew by 20 % from 1000 to 1201 bytes',
    'a: bundle (7 bytes) is not recorded',
    'gone: packed is recorded but there is none',
  ]);
});

test('of the compiler, findings in the declarations of others are left out', () => {
  const ours = "node_modules/@robusta/core/dist/index.d.ts(1,1): error TS2304: Cannot find name 'X'.";
  const sample = 'core.ts(3,7): error TS2322: Type';
  const theirs = "node_modules/other/index.d.ts(1,1): error TS2304: Cannot find name 'Long'.";
  assert.deepEqual(ownFindings([ours, theirs, sample].join('\n')), [ours, sample]);
  assert.deepEqual(ownFindings(theirs), []);
  assert.deepEqual(ownFindings('cannot be started'), ['cannot be started']);
});

test('modules are entries with types', () => {
  const exports = {
    '.': { types: './dist/index.d.ts', default: './dist/index.js' },
    './testing': { types: './dist/t.d.ts', default: './dist/t.js' },
    './schema.json': './schema.json',
    './package.json': './package.json',
  };
  assert.deepEqual(specifiers({ name: '@robusta/x', manifest: { exports } }), [
    '@robusta/x',
    '@robusta/x/testing',
  ]);
});

test('native code is found wherever npm put it', async () => {
  const packages = {
    '': {},
    'node_modules/a': { dependencies: { b: '1' } },
    'node_modules/b': {},
    'node_modules/a/node_modules/b': { dependencies: { c: '1' } },
    'node_modules/c': { optionalDependencies: { 'c-linux': '1' } },
    'node_modules/c-linux': { os: ['linux'] },
    'node_modules/d': { hasInstallScript: true },
  };
  const files = {
    'package-lock.json': JSON.stringify({ packages }),
    'node_modules/a/index.js': '',
    'node_modules/b/index.js': '',
    'node_modules/a/node_modules/b/build/addon.node': '',
    'node_modules/c/index.js': '',
  };
  await withFiles(files, (folder) => {
    assert.deepEqual(nativeDependencies(folder, 'a'), ['b', 'c-linux']);
    assert.deepEqual(nativeDependencies(folder, 'b'), []);
    assert.deepEqual(nativeDependencies(folder, 'd'), ['d']);
  });
});

test('a page may ask for an engine later, and for nothing of Node at its start', async () => {
  const files = {
    'out/good.js': "import './part.js'; export const run = () => import('./engine.js');",
    'out/part.js': 'console.log("part of the start");',
    'out/engine.js': "import 'onnxruntime-node'; export const engine = 'x'.repeat(3);",
    'out/bad.js': "import { readFileSync } from 'node:fs'; export const run = () => readFileSync('x');",
  };
  await withFiles(files, async (folder) => {
    const good = await bundleSample(folder, 'good', join(folder, 'pages'));
    assert.deepEqual(good.problems, []);
    assert.ok(good.bytes > 100 && good.lazyBytes > 0);
    const bad = await bundleSample(folder, 'bad', join(folder, 'pages'));
    assert.deepEqual(bad.problems, ['page-bad.js needs node:fs']);
  });
});

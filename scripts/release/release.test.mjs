import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { checkRelease } from './check-release.mjs';
import { inOrder } from './order.mjs';
import { packAll } from './pack.mjs';

const folders = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** A workspace of two packages, the first of which needs the second. */
function workspace(change = {}) {
  const root = mkdtempSync(join(tmpdir(), 'robusta-release-test-'));
  folders.push(root);
  writeFileSync(join(root, 'pnpm-workspace.yaml'), 'packages:\n  - packages/*\n');
  writeFileSync(join(root, 'package.json'), '{"name": "root", "private": true}');
  for (const [name, dependencies] of [
    ['above', { '@robusta/below': '^1.2.0' }],
    ['below', {}],
  ]) {
    const folder = join(root, 'packages', name);
    for (const part of ['dist', 'src']) mkdirSync(join(folder, part), { recursive: true });
    const manifest = {
      name: `@robusta/${name}`,
      version: '1.2.0',
      description: 'For a test.',
      license: 'Apache-2.0',
      repository: { type: 'git', url: 'git+https://example.org/robusta.git' },
      engines: { node: '>=20.19' },
      type: 'module',
      exports: { '.': './dist/index.js' },
      files: ['dist', 'src'],
      publishConfig: { access: 'public', provenance: true },
      dependencies,
      ...change[name],
    };
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    writeFileSync(join(folder, 'dist/index.js'), `export const name = '${name}';\n`);
    writeFileSync(join(folder, 'src/index.ts'), `export const name = '${name}';\n`);
    for (const file of ['README.md', 'LICENSE']) writeFileSync(join(folder, file), `${name}\n`);
  }
  return root;
}

function pack(root) {
  const target = mkdtempSync(join(tmpdir(), 'robusta-release-test-'));
  folders.push(target);
  return packAll(target, root);
}

test('a tarball is read as it was packed, and published behind what it needs', () => {
  const packed = pack(workspace());
  assert.deepEqual(checkRelease(packed), []);
  assert.deepEqual([...packed[0].files.keys()].sort(), [
    'LICENSE',
    'README.md',
    'dist/index.js',
    'package.json',
    'src/index.ts',
  ]);
  assert.equal(packed[0].files.get('dist/index.js'), "export const name = 'above';\n".length);
  assert.deepEqual(
    inOrder(packed).map(({ name }) => name),
    ['@robusta/below', '@robusta/above'],
  );
});

test('what may not be published is named', () => {
  const root = workspace({
    above: { exports: { '.': './dist/gone.js' }, publishConfig: { access: 'public' } },
    below: { version: '1.3.0' },
  });
  mkdirSync(join(root, 'packages/below/src/test'));
  writeFileSync(join(root, 'packages/below/src/test/one.ts'), '');
  writeFileSync(join(root, 'packages/below/dist/old.js'), '');
  assert.deepEqual(checkRelease(pack(root)), [
    '@robusta/above: publishConfig.provenance is not true',
    '@robusta/above: . leads to ./dist/gone.js, which is not in it',
    '@robusta/above: @robusta/below is ^1.2.0, but 1.3.0 is released',
    '@robusta/below: version 1.3.0, but @robusta/above has 1.2.0',
    '@robusta/below: holds src/test/one.ts',
    '@robusta/below: dist/old.js is of an older build: remove dist, build again',
  ]);
});

test('packages that need each other have no order', () => {
  const packed = [
    { name: 'a', manifest: { dependencies: { b: '^1.0.0' } } },
    { name: 'b', manifest: { dependencies: { a: '^1.0.0' } } },
  ];
  assert.throws(() => inOrder(packed), /packages need each other: a -> b -> a/);
});

test('a release that was interrupted goes on with what the registry does not have', {
  timeout: 120_000,
}, async () => {
  const packed = pack(workspace());
  const bodies = [];
  // The registry has the second package already.
  const server = createServer((request, response) => {
    const name = decodeURIComponent(request.url.slice(1));
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      response.setHeader('content-type', 'application/json');
      if (request.method === 'PUT') bodies.push(JSON.parse(body));
      else if (name === '@robusta/below') {
        const version = { name, version: '1.2.0', dist: { tarball: 'http://localhost/x.tgz' } };
        return response.end(
          JSON.stringify({ name, 'dist-tags': { latest: '1.2.0' }, versions: { '1.2.0': version } }),
        );
      } else response.statusCode = 404;
      response.end('{}');
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cwd = mkdtempSync(join(tmpdir(), 'robusta-release-test-'));
  folders.push(cwd);
  const { port } = server.address();
  writeFileSync(join(cwd, 'package.json'), '{"private": true}');
  writeFileSync(join(cwd, '.npmrc'), `//127.0.0.1:${port}/:_authToken=for-a-test\n`);
  // In a thread: npm is waited for, and the registry must answer meanwhile.
  const code = `
    import { parentPort, workerData } from 'node:worker_threads';
    const { publishAll } = await import(workerData.module);
    const { packed, cwd, registry } = workerData;
    parentPort.postMessage(publishAll(packed, { provenance: false, cwd, registry }));`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), {
    workerData: {
      ...{ module: new URL('publish.mjs', import.meta.url).href, packed, cwd },
      registry: `http://127.0.0.1:${port}/`,
    },
  });
  const result = await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  }).finally(() => server.close());
  assert.deepEqual(result, { published: ['@robusta/above'], present: ['@robusta/below'] });
  assert.deepEqual(
    bodies.map((body) => [body.name, body.access, Object.keys(body['dist-tags'])]),
    [['@robusta/above', 'public', ['latest']]],
  );
});

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { networkTensors, openModel } from '@robusta/features';
import { main } from '../src/index.js';
import { checkpointOf } from './checkpoint.js';
import { robusta as run, shell } from './run.js';

const robusta = (...args: string[]) => run('models', ...args);
let folder: string;
let server: Server;
let root: string;
let checkpoint: Uint8Array;
let hash: string;
let megabytes: number;
let requests = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robusta-cli-models-'));
  process.env.ROBUSTA_CACHE = join(folder, 'cache');
  checkpoint = checkpointOf('i3d-inception');
  megabytes = Math.round(checkpoint.length / 1e6);
  hash = createHash('sha256').update(checkpoint).digest('hex');
  server = createServer((request, response) => {
    requests++;
    if (request.url !== '/i3d.pth') return void response.writeHead(404).end();
    const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const range =
      from > 0 ? { 'content-range': `bytes ${from}-${checkpoint.length - 1}/${checkpoint.length}` } : {};
    response
      .writeHead(from > 0 ? 206 : 200, { etag: '"1"', 'content-length': checkpoint.length - from, ...range })
      .end(checkpoint.subarray(from));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  delete process.env.ROBUSTA_CACHE;
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

test('fetch and import: from an address to a model that runs', async () => {
  const source = join(folder, 'i3d.pth');
  const address = `${root}/i3d.pth`;
  const stop = new AbortController();
  const interrupted = await (async () => {
    const result = { code: -1, err: '' };
    const terminal = {
      out: () => undefined,
      // The first line of progress comes with the first bytes.
      err: (text: string) => {
        result.err += text;
        if (/: [1-9]\d*\//.test(text)) stop.abort();
      },
      progressStream: undefined,
      columns: 100,
      color: false,
    };
    result.code = await main(['models', 'fetch', address, '-o', source], { terminal, signal: stop.signal });
    return result;
  })();
  expect(interrupted.code).toBe(130);
  expect(interrupted.err).toMatch(/interrupted; run the same command again to go on\n$/);
  expect(await readdir(folder)).toEqual(['cache']);

  const fetched = await robusta('fetch', address, '-o', source);
  expect(fetched.code).toBe(0);
  expect(fetched.out).toMatch(
    new RegExp(
      `^${source}: ${checkpoint.length} bytes, [1-9]\\d* bytes of an earlier download\nSHA-256 ${hash}`,
    ),
  );
  expect(fetched.err).toContain(`fetching (MB): ${megabytes}/${megabytes}\n`);
  expect(
    createHash('sha256')
      .update(await readFile(source))
      .digest('hex'),
  ).toBe(hash);

  const output = join(folder, 'i3d.onnx');
  const imported = await shell(
    'models',
    'import',
    '--kind',
    'i3d-inception',
    '--source',
    source,
    '-o',
    output,
    '--json',
  );
  expect([imported.code, imported.err]).toEqual([0, '']);
  const report = JSON.parse(imported.out);
  const tensors = networkTensors('i3d-inception').filter(({ optional }) => !optional).length;
  expect(report).toMatchObject({
    kind: 'i3d-inception',
    source: { name: 'i3d.pth', sha256: hash },
    output: { path: output },
    tensors,
    warnings: [],
  });
  const model = await openModel(output, { kind: 'i3d-inception', spinning: false });
  expect([model.sha256, model.metadata.source]).toEqual([report.output.sha256, report.source]);
  await model.dispose();
  const half = await shell(
    'models',
    'import',
    '--kind',
    'i3d-inception',
    '--source',
    source,
    '-o',
    output,
    '--precision',
    'float16',
  );
  expect(half.out).toBe(
    `${output}: i3d-inception, float16, ${Math.round(report.output.bytes / 2e6)} MB\n` +
      `from i3d.pth (${tensors} tensors; SHA-256 ${hash})\n`,
  );
});

test('fetch: the cache, the hash and --json', async () => {
  const address = `${root}/i3d.pth`;
  const before = requests;
  const first = await robusta('fetch', address, '--json');
  expect(JSON.parse(first.out)).toMatchObject({
    url: address,
    sha256: hash,
    bytes: checkpoint.length,
    cached: true,
  });
  const pinned = await robusta('fetch', address, '--sha256', hash);
  expect(pinned.out).toMatch(new RegExp(`i3d\\.pth: ${checkpoint.length} bytes\nSHA-256 ${hash}\n$`));
  const again = await robusta('fetch', address, '--sha256', hash);
  expect(again.out).toContain('bytes, from the cache\n');
  expect(requests - before).toBe(1);
  const wrong = await robusta('fetch', address, '--sha256', '0'.repeat(64), '-o', join(folder, 'wrong'));
  expect([wrong.code, wrong.out]).toEqual([1, '']);
  expect(wrong.err).toMatch(new RegExp(`${hash}, wanted is 0{64}; it was not kept \\[HASH_MISMATCH\\]`));
  expect(await readdir(folder)).not.toContain('wrong');
});

test('what cannot be: exit codes, reasons and examples', async () => {
  const absent = await robusta('fetch', `${root}/absent.pth`);
  expect([absent.code, absent.out]).toEqual([1, '']);
  expect(absent.err).toMatch(
    /absent\.pth: the server answers 404 Not Found \[DOWNLOAD_FAILED\]\n {2}hint: check the URL/,
  );
  expect(await robusta('fetch', 'i3d.pth')).toMatchObject({
    code: 2,
    err: expect.stringContaining('[BAD_OPTION]'),
  });
  const large = await robusta('fetch', `${root}/i3d.pth`, '--refresh', '--max-mb', '1');
  expect(large).toMatchObject({ code: 1, err: expect.stringContaining('larger than 1000000 bytes') });
  expect((await robusta('fetch')).code).toBe(2);
  const source = join(folder, 'x.pth');
  await writeFile(source, 'no checkpoint');
  const bad = await robusta('import', '--kind', 'vggish', '--source', source, '-o', join(folder, 'x.onnx'));
  expect(bad).toMatchObject({ code: 1, err: expect.stringMatching(/x\.pth: .*\[BAD_FORMAT\]/) });
  const missing = await robusta(
    'import',
    '--kind',
    'vggish',
    '--source',
    join(folder, 'y.pth'),
    '-o',
    'x.onnx',
  );
  expect(missing).toMatchObject({ code: 1, err: expect.stringContaining('[FILE_NOT_FOUND]') });
  expect((await robusta('import', '--kind', 'c3d', '--source', source, '-o', 'x.onnx')).code).toBe(2);
  expect((await robusta('import', '--kind', 'vggish', '--source', source)).code).toBe(2);
  expect(await readdir(folder)).not.toContain('x.onnx');
  for (const command of ['fetch', 'import'])
    expect((await robusta(command, '--help')).out).toContain(`$ robusta models ${command}`);
});

test('import: a file of another network', async () => {
  const source = join(folder, 'i3d.pth');
  const output = join(folder, 'z.onnx');
  const other = await robusta('import', '--kind', 'vggish', '--source', source, '-o', output);
  expect(other).toMatchObject({
    code: 1,
    err: expect.stringMatching(
      /holds i3d-inception, not vggish \[BAD_MODEL\]\n {2}hint: import it as i3d-inception/,
    ),
  });
  expect(await readdir(folder)).not.toContain('z.onnx');
});

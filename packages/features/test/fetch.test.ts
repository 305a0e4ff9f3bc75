import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '@robusta/core';
import { cacheEntry, defaultCacheFolder } from '../src/fetch/cache.js';
import { type FetchOptions, fetchModel } from '../src/index.js';
import { type FileServer, fileServer, type Served, sendFile } from './file-server.js';
import { sha256 } from './formula.js';

const rng = createRng(5);
const randomBytes = (size: number) => Uint8Array.from({ length: size }, () => rng.int(256));
const bytes = randomBytes(300_000);
const hash = sha256(bytes);

let folder: string;
let server: FileServer | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robusta-fetch-'));
});
afterEach(async () => {
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Serves a file, in another way at each request; the last one goes on. */
async function serving(...ways: Served[]): Promise<string> {
  let count = 0;
  server = await fileServer((request, response) =>
    sendFile(request, response, ways[Math.min(count++, ways.length - 1)]!),
  );
  return server.url('/weights/i3d.pth?download=1');
}

const fetched = (url: string, options: Partial<FetchOptions> = {}) =>
  fetchModel({ url, cacheFolder: folder, retries: 0, ...options });

/** Everything below the cache, and nothing else that a download leaves. */
const kept = async () =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((file) => file.isFile())
    .map(({ name }) => name)
    .sort();

test('a file is downloaded once; then the cache has it, also without the server', async () => {
  const url = await serving({ bytes, etag: '"a"' });
  const steps: { bytes: number; totalBytes: number | undefined }[] = [];
  const report = await fetched(url, { onProgress: (step) => steps.push(step) });
  expect(report).toMatchObject({ url, bytes: bytes.length, sha256: hash, cached: false, resumedBytes: 0 });
  expect(report.path).toMatch(/i3d\.pth$/);
  expect(sha256(await readFile(report.path))).toBe(hash);
  expect(await kept()).toEqual(['i3d.pth', 'source.json']);
  expect(steps[0]).toEqual({ bytes: 0, totalBytes: bytes.length });
  expect(steps.at(-1)).toEqual({ bytes: bytes.length, totalBytes: bytes.length });
  expect(steps.every((step, i) => i === 0 || step.bytes > steps[i - 1]!.bytes)).toBe(true);
  await server!.close();
  server = undefined;
  expect(await fetched(url)).toEqual({ ...report, cached: true });
  // A fragment is not a part of what a server is asked for.
  expect(await fetched(`${url}#weights`)).toEqual({ ...report, cached: true });
});

test('output: a copy, whole, in folders that are made', async () => {
  const url = await serving({ bytes });
  const output = join(folder, 'a', 'b', 'mine.pth');
  const report = await fetched(url, { output, sha256: hash.toUpperCase() });
  expect(report).toMatchObject({ path: output, sha256: hash });
  expect(await readdir(join(folder, 'a', 'b'))).toEqual(['mine.pth']);
  expect(sha256(await readFile(output))).toBe(hash);
  await writeFile(output, 'older');
  expect(await fetched(url, { output, sha256: hash })).toMatchObject({ cached: true });
  expect(sha256(await readFile(output))).toBe(hash);
  expect(server!.requests).toHaveLength(1);
});

test('what was interrupted goes on where it stopped', async () => {
  const url = await serving({ bytes, etag: '"a"', cutAt: 100_000 }, { bytes, etag: '"a"' });
  await expect(fetched(url)).rejects.toMatchObject({
    code: 'DOWNLOAD_FAILED',
    hint: expect.stringContaining('goes on'),
  });
  expect(await kept()).toEqual(['download.json', 'download.part']);
  const report = await fetched(url);
  expect(report.resumedBytes).toBeGreaterThan(0);
  expect(report).toMatchObject({ bytes: bytes.length, sha256: hash });
  expect(server!.requests[1]).toBe(`/weights/i3d.pth?download=1 bytes=${report.resumedBytes}- "a"`);
  expect(await kept()).toEqual(['i3d.pth', 'source.json']);
});

test('the same in one call, where attempts are left; the time of the last change is enough', async () => {
  const file = { bytes, lastModified: 'Tue, 24 Nov 2026 10:00:00 GMT' };
  const url = await serving({ ...file, cutAt: 50_000 }, file);
  const report = await fetched(url, { retries: 1 });
  expect(report).toMatchObject({ sha256: hash, cached: false });
  expect(report.resumedBytes).toBeGreaterThan(0);
  expect(server!.requests).toHaveLength(2);
});

test('a file that changed in between is downloaded from its start', async () => {
  const other = randomBytes(200_000);
  const url = await serving({ bytes, etag: '"a"', cutAt: 100_000 }, { bytes: other, etag: '"b"' });
  await expect(fetched(url)).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED' });
  expect(await fetched(url)).toMatchObject({ bytes: other.length, sha256: sha256(other), resumedBytes: 0 });
});

test('one that changed and whose server does not know If-Range, too', async () => {
  const other = randomBytes(200_000);
  let count = 0;
  server = await fileServer((request, response) => {
    delete request.headers['if-range'];
    sendFile(
      request,
      response,
      count++ === 0 ? { bytes, etag: '"a"', cutAt: 100_000 } : { bytes: other, etag: '"b"' },
    );
  });
  const url = server.url('/x');
  await expect(fetched(url)).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED' });
  expect(await fetched(url)).toMatchObject({ sha256: sha256(other), resumedBytes: 0 });
  expect(server.requests.at(-1)).toBe('/x');
});

test('a server without Range, without a length or without a validator sends all again', async () => {
  const without: Served[] = [
    { bytes, etag: '"a"', ranges: false },
    { bytes, etag: 'W/"a"' },
    { bytes, length: false },
  ];
  for (const way of without) {
    const url = await serving({ ...way, cutAt: 100_000 }, way);
    await expect(fetched(url)).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED' });
    expect(await fetched(url)).toMatchObject({ bytes: bytes.length, sha256: hash, resumedBytes: 0 });
    await server!.close();
  }
  server = undefined;
});

test('a part that is longer than the file is thrown away', async () => {
  const url = await serving(
    { bytes, etag: '"a"', cutAt: 100_000 },
    { bytes: bytes.subarray(0, 5000), etag: '"a"' },
  );
  await expect(fetched(url)).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED' });
  expect(await fetched(url)).toMatchObject({ bytes: 5000, resumedBytes: 0 });
});

test('a file of another hash is not kept, and the error has both hashes', async () => {
  const url = await serving({ bytes, etag: '"a"' });
  const wanted = sha256(new Uint8Array(1));
  const output = join(folder, 'x.pth');
  const failure = fetched(url, { sha256: wanted, output });
  await expect(failure).rejects.toMatchObject({ code: 'HASH_MISMATCH', details: { sha256: hash, wanted } });
  await expect(failure).rejects.toThrow(new RegExp(`${hash}.*${wanted}`));
  expect(await kept()).toEqual([]);
  expect(await readdir(join(folder, 'models'))).toEqual([]);
});

test('what the server refuses is told with its answer, and only busy servers are asked again', async () => {
  const answers: Record<string, number[]> = { '/absent': [404], '/private': [403], '/busy': [503, 429, 200] };
  server = await fileServer((request, response) => {
    const status = answers[request.url!]!.shift()!;
    if (status === 200) sendFile(request, response, { bytes });
    else response.writeHead(status).end('<html>no</html>');
  });
  const failure = fetched(server.url('/absent'), { retries: 3 });
  await expect(failure).rejects.toMatchObject({
    code: 'DOWNLOAD_FAILED',
    message: expect.stringContaining('/absent: the server answers 404 Not Found'),
    details: { status: 404 },
  });
  await expect(fetched(server.url('/private'))).rejects.toMatchObject({
    hint: expect.stringContaining('login'),
  });
  expect(await readdir(join(folder, 'models'))).toEqual([]);
  expect(await fetched(server.url('/busy'), { retries: 2 })).toMatchObject({ sha256: hash });
  expect(server.requests).toEqual(['/absent', '/private', '/busy', '/busy', '/busy']);
});

test('nobody there: the address and the reason are told', async () => {
  const url = await serving({ bytes });
  await server!.close();
  server = undefined;
  await expect(fetched(url)).rejects.toMatchObject({
    code: 'DOWNLOAD_FAILED',
    message: expect.stringMatching(/127\.0\.0\.1.*ECONNREFUSED/),
  });
});

test('redirections are followed on the web only, and not forever', async () => {
  server = await fileServer((request, response) => {
    const [, kind] = request.url!.split('/');
    if (kind === 'file') return sendFile(request, response, { bytes, etag: '"a"' });
    const to = { good: '/file', loop: '/loop', disk: 'file:///etc/passwd', nowhere: '' }[kind!]!;
    response.writeHead(302, to ? { location: to } : {}).end();
  });
  const at = server.url;
  const report = await fetched(at('/good/model.npz'));
  expect([report.sha256, report.path.endsWith('model.npz')]).toEqual([hash, true]);
  await expect(fetched(at('/loop'))).rejects.toThrow(/redirected more than 10 times/);
  await expect(fetched(at('/disk'))).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED' });
  await expect(fetched(at('/disk'))).rejects.toThrow(/redirected to file:/);
  await expect(fetched(at('/nowhere'))).rejects.toThrow(/redirected to nowhere/);
});

test('an abort keeps what has come', async () => {
  const url = await serving({ bytes, etag: '"a"', stallAt: 150_000 }, { bytes, etag: '"a"' });
  const stop = new AbortController();
  const running = fetched(url, {
    signal: stop.signal,
    onProgress: ({ bytes: count }) => count >= 150_000 && stop.abort(),
  });
  await expect(running).rejects.toMatchObject({ code: 'ABORTED' });
  expect(await kept()).toEqual(['download.json', 'download.part']);
  const report = await fetched(url);
  expect(report.sha256).toBe(hash);
  expect(report.resumedBytes).toBeGreaterThan(0);
  await expect(fetched(url, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
});

test('a server that falls silent is left', async () => {
  const url = await serving({ bytes, etag: '"a"', stallAt: 1000 }, { bytes, etag: '"a"' });
  await expect(fetched(url, { timeoutSeconds: 0.2 })).rejects.toThrow(/no byte came for 0\.2 seconds/);
  expect(await fetched(url)).toMatchObject({ sha256: hash, resumedBytes: 1000 });
});

test('more than was allowed is refused, whether the server says it before or not', async () => {
  for (const length of [true, false]) {
    const url = await serving({ bytes, etag: '"a"', length });
    await expect(fetched(url, { maxBytes: 299_999 })).rejects.toThrow(/larger than 299999 bytes/);
    expect(await kept()).toEqual([]);
    expect(await fetched(url, { maxBytes: 300_000, sha256: hash })).toMatchObject({ sha256: hash });
    await server!.close();
    await rm(join(folder, 'models'), { recursive: true });
  }
  server = undefined;
});

test('a damaged file in the cache is downloaded again; refresh does it with a sound one', async () => {
  const url = await serving({ bytes }, { bytes }, { bytes: bytes.subarray(1) });
  const { path } = await fetched(url);
  await writeFile(path, bytes.subarray(0, 1000));
  expect(await fetched(url)).toMatchObject({ cached: false, sha256: hash });
  expect(await fetched(url)).toMatchObject({ cached: true });
  expect(await fetched(url, { refresh: true })).toMatchObject({ cached: false, bytes: bytes.length - 1 });
  expect(sha256(await readFile(path))).toBe(sha256(bytes.subarray(1)));
});

test('two downloads of one address: the second waits for the first and takes its file', async () => {
  const url = await serving({ bytes, etag: '"a"' });
  const both = await Promise.all([fetched(url), fetched(url)]);
  expect(both.map(({ cached }) => cached).sort()).toEqual([false, true]);
  expect(server!.requests).toHaveLength(1);
});

test('the lock of a process that died is no obstacle', async () => {
  const url = await serving({ bytes });
  const { folder: place, lock } = cacheEntry(folder, new URL(url), undefined);
  await mkdir(place, { recursive: true });
  await writeFile(lock, '');
  const waiting = fetched(url, { signal: AbortSignal.timeout(400) });
  await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
  const before = new Date(Date.now() - 60_000);
  await utimes(lock, before, before);
  expect(await fetched(url)).toMatchObject({ sha256: hash });
});

test('addresses and options that cannot be', async () => {
  for (const url of ['ftp://a/b', 'file:///etc/passwd', 'models/a.pth', 'http://user:secret@127.0.0.1/a', ''])
    await expect(fetched(url)).rejects.toMatchObject({ code: 'BAD_OPTION' });
  for (const options of [{ sha256: 'abc' }, { maxBytes: 0 }, { timeoutSeconds: 0 }, { retries: -1 }])
    await expect(fetched('http://127.0.0.1/', options)).rejects.toMatchObject({ code: 'BAD_OPTION' });
  await writeFile(join(folder, 'file'), '');
  const cacheFolder = join(folder, 'file');
  await expect(fetched('http://127.0.0.1/', { cacheFolder })).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
  });
});

test('where the cache lies', () => {
  const home = join('/', 'home', 'me');
  expect(defaultCacheFolder({}, home)).toBe(join(home, '.cache', 'robusta'));
  expect(defaultCacheFolder({ XDG_CACHE_HOME: '/caches' }, home)).toBe(join('/caches', 'robusta'));
  expect(defaultCacheFolder({ XDG_CACHE_HOME: 'relative' }, home)).toBe(join(home, '.cache', 'robusta'));
  expect(defaultCacheFolder({ XDG_CACHE_HOME: '/caches', ROBUSTA_CACHE: 'mine' }, home)).toBe('mine');
});

test('names in the cache are made of the address, and harmless', () => {
  const name = (url: string) => cacheEntry('/cache', new URL(url), 'f'.repeat(64)).file.split(/[\\/]/).at(-1);
  expect(name('https://a/b/weights%20v1.safetensors?x=1')).toBe('weights_v1.safetensors');
  expect(name('https://a/..%2f..%2fetc%2fpasswd')).toBe('.._.._etc_passwd');
  expect(name('https://a/b/')).toBe('file_');
  expect(name('https://a/%2e%2e%00')).toBe('.._');
  expect(name('https://a/source.json')).toBe('file_source.json');
  expect(name('https://a/%E0%A4%A')).toBe('_E0_A4_A');
});

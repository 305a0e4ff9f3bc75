import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describeRedis, startRedis, type TestRedis } from '@robusta/test-kit/redis';
import {
  createLocalRunner,
  createQueueRunner,
  type ExtractJob,
  queueStatus,
  runQueueWorker,
} from '../src/index.js';
import { inFolder, writeTinyVideo } from './tiny-video.js';

/** Clean and two corrupted sets of features of each of some short videos. */
async function makeJobs(root: string, count: number): Promise<(workspace: string) => ExtractJob[]> {
  const ids = Array.from({ length: count }, (_, i) => `v${i}`);
  for (const [i, id] of ids.entries()) await writeTinyVideo(join(root, `${id}.mp4`), { seed: i + 1 });
  return (workspace) =>
    ids.map((id) => ({
      kind: 'extract',
      video: { id, path: join(root, `${id}.mp4`), sha256: '0'.repeat(64), frames: 24 },
      modality: 'visual',
      extractor: 'lite',
      conditions: ['clean', { corruption: 'fog', severity: 3, seed: 5 }],
      workspace,
    }));
}

async function contents(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const bytes = await Promise.all(files.sort().map((file) => readFile(file, 'base64')));
  return Object.fromEntries(files.map((file, i) => [file.slice(folder.length), bytes[i]!]));
}

/** A worker process, and what it has said so far. */
async function startWorker(url: string, queue: string): Promise<{ process: ChildProcess; lines: string[] }> {
  const file = fileURLToPath(new URL('./fixtures/queue-worker.mjs', import.meta.url));
  const worker = spawn(process.execPath, [file, url, queue], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  const reader = createInterface({ input: worker.stdout! });
  reader.on('line', (line) => lines.push(line));
  await once(reader, 'line');
  return { process: worker, lines };
}

async function end(worker: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  const exit = once(worker, 'exit');
  worker.kill(signal);
  await exit;
}

describeRedis('a queue on Redis', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis({ persistent: true });
  });
  afterAll(() => redis.remove());

  test('gives the files of the local runner, byte for byte, and both lists in order', () =>
    inFolder(async (root) => {
      const plan = await makeJobs(root, 4);
      await writeFile(join(root, 'v1.mp4'), 'no video');
      const stop = new AbortController();
      const worker = runQueueWorker({ url: redis.url, queue: 'same', concurrency: 2, signal: stop.signal });
      const [here, there] = [join(root, 'here'), join(root, 'there')];
      const local = await createLocalRunner({ workers: 2 }).run(plan(here));
      const runner = createQueueRunner({ url: redis.url, queue: 'same', retrySeconds: 0.01 });
      const progress: number[] = [];
      const queued = await runner.run(plan(there), { onProgress: ({ done }) => progress.push(done) });
      expect(queued.done.map(({ result }) => result)).toEqual(local.done.map(({ result }) => result));
      expect(queued.failed.map(({ job, error }) => [job.video.id, error.code, error.hint])).toEqual(
        local.failed.map(({ job, error }) => [job.video.id, error.code, error.hint]),
      );
      expect(queued.failed.map(({ job }) => job.video.id)).toEqual(['v1']);
      expect(progress).toEqual([1, 2, 3, 4]);
      expect(await contents(there)).toEqual(await contents(here));

      const again = await runner.run(plan(there));
      expect(again.done.map(({ result }) => result)).toEqual(
        [1, 2, 3].map(() => ({ written: 0, kept: 2, missing: false })),
      );
      expect(again.failed).toHaveLength(1);
      stop.abort();
      await worker;
    }));

  test('a poisoned video is tried three times, then set aside and reported', () =>
    inFolder(async (root) => {
      const plan = await makeJobs(root, 2);
      await writeFile(join(root, 'v0.mp4'), 'no video');
      const stop = new AbortController();
      const attempts: [number, boolean][] = [];
      const address = { url: redis.url, queue: 'poison' };
      const worker = runQueueWorker({
        ...address,
        concurrency: 1,
        signal: stop.signal,
        onFailure: ({ attempt, final }) => attempts.push([attempt, final]),
      });
      const failures: string[] = [];
      await createQueueRunner({ ...address, retrySeconds: 0.01 }).run(plan(join(root, 'work')), {
        onFailure: ({ job, error }) => failures.push(`${job.video.id} ${error.code}`),
      });
      expect(attempts).toEqual([
        [1, false],
        [2, false],
        [3, true],
      ]);
      expect(failures).toEqual(['v0 NOT_MEDIA']);
      const status = await queueStatus(address);
      expect(status).toMatchObject({
        queue: 'poison',
        workers: 1,
        waiting: 0,
        active: 0,
        delayed: 0,
        completed: 1,
      });
      expect(status.failed.map(({ job, error }) => [(job as ExtractJob).video.id, error.code])).toEqual([
        ['v0', 'NOT_MEDIA'],
      ]);
      stop.abort();
      await worker;
    }));

  test('what a killed worker was at is done by another, and nothing else twice', () =>
    inFolder(async (root) => {
      const plan = await makeJobs(root, 6);
      const jobs = plan(join(root, 'work'));
      const first = await startWorker(redis.url, 'kill');
      const second = await startWorker(redis.url, 'kill');
      try {
        const { done, failed } = await createQueueRunner({ url: redis.url, queue: 'kill' }).run(jobs, {
          onProgress: ({ done: count }) => {
            if (count === 2) void end(first.process, 'SIGKILL');
          },
        });
        expect(failed).toEqual([]);
        expect(done).toHaveLength(6);
        // The job in hand may have been finished but not yet told.
        const told = [...first.lines, ...second.lines].filter((line) => line.startsWith('done')).length;
        expect(told).toBeLessThanOrEqual(7);
      } finally {
        await end(first.process, 'SIGKILL');
        await end(second.process, 'SIGTERM');
      }
      const local = join(root, 'local');
      await createLocalRunner({ workers: 1 }).run(plan(local));
      expect(await contents(join(root, 'work'))).toEqual(await contents(local));
    }));

  test('a worker that is told to stop gives its job back', () =>
    inFolder(async (root) => {
      const plan = await makeJobs(root, 3);
      const worker = await startWorker(redis.url, 'stop');
      let heir: { process: ChildProcess } | undefined;
      const { done } = await createQueueRunner({ url: redis.url, queue: 'stop' }).run(
        plan(join(root, 'work')),
        {
          onProgress: ({ done: count }) => {
            if (count !== 1) return;
            void end(worker.process, 'SIGTERM').then(async () => {
              expect((await queueStatus({ url: redis.url, queue: 'stop' })).active).toBe(0);
              heir = await startWorker(redis.url, 'stop');
            });
          },
        },
      );
      expect(done).toHaveLength(3);
      expect(worker.process.exitCode).toBe(0);
      await end(heir!.process, 'SIGTERM');
    }));

  test('waits for workers and says so; when stopped it takes back what nobody has begun', () =>
    inFolder(async (root) => {
      const plan = await makeJobs(root, 2);
      const stop = new AbortController();
      const notices: string[] = [];
      const run = createQueueRunner({
        url: redis.url,
        queue: 'idle',
        checkSeconds: 0.05,
        onNotice: (message) => {
          notices.push(message);
          stop.abort();
        },
      }).run(plan(join(root, 'work')), { signal: stop.signal });
      await expect(run).rejects.toMatchObject({ code: 'ABORTED' });
      expect(notices[0]).toContain('no worker');
      expect(await queueStatus({ url: redis.url, queue: 'idle' })).toMatchObject({ waiting: 0, active: 0 });
    }));
});

describeRedis('a Redis server that dies', () => {
  test.each([
    ['and keeps its data', true],
    ['and forgets everything', false],
  ])('%s loses no job', (_name, persistent) =>
    inFolder(async (root) => {
      const redis = await startRedis({ persistent });
      const worker = await startWorker(redis.url, 'robusta');
      try {
        const plan = await makeJobs(root, 6);
        let restarted: Promise<void> | undefined;
        const { done, failed } = await createQueueRunner({ url: redis.url, checkSeconds: 0.5 }).run(
          plan(join(root, 'work')),
          {
            onProgress: ({ done: count }) => {
              if (count === 2) restarted = redis.kill().then(() => redis.start());
            },
          },
        );
        await restarted;
        expect(failed).toEqual([]);
        expect(done.map(({ job }) => job.video.id)).toEqual(['v0', 'v1', 'v2', 'v3', 'v4', 'v5']);
        const local = join(root, 'local');
        await createLocalRunner({ workers: 1 }).run(plan(local));
        expect(await contents(join(root, 'work'))).toEqual(await contents(local));
      } finally {
        await end(worker.process, 'SIGKILL');
        await redis.remove();
      }
    }),
  );
});

describe('addresses', () => {
  test('a server that does not answer is named, its password is not', async () => {
    const url = 'redis://user:secret@127.0.0.1:1';
    await inFolder(async (root) => {
      const plan = await makeJobs(root, 1);
      for (const call of [
        () => queueStatus({ url }),
        () => runQueueWorker({ url }),
        () => createQueueRunner({ url }).run(plan(root)),
      ]) {
        const error = await call().then(
          () => undefined,
          (reason) => reason,
        );
        expect(error).toMatchObject({
          code: 'QUEUE_UNAVAILABLE',
          hint: expect.stringContaining('redis-server'),
        });
        expect(error.message).toContain('127.0.0.1:1');
        expect(error.message).not.toContain('secret');
      }
      expect(await createQueueRunner({ url }).run([])).toEqual({ done: [], failed: [] });
      await rm(join(root, 'work'), { recursive: true, force: true });
    });
  });

  test.each([
    { url: 'http://example.org' },
    { url: 'redis://localhost', queue: 'a:b' },
    { url: 'redis://localhost', retrySeconds: 0 },
  ])('%j is refused', (options) => {
    expect(() => createQueueRunner(options)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSyntheticDataset } from '@robusta/benchmark';
import { describeRedis, startRedis, type TestRedis } from '@robusta/test-kit/redis';
import { bin, robusta } from './run.js';

describeRedis('runs on several machines', () => {
  let redis: TestRedis;
  let folder: string;
  beforeAll(async () => {
    redis = await startRedis();
    folder = await mkdtemp(join(tmpdir(), 'robusta-cli-queue-'));
  });
  afterAll(async () => {
    await redis.remove();
    await rm(folder, { recursive: true, force: true });
  });

  test('a benchmark through a worker gives the file that it gives alone', async () => {
    const root = join(folder, 'data');
    await createSyntheticDataset(root, { videos: { train: 4, test: 4 }, seconds: 2, width: 64, height: 48 });
    const benchmark = (workspace: string, ...more: string[]) =>
      robusta(
        ...['benchmark', '--dataset', 'synthetic', '--root', root, '--workspace', join(folder, workspace)],
        ...['--corruptions', 'fog', '--levels', '0,100', '--seeds', '0', '--epochs', '1', '--json', ...more],
      );
    const worker = spawn(process.execPath, [bin, 'worker', '--queue', redis.url, '--concurrency', '1'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    worker.stderr.setEncoding('utf8').on('data', (text) => (said += text));
    const queued = await benchmark('queued', '--queue', redis.url);
    expect(queued).toMatchObject({ code: 0 });
    const alone = await benchmark('alone');
    const bytes = (text: string) => readFile(JSON.parse(text).result, 'utf8');
    const portable = async (text: string, workspace: string) =>
      (await bytes(text)).replaceAll(join(folder, workspace), '');
    expect(await portable(queued.out, 'queued')).toBe(await portable(alone.out, 'alone'));

    const status = await robusta('queue', 'status', '--queue', redis.url, '--json');
    expect(JSON.parse(status.out)).toMatchObject({ workers: 1, waiting: 0, active: 0, failed: [] });
    const exit = once(worker, 'exit');
    worker.kill('SIGINT');
    expect((await exit)[0]).toBe(0);
    expect(said).toMatch(/^ready for 1 job at a time/);
    expect(said).toContain('visual features of');
    expect(said).toMatch(/stopped after \d+ jobs\n$/);
    expect((await robusta('queue', 'status', '--queue', redis.url)).out).toMatch(/workers +0/);
  });

  test('a server that does not answer', async () => {
    const url = 'redis://127.0.0.1:1';
    for (const command of [['worker'], ['queue', 'status']]) {
      const { code, err } = await robusta(...command, '--queue', url);
      expect(code).toBe(1);
      expect(err).toContain(`${url} does not answer`);
      expect(err).toContain('redis-server');
    }
  });
});

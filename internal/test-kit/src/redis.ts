import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

/** `describe` for tests that need a Redis server; where none is installed they are skipped and say so. */
export const describeRedis = (name: string, tests: () => void): void => {
  if (hasRedis) describe(name, tests);
  else describe(name, () => test.skip('skipped: there is no redis-server on this machine', () => {}));
};

/** A Redis server of a test's own. */
export interface TestRedis {
  url: string;
  /** Ends it as a crash does. */
  kill(): Promise<void>;
  /** Starts it again on the same port, with what it had or with nothing. */
  start(): Promise<void>;
  /** Ends it and removes its files. */
  remove(): Promise<void>;
}

/** Starts a server on a free port of this machine; it keeps every change on the disk if `persistent`. */
export async function startRedis({ persistent = false } = {}): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'robusta-redis-'));
  const port = await freePort();
  let server: ChildProcess | undefined;
  const start = async () => {
    const keep = persistent ? ['--appendonly', 'yes', '--appendfsync', 'always'] : [];
    server = spawn(
      'redis-server',
      ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', folder, ...keep],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    for await (const line of createInterface({ input: server.stdout! })) {
      if (line.includes('Ready to accept connections')) break;
    }
    server.stdout!.resume();
  };
  const kill = async () => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const exit = once(server, 'exit');
    server.kill('SIGKILL');
    await exit;
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    start,
    async remove() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}

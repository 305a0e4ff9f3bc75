// Sets up what is missing and nothing else: pnpm (through npx), the dependencies of the lockfile, the build.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { packageManager, engines } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`robusta needs Node ${engines.node}; this is ${process.version}. Install a newer Node.`);
  process.exit(1);
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    // To stderr: what follows may print JSON on stdout.
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
    // turbo looks for pnpm, which is among the dependencies.
    env: { ...process.env, PATH: `${root}node_modules/.bin${delimiter}${process.env.PATH}` },
  });
  if (error) console.error(`${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

function read(path) {
  try {
    return readFileSync(root + path, 'utf8');
  } catch {
    return undefined;
  }
}

// pnpm keeps the lockfile of what it installed; the same text means that nothing is missing.
if (read('node_modules/.pnpm/lock.yaml') !== read('pnpm-lock.yaml')) {
  run('npx', ['--yes', packageManager, 'install', '--frozen-lockfile']);
}
run(process.execPath, [
  'node_modules/turbo/bin/turbo',
  'run',
  'build',
  '--output-logs=errors-only',
  '--no-update-notifier',
]);

// Runs the benchmarks of all packages (or those named), one after the other. With --json: one object a line, nothing else.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({ options: { json: { type: 'boolean' } }, allowPositionals: true });
const filters = positionals.map((name) => `--filter=@robusta/${name.replace(/^@robusta\//, '')}`);
const turbo = spawn(
  process.execPath,
  [
    'node_modules/turbo/bin/turbo',
    ...['run', 'bench', '--concurrency=1', '--log-prefix=none', '--output-logs=full', '--no-update-notifier'],
    ...filters,
    ...(values.json ? ['--', '--json'] : []),
  ],
  { cwd: fileURLToPath(new URL('..', import.meta.url)), stdio: ['ignore', 'pipe', 'inherit'] },
);
createInterface({ input: turbo.stdout }).on('line', (line) => {
  if (!values.json || line.startsWith('{')) console.log(line);
});
turbo.on('close', (code) => {
  process.exitCode = code ?? 1;
});

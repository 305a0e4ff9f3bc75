import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

test('killed with SIGKILL at random moments and run again, the results are those of an undisturbed run', async () => {
  const script = fileURLToPath(new URL('../bench/kill.mjs', import.meta.url));
  // It fails where a file of results differs, and where a run cannot go on from what was left.
  const { stdout } = await promisify(execFile)(process.execPath, [script, '--kills', '3', '--json']);
  const { kills, comparisons, files } = JSON.parse(stdout);
  expect(kills).toBe(3);
  expect(comparisons).toBeGreaterThan(0);
  expect(files).toBeGreaterThanOrEqual(4);
}, 300_000);

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One thread: what is compared is one core. */
const ONE_CORE = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };

/** The Python of the environment variable PYTHON, on the path, or Debian's: the first that can import the modules. */
function pythonWith(modules) {
  const candidates = [process.env.PYTHON, '/usr/bin/python3', 'python3'].filter(Boolean);
  return candidates.find((python) => spawnSync(python, ['-c', `import ${modules}`]).status === 0);
}

/**
 * Runs a script of this folder on one frame.
 * @param script - file name; called with the path of the frame's bytes, its width and its height
 * @param wanted - modules to look for, best first
 * @returns the JSON object that it prints, or undefined, with a notice, where no Python has the modules
 */
export function runPeer(script, { width, height, data }, wanted) {
  const python = wanted.map(pythonWith).find(Boolean);
  if (!python) {
    console.error(`${script}: skipped, no Python with ${wanted.at(-1)}`);
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'robusta-bench-'));
  try {
    const file = join(folder, 'frame.rgb');
    writeFileSync(file, data);
    const path = fileURLToPath(new URL(script, import.meta.url));
    const { status, stdout, stderr } = spawnSync(python, [path, file, String(width), String(height)], {
      encoding: 'utf8',
      env: { ...process.env, ...ONE_CORE },
    });
    if (status !== 0) throw new Error(`${script}: ${stderr}`);
    return JSON.parse(stdout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

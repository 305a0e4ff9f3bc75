import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** glibc returns large blocks to the system at once, which costs PyTorch a page fault for every 4 KB of every step. */
const KEEP_MEMORY = {
  MALLOC_MMAP_THRESHOLD_: `${2 ** 33}`,
  MALLOC_TRIM_THRESHOLD_: `${2 ** 34}`,
  MALLOC_TOP_PAD_: `${2 ** 28}`,
};

/** A Python that has PyTorch: that of the environment variable PYTHON, on the path, or Debian's. */
function pythonWithTorch() {
  const candidates = [process.env.PYTHON, 'python3', '/usr/bin/python3'].filter(Boolean);
  return candidates.find((python) => spawnSync(python, ['-c', 'import torch']).status === 0);
}

/** Arrays as files of raw float32, and what is to be done with them. */
function writeTask(folder, task, arrays) {
  const shapes = Object.entries(arrays).map(([name, { shape, data }]) => {
    writeFileSync(join(folder, `${name}.f32`), data);
    return [name, shape];
  });
  writeFileSync(join(folder, 'task.json'), JSON.stringify({ ...task, arrays: Object.fromEntries(shapes) }));
}

/** Starts a script that serves training steps and scores in PyTorch; see index.d.mts. */
export async function torchPeer({ script, arrays, task }) {
  const python = pythonWithTorch();
  if (!python) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'torch-peer-'));
  try {
    writeTask(folder, task, arrays);
    const child = spawn(python, [fileURLToPath(script), folder], {
      env: { ...process.env, ...KEEP_MEMORY, PYTHONPATH: fileURLToPath(new URL('.', import.meta.url)) },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async () => {
      const { value, done } = await lines.next();
      if (done) throw new Error(`${script} ended early`);
      return JSON.parse(value);
    };
    const ask = (...command) => {
      child.stdin.write(`${JSON.stringify(command)}\n`);
      return next();
    };
    const version = await next();
    return {
      version,
      losses: (count) => ask('losses', count),
      step: () => ask('step'),
      scores: () => ask('scores'),
      score: () => ask('score'),
      close: async () => {
        child.stdin.end();
        if (child.exitCode === null) await once(child, 'exit');
      },
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

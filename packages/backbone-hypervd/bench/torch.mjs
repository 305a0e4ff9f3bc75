import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { toOfficial } from '@robusta/backbone-hypervd';
import { THREADS, taskOf } from './task.mjs';

const script = fileURLToPath(new URL('peers/hypervd_step.py', import.meta.url));

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

/** Weights and batch as files of raw float32. */
function writeTask(folder, { batch, length, dim }) {
  const { inputs, initial } = taskOf({ batch, length, dim });
  const arrays = {};
  const write = (name, shape, data) => {
    arrays[name] = shape;
    writeFileSync(join(folder, `${name}.f32`), data);
  };
  write('features', [batch, length, dim], inputs[0]);
  write('mask', [batch, length], inputs[1]);
  write('labels', [batch], inputs[2]);
  for (const [name, { shape, data }] of Object.entries(toOfficial(initial))) write(name, shape, data);
  const task = { threads: THREADS, dropout: 0.6, learningRate: 5e-4, arrays };
  writeFileSync(join(folder, 'task.json'), JSON.stringify(task));
}

/**
 * The same training step in PyTorch, from the same weights on the same batch.
 * @returns version, losses of three steps without dropout, scores of the first five bags and
 *   milliseconds of scoring them, and step(), which takes one with it and gives its
 *   milliseconds; undefined where no PyTorch is installed
 */
export async function torchStep(size) {
  const python = pythonWithTorch();
  if (!python) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'hypervd-'));
  try {
    writeTask(folder, size);
    const child = spawn(python, [script, folder], {
      env: { ...process.env, ...KEEP_MEMORY },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async () => {
      const { value, done } = await lines.next();
      if (done) throw new Error(`${script} ended early`);
      return JSON.parse(value);
    };
    const { version, losses, scores, scoreMs } = await next();
    return {
      version,
      losses,
      scores,
      scoreMs,
      step() {
        child.stdin.write('\n');
        return next();
      },
      close: () => child.stdin.end(),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

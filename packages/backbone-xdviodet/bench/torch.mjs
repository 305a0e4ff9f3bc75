import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toOfficial } from '@robusta/backbone-xdviodet';
import { THREADS, taskOf } from './task.mjs';

const script = fileURLToPath(new URL('peers/xdviodet_step.py', import.meta.url));

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

/**
 * The same training step in PyTorch, from the same weights on the same batch.
 * @returns version, losses of three steps without dropout, and median milliseconds of a step with it; undefined where
 *   no PyTorch is installed
 */
export function torchStep(size, steps) {
  const python = pythonWithTorch();
  if (!python) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'xdviodet-'));
  try {
    const { inputs, initial } = taskOf(size);
    const { batch, length, dim } = size;
    const arrays = {};
    const write = (name, shape, data) => {
      arrays[name] = shape;
      writeFileSync(join(folder, `${name}.f32`), data);
    };
    write('features', [batch, length, dim], inputs[0]);
    write('mask', [batch, length], inputs[1]);
    write('labels', [batch], inputs[2]);
    for (const [name, { shape, data }] of Object.entries(toOfficial(initial))) write(name, shape, data);
    const task = { threads: THREADS, steps, dropout: 0.6, learningRate: 1e-4, arrays };
    writeFileSync(join(folder, 'task.json'), JSON.stringify(task));
    const env = { ...process.env, ...KEEP_MEMORY };
    const { status, stdout, stderr } = spawnSync(python, [script, folder], { env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${script} failed: ${stderr}`);
    return JSON.parse(stdout);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/**
 * scikit-learn's average precision of these labels and scores, or undefined where no Python has scikit-learn.
 * `run()` gives the milliseconds and the value of one call.
 */
export async function scikitLearn(labels, scores) {
  const candidates = [process.env.PYTHON, 'python3', '/usr/bin/python3'].filter(Boolean);
  const python = candidates.find((name) => spawnSync(name, ['-c', 'import sklearn.metrics']).status === 0);
  if (!python) {
    console.error('No Python with scikit-learn was found: the comparison with it is left out.');
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'robusta-metrics-'));
  try {
    writeFileSync(join(folder, 'labels.u8'), labels);
    writeFileSync(join(folder, 'scores.f64'), scores);
    const script = fileURLToPath(new URL('average_precision.py', import.meta.url));
    const child = spawn(python, [script, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async () => {
      const { value, done } = await lines.next();
      if (done) throw new Error(`${script} ended early`);
      return JSON.parse(value);
    };
    const version = await next(); // it has read the files
    return {
      version,
      run: () => {
        child.stdin.write('\n');
        return next();
      },
      close: async () => {
        child.stdin.end();
        if (child.exitCode === null) await once(child, 'exit');
      },
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// Memory of the process while it trains, in a process of its own: flat after the first steps.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { record, THREADS } from '@robusta/test-kit/bench';
import { compileStep } from '@robusta/tfjs-onnx';
import { nameOf, training } from './task.mjs';

const CHECKED = [10, 50, 100, 200];

if (process.send) {
  const size = JSON.parse(process.argv[2]);
  const { definition, inputs, learningRate } = training(size);
  const step = await compileStep({ ...definition, threads: THREADS });
  for (let count = 1; count <= CHECKED.at(-1); count++) {
    await step.run(inputs, { learningRate });
    if (CHECKED.includes(count)) process.send({ count, megabytes: process.memoryUsage.rss() / 2 ** 20 });
  }
  step.dispose();
  process.disconnect();
} else {
  for (const size of [
    { batch: 32, length: 32, dim: 384 },
    { batch: 128, length: 200, dim: 1152 },
  ]) {
    const child = fork(fileURLToPath(import.meta.url), [JSON.stringify(size)]);
    let tenth;
    child.on('message', ({ count, megabytes }) => {
      tenth ??= megabytes;
      record({
        package: '@robusta/backbone-xdviodet',
        name: `resident memory after ${count} steps, ${nameOf(size)}`,
        value: megabytes,
        unit: 'MB',
        ...(count > CHECKED[0] ? { peer: 'of that after 10', ratio: megabytes / tenth, target: '1' } : {}),
      });
    });
    await new Promise((resolve, reject) => {
      child.on('exit', (code) =>
        code === 0 ? resolve() : reject(new Error(`the child ended with ${code}`)),
      );
    });
  }
}

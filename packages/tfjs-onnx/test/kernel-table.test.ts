import { readFileSync, writeFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { supportedKernels, trace } from '../src/index.js';
import { kernelLimits, refusedKernels } from '../src/kernels/refused.js';
import { kernelTable, tfjsKernels } from './kernel-table.js';

const readme = new URL('../README.md', import.meta.url);

/** With UPDATE_README=1 in the environment, the table is written instead of compared. */
test('the README has the table of kernels', () => {
  const table = `\n${kernelTable().join('\n')}\n`;
  if (process.env.UPDATE_README) {
    const text = readFileSync(readme, 'utf8');
    writeFileSync(readme, text.replace(/\n\| kernel +\| traced.*\n(\|.*\n)*/, table));
  }
  expect(readFileSync(readme, 'utf8')).toContain(table);
});

test('every kernel of tfjs is either supported or refused with a reason', () => {
  const own = supportedKernels().filter((name) => name.startsWith('Robusta'));
  const accounted = [...supportedKernels(), ...Object.keys(refusedKernels)];
  expect(tfjsKernels()).toHaveLength(180);
  expect([...accounted].sort()).toEqual([...tfjsKernels(), ...own].sort());
  expect(supportedKernels()).toEqual(expect.arrayContaining(Object.keys(kernelLimits)));
});

test.each(Object.entries(refusedKernels))('%s is refused with its reason', (name, reason) => {
  const call = () =>
    trace(([t]) => [tf.engine().runKernel(name, { x: t! }) as tf.Tensor], [{ shape: [2], dtype: 'float32' }]);
  expect(call).toThrow(
    expect.objectContaining({
      code: 'UNSUPPORTED_OP',
      message: expect.stringContaining(reason),
      details: expect.objectContaining({ kernel: name, shapes: 'x: float32[2]' }),
    }),
  );
});

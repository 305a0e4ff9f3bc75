import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { trace } from '../src/index.js';
import { specsOf, valuesOf, withGradients } from './agree.js';
import type { Case } from './cases/case.js';
import { nodeScript, READ_INPUT } from './node-script.js';
import { SAMPLE_DIMS, sampleSteps, sampleValues } from './sample-steps.js';

const script = `${READ_INPUT}
  import ort from 'onnxruntime-node';
  for (const { label, model, feeds } of input.graphs) {
    const options = { logSeverityLevel: input.severity, logId: label, intraOpNumThreads: 1 };
    const session = await ort.InferenceSession.create(Buffer.from(model, 'base64'), options);
    const tensors = {};
    for (const { name, dtype, shape, values } of feeds) {
      tensors[name] = new ort.Tensor(dtype, dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values), shape);
    }
    await session.run(tensors);
    await session.release();
    process.stdout.write('.');
  }`;

/** A graph and inputs for it, as JSON. */
const request = (
  label: string,
  fn: Case['fn'],
  specs: ReturnType<typeof specsOf>,
  values: ArrayLike<number>[],
) => ({
  label,
  model: Buffer.from(trace(fn, specs).toBytes()).toString('base64'),
  feeds: specs.map(({ dtype, shape }, i) => ({
    name: `input_${i}`,
    dtype,
    shape: shape.map((extent) => (typeof extent === 'string' ? SAMPLE_DIMS[extent] : extent)),
    values: Array.from(values[i]!),
  })),
});

const stepRequests = () =>
  Object.entries(sampleSteps).map(([name, step]) => request(name, step.fn, step.specs, sampleValues(step)));

async function cases(): Promise<Case[]> {
  const all: Case[] = [];
  for (const file of readdirSync(join(import.meta.dirname, 'cases'))) {
    // One after the other: jest's module loader does not take them at once.
    const module = (await import(`./cases/${file.replace('.ts', '.js')}`)) as Record<string, unknown>;
    for (const exported of Object.values(module)) if (Array.isArray(exported)) all.push(...exported);
  }
  return all;
}

/** ONNX Runtime's levels. */
const [INFO, WARNING] = [1, 2];

test('ONNX Runtime has nothing to warn of in traced training steps', async () => {
  const graphs = stepRequests();
  const { stdout, stderr } = await nodeScript(script, { severity: WARNING, graphs });
  expect(stderr).toBe('');
  expect(stdout).toBe('.'.repeat(graphs.length));
});

test('nor in any kernel and its gradient', async () => {
  const all = await cases();
  expect(all.length).toBeGreaterThan(100);
  const graphs = all.map(({ name, fn, inputs, gradients = [] }) =>
    request(name, withGradients(fn, gradients), specsOf(inputs), valuesOf(inputs)),
  );
  const { stdout, stderr } = await nodeScript(script, { severity: WARNING, graphs });
  expect(stderr).toBe('');
  expect(stdout).toBe('.'.repeat(graphs.length));
});

test('what ONNX Runtime prints would be seen', async () => {
  const { stderr } = await nodeScript(script, { severity: INFO, graphs: stepRequests().slice(0, 1) });
  expect(stderr).toContain('[I:onnxruntime:');
});

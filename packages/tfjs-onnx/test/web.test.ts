import { expectClose } from '@robusta/test-kit';
import { compile, trace } from '../src/index.js';
import { nodeScript, READ_INPUT } from './node-script.js';
import { SAMPLE_DIMS, sampleSteps, sampleValues } from './sample-steps.js';

// onnxruntime-web is the library for browsers; its WebAssembly also runs under Node.
const script = `${READ_INPUT}
  const ort = await import('onnxruntime-web');
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(Buffer.from(input.model, 'base64'));
  const feeds = {};
  for (const { name, dtype, shape, values } of input.feeds) {
    const data = dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values);
    feeds[name] = new ort.Tensor(dtype, data, shape);
  }
  const results = await session.run(feeds);
  const outputs = input.outputs.map((name) => Array.from(results[name].data));
  process.stdout.write(JSON.stringify({ outputs, version: ort.env.versions.web }));`;

test.each(Object.keys(sampleSteps))('onnxruntime-web computes the same: %s', async (name) => {
  const step = sampleSteps[name]!;
  const graph = trace(step.fn, step.specs);
  const values = sampleValues(step);
  using compiled = await compile(step.fn, step.specs);
  const expected = await compiled.run(
    values,
    step.specs.some(({ shape }) => shape.includes('T')) ? { dims: SAMPLE_DIMS } : {},
  );
  const { stdout, stderr } = await nodeScript(script, {
    model: Buffer.from(graph.toBytes()).toString('base64'),
    feeds: graph.inputs.map(({ name: input, dtype, shape }, i) => ({
      name: input,
      dtype,
      shape: shape.map((extent) => (typeof extent === 'string' ? SAMPLE_DIMS[extent] : extent)),
      values: Array.from(values[i]!),
    })),
    outputs: graph.outputs.map(({ name: output }) => output),
  });
  expect(stderr).toBe('');
  const { outputs } = JSON.parse(stdout) as { outputs: number[][] };
  expect(outputs).toHaveLength(expected.length);
  // Sums in another order.
  for (const [i, output] of expected.entries()) {
    expectClose(outputs[i]!, output, { relative: 1e-5, absolute: 1e-6, label: `output ${i}` });
  }
});

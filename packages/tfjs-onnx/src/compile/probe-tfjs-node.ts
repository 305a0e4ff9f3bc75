import { createRequire } from 'node:module';
import { askChild } from './child.js';
import type { Probe } from './probe.js';
import { sampleInputs, sampleProblem, sampleSpecs } from './sample-step.js';

const script = `
  import { createRequire } from 'node:module';
  const answer = async ({ base, module, specs, inputs }) => {
    try {
      const require = createRequire(base);
      require.resolve(module);
      const tf = require(module);
      const step = () => tf.tidy(() => {
        const tensors = inputs.map((values, i) => tf.tensor(values, specs[i].shape));
        const loss = (x, w) => tf.sum(tf.square(tf.relu(tf.matMul(x, w))));
        const { value, grads } = tf.valueAndGrads(loss)(tensors);
        return [value, ...grads].map((tensor) => Array.from(tensor.dataSync()));
      });
      step();
      const start = performance.now();
      const values = step();
      return { values, milliseconds: performance.now() - start };
    } catch (error) {
      return { error: String(error.message).split('\\n')[0] };
    }
  };`;

/** TensorFlow's library prints while it is loaded and makes itself the backend in force: it gets its own process. */
export async function probeTfjsNode(engine: 'tfjs-node' | 'tfjs-node-gpu'): Promise<Probe> {
  const module = `@tensorflow/${engine}`;
  const base = import.meta.url;
  try {
    createRequire(base).resolve(module);
  } catch {
    return { works: false, reason: `${module} is not installed` };
  }
  try {
    const inputs = sampleInputs().map((values) => Array.from(values));
    const { answer } = await askChild<{ error?: string; values?: number[][]; milliseconds?: number }>(
      script,
      {
        base,
        module,
        specs: sampleSpecs,
        inputs,
      },
    );
    const reason = answer.error ?? sampleProblem(answer.values!);
    return reason === undefined
      ? { works: true, milliseconds: answer.milliseconds! }
      : { works: false, reason };
  } catch (error) {
    return { works: false, reason: (error as Error).message };
  }
}

// One training step of an eager engine, in a process of its own: node eager-step.mjs '{"engine", "batch", "length", "dim"}'
import { compileStep } from '@robusta/tfjs-onnx';
import { training } from './task.mjs';

const { engine, ...size } = JSON.parse(process.argv[2]);
const { definition, inputs, learningRate } = training(size);
// Compiling runs the step once on zeros, which warms up: memory, and the code of the kernels.
const step = await compileStep({ ...definition, engine });
const start = performance.now();
await step.run(inputs, { learningRate });
const stepMs = performance.now() - start;
console.log(JSON.stringify({ stepMs }));

// One training step of an eager engine, in a process of its own: node eager-step.mjs '{"engine", "batch", "length", "dim"}'
import { compileStep } from '@robusta/tfjs-onnx';
import { medianOf, taskOf } from './task.mjs';

const { engine, ...size } = JSON.parse(process.argv[2]);
const { definition, inputs } = taskOf(size);
// Compiling runs the step once on zeros, which warms up: memory, and the code of the kernels.
const step = await compileStep({ ...definition, engine });
const stepMs = await medianOf(1, 0, () => step.run(inputs, { learningRate: 1e-4 }));
console.log(JSON.stringify({ stepMs }));

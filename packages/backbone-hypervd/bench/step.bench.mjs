// Training step (forward, backward, Adam) and scoring on ONNX Runtime, against PyTorch on the same two threads.
import { backboneBench } from '@robusta/test-kit/bench';
import { compile, compileStep } from '@robusta/tfjs-onnx';
import { nameOf, peer, published, scoring, training } from './task.mjs';

const task = {
  package: '@robusta/backbone-hypervd',
  published,
  checkedSteps: 3,
  // The similarity graph amplifies rounding: to 3e-4 within the published code itself.
  tolerance: 3e-3,
  turns: 5,
  nameOf,
  training,
  scoring,
  peer,
};

await backboneBench(task, { compile, compileStep });

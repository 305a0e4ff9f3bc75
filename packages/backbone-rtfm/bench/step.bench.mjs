// Training step (forward, backward, Adam) and scoring on ONNX Runtime, against PyTorch on the same two threads. The
// published batch of 64 bags needs some 5 GB here and as much in PyTorch, and a step takes a minute on a slow machine.
import { backboneBench } from '@robusta/test-kit/bench';
import { compile, compileStep } from '@robusta/tfjs-onnx';
import { nameOf, peer, scoring, training } from './task.mjs';

const task = {
  package: '@robusta/backbone-rtfm',
  published: { bags: 64, crops: 10, length: 32, dim: 2048 },
  checked: { bags: 4, crops: 10, length: 32, dim: 2048 },
  checkedSteps: 2,
  tolerance: 1e-4,
  turns: 1,
  nameOf,
  training,
  scoring,
  peer,
};

await backboneBench(task, { compile, compileStep });

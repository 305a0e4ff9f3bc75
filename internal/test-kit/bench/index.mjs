export { benchArray } from './array.mjs';
export { backboneBench, THREADS } from './backbone.mjs';
export { record } from './record.mjs';
export { cropsOf, scoringTask, trainingTask } from './task.mjs';
export { measure, measurePair } from './timing.mjs';
export { torchPeer } from './torch-peer.mjs';

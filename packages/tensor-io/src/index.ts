export { narrowFloat16, widenFloat16 } from './half.js';
export { type NpyHeader, readNpy, readNpyElements, readNpyHeader, writeNpy } from './npy.js';
export { type ReadNpzOptions, readNpz } from './npz.js';
export type { PthValue } from './pth-values.js';
export { type ReadPthOptions, readPth, readPthObject } from './read-pth.js';
export { readSafetensors, type Safetensors, writeSafetensors } from './safetensors.js';
export type { DType, TensorArrays, TensorData } from './tensor.js';

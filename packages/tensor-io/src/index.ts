export { readNpy, writeNpy } from './npy.js';
export { readSafetensors, type Safetensors, writeSafetensors } from './safetensors.js';
export type { DType, TensorArrays, TensorData } from './tensor.js';

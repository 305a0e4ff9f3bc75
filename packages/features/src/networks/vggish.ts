import { int, ints, type Value } from '@robusta/tfjs-onnx/onnx';
import type { FrameGraph } from './frames.js';
import { type Expected, elements, type StateDict } from './state-dict.js';

/** Convolutions and pools (`'pool'`) in order: place in the published list of layers, channels in and out. */
const FEATURES: readonly (readonly [index: number, inputs: number, outputs: number] | 'pool')[] = [
  [0, 1, 64],
  'pool',
  [3, 64, 128],
  'pool',
  [6, 128, 256],
  [8, 256, 256],
  'pool',
  [11, 256, 512],
  [13, 512, 512],
  'pool',
];

/** Layers of the second part: place in the list, widths. */
const EMBEDDINGS: readonly (readonly [index: number, inputs: number, outputs: number])[] = [
  [0, 12288, 4096],
  [2, 4096, 4096],
  [4, 4096, 128],
];

/** Every tensor of the network; the parameters of its post-processing, which some files have, too. */
export function vggishTensors(): Expected[] {
  return [
    ...FEATURES.flatMap((layer) => {
      if (layer === 'pool') return [];
      const [index, inputs, outputs] = layer;
      return [
        { name: `features.${index}.weight`, shape: [outputs, inputs, 3, 3] },
        { name: `features.${index}.bias`, shape: [outputs] },
      ];
    }),
    ...EMBEDDINGS.flatMap(([index, inputs, outputs]) => [
      { name: `embeddings.${index}.weight`, shape: [outputs, inputs] },
      { name: `embeddings.${index}.bias`, shape: [outputs] },
    ]),
    { name: 'pproc.pca_eigen_vectors', shape: [128, 128], optional: true },
    { name: 'pproc.pca_means', shape: [128, 1], optional: true },
  ];
}

/**
 * VGGish: log-mel patches `[batch, 1, 96, 64]` to embeddings before the last ReLU, which torchvggish applies and
 * TensorFlow's newer code does not: whoever uses them decides.
 * @returns `[batch, 128]`
 */
export function vggish(net: FrameGraph, state: StateDict, input: Value): Value {
  const tensor = (name: string) => net.constant(state[name]!.shape, single(elements(state, name)));
  const stage = (name: string, value: Value): Value => {
    net.stages.set(name, { values: [value], rank: name.startsWith('features') ? 4 : 2 });
    return value;
  };
  let x = input;
  let place = 0;
  for (const layer of FEATURES) {
    if (layer === 'pool') {
      const attributes = { kernel_shape: ints([2, 2]), strides: ints([2, 2]) };
      x = stage(`features.${place++}`, net.node('MaxPool', [x], attributes));
      continue;
    }
    const [index] = layer;
    const attributes = { kernel_shape: ints([3, 3]), strides: ints([1, 1]), pads: ints([1, 1, 1, 1]) };
    const weights = [tensor(`features.${index}.weight`), tensor(`features.${index}.bias`)];
    x = stage(`features.${index}`, net.node('Conv', [x, ...weights], attributes));
    x = stage(`features.${index + 1}`, net.node('Relu', [x]));
    place = index + 2;
  }
  // The published code flattens as height, width, channel.
  x = net.node('Flatten', [net.node('Transpose', [x], { perm: ints([0, 2, 3, 1]) })]);
  for (const [index] of EMBEDDINGS) {
    const weights = [tensor(`embeddings.${index}.weight`), tensor(`embeddings.${index}.bias`)];
    x = stage(`embeddings.${index}`, net.node('Gemm', [x, ...weights], { transB: int(1) }));
    if (index < 4) x = stage(`embeddings.${index + 1}`, net.node('Relu', [x]));
  }
  return net.leave(x);
}

const single = (values: Float32Array | Float64Array): Float32Array =>
  values instanceof Float32Array ? values : Float32Array.from(values);

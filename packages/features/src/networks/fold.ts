import { type Expected, elements, type StateDict } from './state-dict.js';

/** A convolution with its bias, the batch norm that follows it multiplied in. */
export interface Convolution {
  /** `[out, in, time, height, width]`. */
  shape: readonly [number, number, number, number, number];
  weight: Float32Array;
  bias: Float32Array;
  /** What the batch norm did to each output channel: `output = scale * convolution + bias`. */
  scale: Float64Array;
}

/** The tensors of a batch norm. */
export function normTensors(name: string, channels: number): Expected[] {
  const shape = [channels];
  return [
    { name: `${name}.weight`, shape },
    { name: `${name}.bias`, shape },
    { name: `${name}.running_mean`, shape },
    { name: `${name}.running_var`, shape },
    { name: `${name}.num_batches_tracked`, shape: [], optional: true },
  ];
}

/**
 * Multiplies a batch norm of the inference form into the convolution before it, in double precision, rounded once.
 * @param convolution - name of the weight without `.weight`; a bias is used where `withBias`
 */
export function fold(
  state: StateDict,
  convolution: string,
  norm: string,
  epsilon: number,
  withBias = false,
): Convolution {
  const { shape } = state[`${convolution}.weight`]!;
  const weight = elements(state, `${convolution}.weight`);
  const [gamma, beta, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map((part) =>
    elements(state, `${norm}.${part}`),
  );
  const own = withBias ? elements(state, `${convolution}.bias`) : undefined;
  const channels = shape[0]!;
  const fanIn = weight.length / channels;
  const folded = new Float32Array(weight.length);
  const bias = new Float32Array(channels);
  const scale = new Float64Array(channels);
  for (let channel = 0; channel < channels; channel++) {
    const factor = gamma![channel]! / Math.sqrt(variance![channel]! + epsilon);
    scale[channel] = factor;
    bias[channel] = beta![channel]! + ((own?.[channel] ?? 0) - mean![channel]!) * factor;
    const end = (channel + 1) * fanIn;
    for (let i = channel * fanIn; i < end; i++) folded[i] = weight[i]! * factor;
  }
  return { shape: shape as unknown as Convolution['shape'], weight: folded, bias, scale };
}

/** A convolution without a batch norm. */
export function plain(state: StateDict, name: string): Convolution {
  const { shape } = state[`${name}.weight`]!;
  return {
    shape: shape as unknown as Convolution['shape'],
    weight: Float32Array.from(elements(state, `${name}.weight`)),
    bias: Float32Array.from(elements(state, `${name}.bias`)),
    scale: new Float64Array(shape[0]!).fill(1),
  };
}

/** The 2-D kernel of one step in time: `[out, in, height, width]`. */
export function timeStep({ shape, weight }: Convolution, step: number): Float32Array {
  const [outputs, inputs, time, height, width] = shape;
  if (time === 1) return weight;
  const area = height * width;
  const kernel = new Float32Array(outputs * inputs * area);
  for (let i = 0; i < outputs * inputs; i++) {
    const from = (i * time + step) * area;
    kernel.set(weight.subarray(from, from + area), i * area);
  }
  return kernel;
}

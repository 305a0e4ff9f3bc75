import { int, ints, type Value } from '@robusta/tfjs-onnx/onnx';
import { fold, normTensors, plain } from './fold.js';
import type { FrameGraph, Frames, Window, Window3 } from './frames.js';
import type { Expected, StateDict } from './state-dict.js';

const EPSILON = 1e-5;
const POINT: Window = { kernel: 1, stride: 1, before: 0, after: 0 };
const HALF: Window = { kernel: 2, stride: 2, before: 0, after: 0 };
const POINTS: Window3 = [POINT, POINT, POINT];

/** The tensors of a non-local block over that many channels. */
export function nonLocalTensors(name: string, channels: number): Expected[] {
  const inner = channels / 2;
  const inward = ['theta', 'phi', 'g'].flatMap((part) => [
    { name: `${name}.${part}.weight`, shape: [inner, channels, 1, 1, 1] },
    { name: `${name}.${part}.bias`, shape: [inner] },
  ]);
  return [
    ...inward,
    { name: `${name}.out.weight`, shape: [channels, inner, 1, 1, 1] },
    { name: `${name}.out.bias`, shape: [channels] },
    ...normTensors(`${name}.bn`, channels),
  ];
}

/**
 * `x + BN(out(softmax(theta(x)' phi(p) / sqrt(C')) g(p)))`, p the 1 x 2 x 2 maxima of x: every place of the clip looks
 * at every place of p, at all points in time.
 */
export function nonLocal(net: FrameGraph, state: StateDict, name: string, x: Frames): Frames {
  const { builder } = net;
  const inner = state[`${name}.theta.weight`]!.shape[0]!;
  const flat = builder.constant('int64', [3], [0, inner, -1]);
  const scale = net.constant([], Float32Array.of(1 / Math.sqrt(inner)));
  const rows = (frames: Frames): Value[] =>
    frames.pictures.map((picture) => net.node('Reshape', [picture, flat]));
  const part = (from: Frames, which: string) => net.convolve(from, plain(state, `${name}.${which}`), POINTS);
  const pooled = net.maxPool(x, [POINT, HALF, HALF]);
  const everywhere = (which: string) => net.node('Concat', rows(part(pooled, which)), { axis: int(2) });
  const [keys, values] = [everywhere('phi'), everywhere('g')];
  const valueRows = net.node('Transpose', [values], { perm: ints([0, 2, 1]) });
  const theta = part(x, 'theta');
  const back = builder.constant('int64', [4], [0, inner, x.height, x.width]);
  const seen = rows(theta).map((query) => {
    const queryRows = net.node('Transpose', [query], { perm: ints([0, 2, 1]) });
    const likeness = net.node('Mul', [net.node('MatMul', [queryRows, keys]), scale]);
    const weights = net.node('Softmax', [likeness], { axis: int(-1) });
    const mixed = net.node('MatMul', [weights, valueRows]);
    return net.node('Reshape', [net.node('Transpose', [mixed], { perm: ints([0, 2, 1]) }), back]);
  });
  const out = net.convolve(
    { ...x, pictures: seen },
    fold(state, `${name}.out`, `${name}.bn`, EPSILON, true),
    POINTS,
  );
  return net.add(out, x);
}

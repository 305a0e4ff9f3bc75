import * as tf from '@tensorflow/tfjs';
import type { Ops } from '../graph/ops.js';
import { broadcastShape } from '../graph/ops.js';
import { float, type Value } from '../graph/value.js';
import { arithmetics } from './arithmetic.js';
import { elu, expm1, log1p, sigmoid, softplus } from './float-functions.js';
import type { Call, Lowering, LoweringTable } from './kernel.js';
import { convert, inFloat, number, wider } from './types.js';

/** A function of float32 alone. */
const ofFloat =
  (compute: (ops: Ops, x: Value) => Value): Lowering =>
  ({ ops, inputs: { x } }) =>
    inFloat(ops, x!, (float) => compute(ops, float));

const floating = (op: string): Lowering => ofFloat((ops, x) => ops.unary(op, x));

/** A function that ONNX has for float32 and int32. */
const unary =
  (op: string): Lowering =>
  ({ ops, inputs: { x } }) =>
    ops.unary(op, number(x!));

/** Bounds of integers are rounded toward zero, and infinite ones do not bound. */
function clip(ops: Ops, x: Value, low: number, high: number): Value {
  const bound = (value: number) =>
    x.type === 'int32' ? Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, value)) : value;
  const bounds = [ops.scalar(x.type, bound(low)), ops.scalar(x.type, bound(high))];
  return ops.graph.node('Clip', [number(x), ...bounds], x.type, x.shape);
}

/** 1 above 0, alpha at and below it, NaN for NaN. */
function step({ ops, inputs: { x }, attributes }: Call): Value {
  const alpha = (attributes.alpha as number | undefined) ?? 0;
  // Sign keeps NaN; Relu is there already where this is its gradient.
  if (alpha === 0) return ops.unary('Sign', ops.unary('Relu', number(x!)));
  const below = ops.compare('LessOrEqual', number(x!), ops.scalar(x!.type, 0));
  return ops.where(below, ops.scalar(x!.type, alpha), ops.unary('Sign', x!));
}

/** tfjs gives 0 for NaN, ONNX NaN. */
function sign({ ops, inputs: { x } }: Call): Value {
  if (number(x!).type === 'int32') return ops.unary('Sign', x!);
  const zero = ops.scalar('float32', 0);
  const is = (op: 'Greater' | 'Less') => ops.cast(ops.compare(op, x!, zero), 'float32');
  return ops.sub(is('Greater'), is('Less'));
}

function select({ ops, inputs: { condition, t, e } }: Call): Value {
  const rank = t!.shape.length;
  // A condition of rank 1 chooses whole rows.
  const rows = condition!.shape.length === 1 && rank > 1;
  const mask = rows ? ops.reshape(condition!, [...condition!.shape, ...Array(rank - 1).fill(1)]) : condition!;
  const type = wider(t!.type, e!.type);
  const wide = type === 'bool' ? 'int32' : type;
  const chosen = ops.where(ops.cast(mask, 'bool'), ops.cast(t!, wide), ops.cast(e!, wide));
  return ops.cast(chosen, type);
}

/** The activation of a fused kernel. */
export function activate(ops: Ops, x: Value, name: string | undefined, alpha: unknown, slope?: Value): Value {
  switch (name ?? 'linear') {
    case 'linear':
      return x;
    case 'relu':
      return ops.unary('Relu', x);
    case 'relu6':
      return clip(ops, x, 0, 6);
    case 'sigmoid':
      return sigmoid(ops, x);
    case 'elu':
      return elu(ops, x);
    case 'leakyrelu':
      return ops.unary('LeakyRelu', x, { alpha: float(typeof alpha === 'number' ? alpha : 0.2) });
    default:
      return prelu(ops, x, slope!);
  }
}

const prelu = (ops: Ops, x: Value, slope: Value) =>
  ops.where(ops.compare('Less', x, ops.scalar('float32', 0)), ops.mul(x, slope), x);

export const elementwise: LoweringTable = {
  ...arithmetics,
  Abs: unary('Abs'),
  Neg: unary('Neg'),
  Relu: unary('Relu'),
  Sign: sign,
  Step: step,
  Square: ({ ops, inputs: { x } }) => ops.mul(number(x!), x!),
  Relu6: ({ ops, inputs: { x } }) => clip(ops, x!, 0, 6),
  ClipByValue: ({ ops, inputs: { x }, attributes }) =>
    clip(ops, x!, attributes.clipValueMin, attributes.clipValueMax),
  Round: ({ ops, inputs: { x } }) => (x!.type === 'int32' ? x! : ops.unary('Round', number(x!))),

  Acos: floating('Acos'),
  Acosh: floating('Acosh'),
  Asin: floating('Asin'),
  Asinh: floating('Asinh'),
  Atan: floating('Atan'),
  Atanh: floating('Atanh'),
  Ceil: floating('Ceil'),
  Cos: floating('Cos'),
  Cosh: floating('Cosh'),
  Erf: floating('Erf'),
  // Unlike the others, tfjs's exp of integers is float32.
  Exp: ({ ops, inputs: { x } }) => ops.unary('Exp', ops.cast(x!, 'float32')),
  Floor: floating('Floor'),
  Log: floating('Log'),
  Reciprocal: floating('Reciprocal'),
  Sin: floating('Sin'),
  Sinh: floating('Sinh'),
  Sqrt: floating('Sqrt'),
  Tan: floating('Tan'),
  Tanh: floating('Tanh'),
  Elu: ofFloat(elu),
  Selu: ofFloat((ops, x) => elu(ops, x, tf.backend_util.SELU_SCALE, tf.backend_util.SELU_SCALEALPHA)),
  Expm1: ofFloat(expm1),
  Log1p: ofFloat(log1p),
  Rsqrt: ofFloat((ops, x) => ops.unary('Reciprocal', ops.unary('Sqrt', x))),
  Sigmoid: ofFloat(sigmoid),
  Softplus: ofFloat(softplus),
  LeakyRelu: ({ ops, inputs: { x }, attributes }) =>
    ops.unary('LeakyRelu', ops.cast(x!, 'float32'), { alpha: float(attributes.alpha) }),
  Prelu: ({ ops, inputs: { x, alpha } }) => prelu(ops, ops.cast(x!, 'float32'), ops.cast(alpha!, 'float32')),
  EluGrad: ({ ops, inputs: { dy, y } }) => {
    const one = ops.scalar('float32', 1);
    const slope = ops.where(
      ops.compare('GreaterOrEqual', y!, ops.scalar('float32', 0)),
      one,
      ops.add(y!, one),
    );
    return ops.mul(dy!, slope);
  },

  Cast: ({ ops, inputs: { x }, attributes }) => convert(ops, x!, attributes.dtype),
  LogicalNot: ({ ops, inputs: { x } }) => ops.not(ops.cast(x!, 'bool')),
  IsNan: ({ ops, inputs: { x } }) => ops.unary('IsNaN', ops.cast(x!, 'float32'), {}, 'bool'),
  IsInf: ({ ops, inputs: { x } }) => ops.unary('IsInf', ops.cast(x!, 'float32'), {}, 'bool'),
  IsFinite: ({ ops, inputs: { x } }) =>
    ops.compare('Less', ops.unary('Abs', ops.cast(x!, 'float32')), ops.scalar('float32', Infinity)),
  Select: select,

  FusedBatchNorm: ({ ops, inputs: { x, mean, variance, offset, scale }, attributes }) => {
    const spread = ops.unary('Sqrt', ops.add(variance!, ops.scalar('float32', attributes.varianceEpsilon)));
    const factor = ops.div(scale ?? ops.scalar('float32', 1), spread);
    const centred = ops.mul(ops.sub(x!, mean!), factor);
    const result = offset ? ops.add(centred, offset) : centred;
    return ops.expand(result, broadcastShape(x!.shape));
  },
};

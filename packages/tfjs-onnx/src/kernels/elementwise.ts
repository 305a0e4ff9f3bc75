import type { Ops } from '../graph/ops.js';
import { broadcastShape } from '../graph/ops.js';
import { type ElementType, float, int, type Value } from '../graph/value.js';
import type { Call, Lowering, LoweringTable } from './kernel.js';

const unary =
  (op: string): Lowering =>
  ({ ops, inputs: { x } }) =>
    ops.unary(op, x!);

const comparison =
  (op: 'Greater' | 'GreaterOrEqual' | 'Less' | 'LessOrEqual' | 'Equal'): Lowering =>
  ({ ops, inputs: { a, b } }) =>
    ops.compare(op, a!, b!);

const logical =
  (op: 'And' | 'Or'): Lowering =>
  ({ ops, inputs: { a, b } }) =>
    ops.binary(op, ops.cast(a!, 'bool'), ops.cast(b!, 'bool'), 'bool');

/** tfjs computes with bools as with the numbers 0 and 1; ONNX does not. */
const arithmetic =
  (lower: (ops: Ops, a: Value, b: Value) => Value): Lowering =>
  ({ ops, inputs: { a, b } }) => {
    const wide = (x: Value) => (x.type === 'bool' ? ops.cast(x, 'int32') : x);
    return lower(ops, wide(a!), wide(b!));
  };

/** log(1 + x) without cancellation near 0: log(u)·x/(u-1) with u = 1 + x as rounded. */
function log1p(ops: Ops, x: Value): Value {
  const one = ops.scalar('float32', 1);
  const u = ops.binary('Add', x, one);
  const scaled = ops.mul(ops.unary('Log', u), ops.div(x, ops.sub(u, one)));
  const tiny = ops.compare('Equal', u, one);
  const infinite = ops.compare('Equal', u, ops.scalar('float32', Infinity));
  return ops.where(ops.binary('Or', tiny, infinite, 'bool'), x, scaled);
}

/** e^x - 1 without cancellation near 0: tanh(x/2)·(e^x + 1). */
function expm1(ops: Ops, x: Value): Value {
  const half = ops.unary('Tanh', ops.mul(x, ops.scalar('float32', 0.5)));
  return ops.mul(half, ops.add(ops.unary('Exp', x), ops.scalar('float32', 1)));
}

/** log(1 + e^x) = max(x, 0) + log1p(e^-|x|): exact also where e^x is tiny. */
function softplus(ops: Ops, x: Value): Value {
  const tail = log1p(ops, ops.unary('Exp', ops.unary('Neg', ops.unary('Abs', x))));
  return ops.add(ops.unary('Relu', x), tail);
}

/** int32 of whatever type the operands are, as in tfjs. */
function floorDiv(ops: Ops, a: Value, b: Value): Value {
  if (a.type === 'float32') return ops.cast(ops.unary('Floor', ops.div(a, b)), 'int32');
  // ONNX divides integers toward zero, its Mod takes the sign of the divisor.
  return ops.div(ops.sub(a, ops.binary('Mod', a, b)), b);
}

function mod(ops: Ops, a: Value, b: Value): Value {
  if (a.type === 'int32') return ops.binary('Mod', a, b);
  const zero = ops.scalar('float32', 0);
  const remainder = (x: Value) => ops.elementwise('Mod', [x, b], 'float32', { fmod: int(1) });
  const signsDiffer = ops.binary('Xor', ops.compare('Less', a, zero), ops.compare('Less', b, zero), 'bool');
  const plain = remainder(a);
  return ops.where(signsDiffer, remainder(ops.add(plain, b)), plain);
}

function atan2(ops: Ops, y: Value, x: Value): Value {
  const f = (value: number) => ops.scalar('float32', value);
  const below = ops.compare('Less', y, f(0));
  const turn = ops.where(below, f(-Math.PI), f(Math.PI));
  const angle = ops.unary('Atan', ops.div(y, x));
  const full = ops.where(ops.compare('Less', x, f(0)), ops.add(angle, turn), angle);
  const origin = ops.binary('And', ops.compare('Equal', x, f(0)), ops.compare('Equal', y, f(0)), 'bool');
  return ops.where(origin, f(0), full);
}

function clip(ops: Ops, x: Value, low: number, high: number): Value {
  return ops.graph.node('Clip', [x, ops.scalar(x.type, low), ops.scalar(x.type, high)], x.type, x.shape);
}

function step({ ops, inputs: { x }, attributes }: Call): Value {
  const zero = ops.scalar(x!.type, 0);
  const positive = ops.compare('Greater', x!, zero);
  if (!attributes.alpha) return ops.cast(positive, 'float32');
  return ops.where(positive, ops.scalar('float32', 1), ops.scalar('float32', attributes.alpha));
}

function select({ ops, inputs: { condition, t, e } }: Call): Value {
  const rank = t!.shape.length;
  // A condition of rank 1 chooses whole rows.
  const rows = condition!.shape.length === 1 && rank > 1;
  const mask = rows ? ops.reshape(condition!, [...condition!.shape, ...Array(rank - 1).fill(1)]) : condition!;
  const bool = ops.cast(mask, 'bool');
  if (t!.type !== 'bool') return ops.where(bool, t!, e!);
  return ops.cast(ops.where(bool, ops.cast(t!, 'int32'), ops.cast(e!, 'int32')), 'bool');
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
      return ops.unary('Sigmoid', x);
    case 'elu':
      return ops.unary('Elu', x);
    case 'leakyrelu':
      return ops.unary('LeakyRelu', x, { alpha: float(typeof alpha === 'number' ? alpha : 0.2) });
    default:
      return prelu(ops, x, slope!);
  }
}

const prelu = (ops: Ops, x: Value, slope: Value) =>
  ops.where(ops.compare('Less', x, ops.scalar('float32', 0)), ops.mul(x, slope), x);

export const elementwise: LoweringTable = {
  Abs: unary('Abs'),
  Acos: unary('Acos'),
  Acosh: unary('Acosh'),
  Asin: unary('Asin'),
  Asinh: unary('Asinh'),
  Atan: unary('Atan'),
  Atanh: unary('Atanh'),
  Ceil: unary('Ceil'),
  Cos: unary('Cos'),
  Cosh: unary('Cosh'),
  Elu: unary('Elu'),
  Erf: unary('Erf'),
  Exp: unary('Exp'),
  Floor: unary('Floor'),
  Log: unary('Log'),
  Neg: unary('Neg'),
  Reciprocal: unary('Reciprocal'),
  Relu: unary('Relu'),
  Round: unary('Round'),
  Selu: unary('Selu'),
  Sigmoid: unary('Sigmoid'),
  Sign: unary('Sign'),
  Sin: unary('Sin'),
  Sinh: unary('Sinh'),
  Sqrt: unary('Sqrt'),
  Tan: unary('Tan'),
  Tanh: unary('Tanh'),
  Expm1: ({ ops, inputs: { x } }) => expm1(ops, x!),
  Log1p: ({ ops, inputs: { x } }) => log1p(ops, x!),
  Softplus: ({ ops, inputs: { x } }) => softplus(ops, x!),
  Square: ({ ops, inputs: { x } }) => ops.mul(x!, x!),
  Rsqrt: ({ ops, inputs: { x } }) => ops.unary('Reciprocal', ops.unary('Sqrt', x!)),
  LogicalNot: ({ ops, inputs: { x } }) => ops.not(ops.cast(x!, 'bool')),
  IsNan: ({ ops, inputs: { x } }) => ops.unary('IsNaN', ops.cast(x!, 'float32'), {}, 'bool'),
  IsInf: ({ ops, inputs: { x } }) => ops.unary('IsInf', ops.cast(x!, 'float32'), {}, 'bool'),
  IsFinite: ({ ops, inputs: { x } }) =>
    ops.compare('Less', ops.unary('Abs', ops.cast(x!, 'float32')), ops.scalar('float32', Infinity)),
  Relu6: ({ ops, inputs: { x } }) => clip(ops, x!, 0, 6),
  LeakyRelu: ({ ops, inputs: { x }, attributes }) =>
    ops.unary('LeakyRelu', x!, { alpha: float(attributes.alpha) }),
  ClipByValue: ({ ops, inputs: { x }, attributes }) =>
    clip(ops, x!, attributes.clipValueMin, attributes.clipValueMax),
  Step: step,
  Cast: ({ ops, inputs: { x }, attributes }) => ops.cast(x!, attributes.dtype as ElementType),
  EluGrad: ({ ops, inputs: { dy, y } }) => {
    const one = ops.scalar('float32', 1);
    const slope = ops.where(
      ops.compare('GreaterOrEqual', y!, ops.scalar('float32', 0)),
      one,
      ops.add(y!, one),
    );
    return ops.mul(dy!, slope);
  },
  Prelu: ({ ops, inputs: { x, alpha } }) => prelu(ops, x!, alpha!),

  Add: arithmetic((ops, a, b) => ops.add(a, b)),
  Sub: arithmetic((ops, a, b) => ops.sub(a, b)),
  Multiply: arithmetic((ops, a, b) => ops.mul(a, b)),
  RealDiv: arithmetic((ops, a, b) => ops.div(a, b)),
  FloorDiv: arithmetic(floorDiv),
  Mod: arithmetic(mod),
  Maximum: arithmetic((ops, a, b) => ops.binary('Max', a, b)),
  Minimum: arithmetic((ops, a, b) => ops.binary('Min', a, b)),
  Pow: arithmetic((ops, a, b) => ops.binary('Pow', a, b)),
  SquaredDifference: arithmetic((ops, a, b) => {
    const difference = ops.sub(a, b);
    return ops.mul(difference, difference);
  }),
  Atan2: arithmetic(atan2),
  BitwiseAnd: arithmetic((ops, a, b) => ops.binary('BitwiseAnd', a, b)),
  AddN: ({ ops, list }) => list.reduce((sum, term) => ops.add(sum, term)),

  Greater: comparison('Greater'),
  GreaterEqual: comparison('GreaterOrEqual'),
  Less: comparison('Less'),
  LessEqual: comparison('LessOrEqual'),
  Equal: comparison('Equal'),
  NotEqual: ({ ops, inputs: { a, b } }) => ops.not(ops.compare('Equal', a!, b!)),
  LogicalAnd: logical('And'),
  LogicalOr: logical('Or'),
  Select: select,

  FusedBatchNorm: ({ ops, inputs: { x, mean, variance, offset, scale }, attributes }) => {
    const spread = ops.unary('Sqrt', ops.add(variance!, ops.scalar('float32', attributes.varianceEpsilon)));
    const factor = ops.div(scale ?? ops.scalar('float32', 1), spread);
    const centred = ops.mul(ops.sub(x!, mean!), factor);
    const result = offset ? ops.add(centred, offset) : centred;
    return ops.expand(result, broadcastShape(x!.shape));
  },
};

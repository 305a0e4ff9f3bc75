import type { Ops } from '../graph/ops.js';
import { int, type Value } from '../graph/value.js';
import { atan2, floatMod } from './float-functions.js';
import type { Lowering, LoweringTable } from './kernel.js';
import { numeric, toInt32 } from './types.js';

const comparison =
  (op: 'Greater' | 'GreaterOrEqual' | 'Less' | 'LessOrEqual' | 'Equal'): Lowering =>
  ({ ops, inputs: { a, b } }) =>
    ops.compare(op, a!, b!);

const logical =
  (op: 'And' | 'Or'): Lowering =>
  ({ ops, inputs: { a, b } }) =>
    ops.binary(op, ops.cast(a!, 'bool'), ops.cast(b!, 'bool'), 'bool');

const arithmetic =
  (lower: (ops: Ops, a: Value, b: Value) => Value): Lowering =>
  ({ ops, inputs: { a, b } }) =>
    lower(ops, numeric(ops, a!), numeric(ops, b!));

/** ONNX Runtime refuses to divide integers by 0, and the machine the least one by -1. */
interface Divisor {
  safe: Value;
  isZero?: Value;
  isMinusOne?: Value;
}

function divisorOf(ops: Ops, b: Value): Divisor {
  const constant = b.constant as Int32Array | undefined;
  if (constant?.every((element) => element !== 0 && element !== -1)) return { safe: b };
  const isZero = ops.compare('Equal', b, ops.scalar('int32', 0));
  const isMinusOne = ops.compare('Equal', b, ops.scalar('int32', -1));
  const special = ops.binary('Or', isZero, isMinusOne, 'bool');
  return { safe: ops.where(special, ops.scalar('int32', 1), b), isZero, isMinusOne };
}

/** Rounded down; 0 for a divisor of 0, which is what tfjs makes of an infinity or NaN in an int32 array. */
function integerDiv(ops: Ops, a: Value, b: Value): Value {
  const { safe, isZero, isMinusOne } = divisorOf(ops, b);
  // ONNX divides integers toward zero, its Mod takes the sign of the divisor: where the two disagree, one step down.
  const towardZero = ops.div(a, safe);
  const rest = ops.sub(a, ops.mul(towardZero, safe));
  const down = ops.not(ops.compare('Equal', rest, ops.binary('Mod', a, safe)));
  const quotient = ops.sub(towardZero, ops.cast(down, 'int32'));
  if (!isZero || !isMinusOne) return quotient;
  return ops.where(isZero, ops.scalar('int32', 0), ops.where(isMinusOne, ops.unary('Neg', a), quotient));
}

/** int32 of whatever type the operands are, as in tfjs. */
function floorDiv(ops: Ops, a: Value, b: Value): Value {
  return a.type === 'int32' ? integerDiv(ops, a, b) : toInt32(ops, ops.unary('Floor', ops.div(a, b)));
}

function mod(ops: Ops, a: Value, b: Value): Value {
  if (a.type === 'int32') return ops.binary('Mod', a, divisorOf(ops, b).safe);
  return floatMod(ops, a, b, ops.elementwise('Mod', [a, b], 'float32', { fmod: int(1) }));
}

/** Powers of integers wrap around as long as they are below 2^63. */
function pow(ops: Ops, a: Value, b: Value): Value {
  if (a.type !== 'int32') return ops.binary('Pow', a, b);
  return ops.cast(ops.binary('Pow', ops.cast(a, 'int64'), ops.cast(b, 'int64')), 'int32');
}

export const arithmetics: LoweringTable = {
  Add: arithmetic((ops, a, b) => ops.add(a, b)),
  Sub: arithmetic((ops, a, b) => ops.sub(a, b)),
  Multiply: arithmetic((ops, a, b) => ops.mul(a, b)),
  RealDiv: arithmetic((ops, a, b) => (a.type === 'int32' ? integerDiv(ops, a, b) : ops.div(a, b))),
  FloorDiv: arithmetic(floorDiv),
  Mod: arithmetic(mod),
  Maximum: arithmetic((ops, a, b) => ops.binary('Max', a, b)),
  Minimum: arithmetic((ops, a, b) => ops.binary('Min', a, b)),
  Pow: arithmetic(pow),
  SquaredDifference: arithmetic((ops, a, b) => {
    const difference = ops.sub(a, b);
    return ops.mul(difference, difference);
  }),
  Atan2: arithmetic((ops, a, b) => {
    const angle = atan2(ops, ops.cast(a, 'float32'), ops.cast(b, 'float32'));
    return a.type === 'int32' ? toInt32(ops, angle) : angle;
  }),
  BitwiseAnd: arithmetic((ops, a, b) => ops.binary('BitwiseAnd', a, b)),
  AddN: ({ ops, list }) => list.map((term) => numeric(ops, term)).reduce((sum, term) => ops.add(sum, term)),

  Greater: comparison('Greater'),
  GreaterEqual: comparison('GreaterOrEqual'),
  Less: comparison('Less'),
  LessEqual: comparison('LessOrEqual'),
  Equal: comparison('Equal'),
  NotEqual: ({ ops, inputs: { a, b } }) => ops.not(ops.compare('Equal', a!, b!)),
  LogicalAnd: logical('And'),
  LogicalOr: logical('Or'),
};

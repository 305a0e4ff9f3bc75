import type { Ops } from '../graph/ops.js';
import type { ElementType, Value } from '../graph/value.js';
import { Unsupported } from '../trace/unsupported.js';

/** tfjs's order of types: what two operands are both turned into. */
const order: readonly ElementType[] = ['bool', 'int32', 'float32'];

export const wider = (a: ElementType, b: ElementType): ElementType =>
  order.indexOf(a) > order.indexOf(b) ? a : b;

/** tfjs computes with bools as with the numbers 0 and 1; ONNX does not. */
export const numeric = (ops: Ops, x: Value): Value => (x.type === 'bool' ? ops.cast(x, 'int32') : x);

/**
 * float32 to int32 as JavaScript does it: toward zero, modulo 2^32, not-a-numbers and infinities to 0. The way over
 * int64 wraps; floats from 2^63 on are multiples of 2^32. Subtracting 2^32 leaves the lower half as it is and keeps
 * ONNX Runtime from merging the two casts.
 */
export function toInt32(ops: Ops, x: Value): Value {
  if (x.type !== 'float32') return ops.cast(x, 'int32');
  const inRange = ops.compare('Less', ops.unary('Abs', x), ops.scalar('float32', 2 ** 63));
  const whole = ops.cast(ops.where(inRange, x, ops.scalar('float32', 0)), 'int64');
  return ops.cast(ops.sub(whole, ops.scalar('int64', 2 ** 32)), 'int32');
}

export function convert(ops: Ops, x: Value, type: string): Value {
  if (type === 'int32') return toInt32(ops, x);
  if (type === 'float32' || type === 'bool') return ops.cast(x, type);
  throw new Unsupported(`elements of type ${type}`);
}

/** Refuses bools, of which tfjs makes bytes that are neither 0 nor 1. */
export function number(x: Value): Value {
  if (x.type === 'bool') throw new Unsupported('of bools: cast them to numbers first');
  return x;
}

/** A function of float32; integers are converted, and the result back to integers, as in tfjs. */
export function inFloat(ops: Ops, x: Value, compute: (x: Value) => Value): Value {
  if (number(x).type === 'float32') return compute(x);
  return toInt32(ops, compute(ops.cast(x, 'float32')));
}

import type { Ops } from '../graph/ops.js';
import type { Value } from '../graph/value.js';

const f = (ops: Ops, value: number) => ops.scalar('float32', value);

/** log(1 + x) without cancellation near 0: log(u)·x/(u-1) with u = 1 + x as rounded. */
export function log1p(ops: Ops, x: Value): Value {
  const one = f(ops, 1);
  const u = ops.binary('Add', x, one);
  const scaled = ops.mul(ops.unary('Log', u), ops.div(x, ops.sub(u, one)));
  const tiny = ops.compare('Equal', u, one);
  const infinite = ops.compare('Equal', u, f(ops, Infinity));
  return ops.where(ops.binary('Or', tiny, infinite, 'bool'), x, scaled);
}

/** e^x - 1 without cancellation near 0: tanh(x/2)·(e^x + 1). */
export function expm1(ops: Ops, x: Value): Value {
  const half = ops.unary('Tanh', ops.mul(x, f(ops, 0.5)));
  return ops.mul(half, ops.add(ops.unary('Exp', x), f(ops, 1)));
}

/** log(1 + e^x) = max(x, 0) + log1p(e^-|x|): exact also where e^x is tiny. */
export function softplus(ops: Ops, x: Value): Value {
  const tail = log1p(ops, ops.unary('Exp', ops.unary('Neg', ops.unary('Abs', x))));
  return ops.add(ops.unary('Relu', x), tail);
}

/**
 * 1 / (1 + e^-x). ONNX Runtime's Sigmoid is right to 1e-7 of 1 only and gives 0 below -18, of which a logarithm
 * would make -∞. Measured, this is no slower.
 */
export function sigmoid(ops: Ops, x: Value): Value {
  return ops.unary('Reciprocal', ops.add(ops.unary('Exp', ops.unary('Neg', x)), f(ops, 1)));
}

/** scale·x above 0, scaleAlpha·(e^x - 1) below, small results with all their digits. */
export function elu(ops: Ops, x: Value, scale = 1, scaleAlpha = 1): Value {
  const above = ops.mul(ops.unary('Relu', x), f(ops, scale));
  return ops.add(above, ops.mul(expm1(ops, ops.binary('Min', x, f(ops, 0))), f(ops, scaleAlpha)));
}

/** The angle of (x, y) in all four quadrants, also for infinities and zeros of either sign, as JavaScript has it. */
export function atan2(ops: Ops, y: Value, x: Value): Value {
  const zero = f(ops, 0);
  const negative = (v: Value) =>
    ops.binary(
      'Or',
      ops.compare('Less', v, zero),
      ops.compare('Less', ops.unary('Reciprocal', v), zero),
      'bool',
    );
  const [height, width] = [ops.unary('Abs', y), ops.unary('Abs', x)];
  // Equal sides have the ratio 1 also if infinite, 0 if both are 0.
  const ratio = ops.where(
    ops.compare('Equal', height, width),
    ops.unary('Sign', height),
    ops.div(height, width),
  );
  const acute = ops.unary('Atan', ratio);
  const angle = ops.where(negative(x), ops.sub(f(ops, Math.PI), acute), acute);
  return ops.where(negative(y), ops.unary('Neg', angle), angle);
}

/** x mod b with the sign of b. */
export function floatMod(ops: Ops, x: Value, b: Value, fmod: Value): Value {
  const zero = f(ops, 0);
  const signsDiffer = ops.binary('Xor', ops.compare('Less', x, zero), ops.compare('Less', b, zero), 'bool');
  // b - b is 0, or NaN for an infinite b, as in tfjs.
  const turn = ops.add(ops.where(ops.compare('Equal', fmod, zero), zero, b), ops.sub(b, b));
  return ops.add(fmod, ops.where(signsDiffer, turn, zero));
}

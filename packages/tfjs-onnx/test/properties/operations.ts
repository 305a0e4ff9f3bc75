import * as tf from '@tensorflow/tfjs';
import { type CompiledFunction, compile, type TensorFunction, type TensorValues } from '../../src/index.js';
import { type Input, specsOf, valuesOf, withGradients } from '../agree.js';

type TensorOperation = (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];

/** One of several operations on the same inputs, and how it is judged. */
export interface Operation {
  of: TensorOperation;
  /** Inputs to differentiate by; none by default. */
  by?: number[];
  /** What is right, where tfjs's cpu backend is not: run eagerly there in its place. */
  instead?: TensorOperation;
  /** Magnitude of the terms that were summed for each element of the first output, to which errors are relative. */
  terms?: (...inputs: tf.Tensor[]) => tf.Tensor;
  /** Default 1e-5. */
  relative?: number;
  /** Default: the smallest normal float32, since ONNX Runtime may flush what is smaller to zero. */
  absolute?: number;
  /** The same for gradients, whose terms are sums over broadcast axes and products of several factors. */
  absoluteOfGradient?: number;
}

/** The same options for several operations. */
export const each = (
  operations: Record<string, TensorOperation>,
  options: Omit<Operation, 'of'> = {},
): Operations =>
  Object.fromEntries(Object.entries(operations).map(([name, of]) => [name, { ...options, of }]));

/** A reference for tfjs's cpu backend, element by element with broadcasting. */
export const byElement =
  (fn: (...elements: number[]) => number, dtype: 'float32' | 'int32' = 'float32'): TensorOperation =>
  (...inputs) => {
    const shape = inputs
      .map((input) => input.shape)
      .reduce((a, b) => tf.backend_util.assertAndGetBroadcastShape(a, b));
    const elements = inputs.map((input) => {
      const data = input.dataSync();
      const strides = [...tf.util.computeStrides(input.shape), 1].slice(-input.rank || 1);
      const lead = shape.length - input.rank;
      return (place: number[]) =>
        data[input.shape.reduce((at, n, i) => at + (n === 1 ? 0 : place[lead + i]! * strides[i]!), 0)]!;
    });
    const steps = tf.util.computeStrides(shape);
    const values = Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => {
      const place = tf.util.indexToLoc(i, shape.length, steps);
      return fn(...elements.map((element) => element(place)));
    });
    return tf.tensor(dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values), shape, dtype);
  };

export type Operations = Record<string, Operation | TensorOperation>;

const SMALLEST_NORMAL = 2 ** -126;

interface Part {
  label: string;
  relative: number;
  absolute: number;
  /** Which output holds the magnitude of the terms, if any. */
  terms?: number | undefined;
}

const listOf = (result: tf.Tensor | tf.Tensor[]) => (Array.isArray(result) ? result : [result]);

/**
 * Compares many operations on the same inputs at once, traced on ONNX Runtime against eager on tfjs's cpu backend:
 * values, shapes, types and gradients, one compilation for several draws of the inputs.
 */
export async function expectAllAgree(
  operations: Operations,
  inputs: Input[],
  seeds: readonly number[] = [1],
): Promise<void> {
  const all = Object.entries(operations).map(([name, operation]) => ({
    name,
    ...(typeof operation === 'function' ? { of: operation } : operation),
  }));
  const traced: TensorFunction = (given) =>
    all.flatMap(({ of, by = [] }) => withGradients((x) => listOf(of(...x)), by)(given));
  const parts: Part[] = [];
  const eager: TensorFunction = (given) => {
    parts.length = 0;
    const magnitudes: tf.Tensor[] = [];
    const results = all.flatMap((operation) => {
      const { name, of, by = [], instead = of, relative = 1e-5, absolute = SMALLEST_NORMAL } = operation;
      const whole = withGradients((x) => listOf(instead(...x)), by)(given);
      const values = whole.length - by.length;
      for (let i = 0; i < whole.length; i++) {
        const gradient = i >= values;
        parts.push({
          label: `${gradient ? `gradient ${by[i - values]}` : `output ${i}`} of ${name}`,
          relative,
          absolute: gradient ? (operation.absoluteOfGradient ?? absolute) : absolute,
          terms: i === 0 && operation.terms ? magnitudes.length : undefined,
        });
      }
      if (operation.terms) magnitudes.push(operation.terms(...given));
      return whole;
    });
    return [...results, ...magnitudes];
  };
  const specs = specsOf(inputs);
  using onnx = await compile(traced, specs, { threads: 1 });
  using cpu = await compile(eager, specs, { engine: 'cpu' });
  const formOf = (f: CompiledFunction) =>
    parts.map(({ label }, i) => `${label}: ${f.outputDtypes[i]}[${f.outputShapes[i]}]`);
  expect(formOf(onnx)).toEqual(formOf(cpu));
  const problems = new Set<string>();
  for (const seed of seeds) {
    const values = valuesOf(inputs, seed);
    const [actual, expected] = [await onnx.run(values), await cpu.run(values)];
    for (const [i, part] of parts.entries()) {
      const terms = part.terms === undefined ? undefined : expected[parts.length + part.terms];
      const problem = difference(actual[i]!, expected[i]!, part, terms);
      if (problem) problems.add(`${problem}, inputs ${described(values)}`);
    }
  }
  if (problems.size > 0) throw new Error([...problems].join('\n'));
}

/** What is wrong, in words. Zeros of either sign are equal, and so are all NaNs. */
export function difference(
  actual: TensorValues,
  expected: TensorValues,
  { label, relative, absolute }: Part,
  terms?: TensorValues,
): string | undefined {
  if (actual.length !== expected.length) return `${label}: ${actual.length} elements, not ${expected.length}`;
  for (const [i, e] of expected.entries()) {
    const a = actual[i]!;
    if (a === e || Object.is(a, e)) continue;
    const allowed = absolute + relative * Math.max(Math.abs(e), terms?.[i] ?? 0);
    // Infinite and not-a-number results must be hit exactly.
    const close = Number.isFinite(a) && Number.isFinite(e) && Math.abs(a - e) <= allowed;
    if (!close) return `${label}: element ${i} is ${a}, expected ${e}`;
  }
  return undefined;
}

const described = (values: readonly TensorValues[]) =>
  values.map((array) => `[${array.slice(0, 8).join(' ')}${array.length > 8 ? ' …' : ''}]`).join(' ');

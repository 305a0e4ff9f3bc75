import { parseOptions, RobustaError, throwIfAborted } from '@robusta/core';
import { z } from 'zod';
import { sizeOf } from '../graph/value.js';
import { type TensorFunction, type TensorSpec, trace } from '../trace/trace.js';
import { BoundedCache } from './bounded-cache.js';
import { compile } from './compile.js';
import { type CompiledFunction, checked, type EngineRun, type TensorValues } from './compiled-function.js';
import { extentsOf, type NamedShape, namesIn } from './dims.js';
import { eagerEngine } from './eager-engine.js';
import { type CompileOptions, CompileOptionsSchema } from './options.js';
import { copyRegion } from './region.js';

export interface BucketOptions extends Omit<CompileOptions, 'dimensions'> {
  /** Compiled lengths that are kept, those used last; default 16. */
  capacity?: number;
  /**
   * The compiled length, at least `length`, that serves a length. By default powers of two and their
   * one-and-a-half-folds from 8 on, so that padding is at most a third.
   */
  bucketOf?: (length: number) => number;
}

const OptionsSchema = CompileOptionsSchema.omit({ dimensions: true }).extend({
  capacity: z.int().min(1).default(16),
  bucketOf: z
    .custom<(length: number) => number>((value) => typeof value === 'function', 'expected a function')
    .default(() => standardBucket),
});

function standardBucket(length: number): number {
  let size = 8;
  while (size < length) {
    if (size * 1.5 >= length) return size * 1.5;
    size *= 2;
  }
  return size;
}

/**
 * Serves any length of one named dimension with a function that cannot be made dynamic: it is compiled for a few
 * lengths, as they are needed. Its inputs are padded with zeros along that dimension, and it gets a mask as one more,
 * last input: float32 `[length]`, 1 where there is data and 0 where there is padding. What depends on the padding, a
 * mean say, it must mask itself. Outputs that have the dimension are cut back to the length that was given.
 * @param inputSpecs - with one named dimension among them; without the mask
 * @throws as {@link compile}; BAD_OPTION where there is not exactly one named dimension; BAD_INPUT where the extent of
 *   an output is neither fixed nor that dimension
 */
export async function compileBuckets(
  fn: TensorFunction,
  inputSpecs: readonly TensorSpec[],
  options: BucketOptions = {},
): Promise<CompiledFunction> {
  const { capacity, bucketOf, ...checkedOptions } = parseOptions(OptionsSchema, options, 'compileBuckets');
  const { threads, ...rest } = checkedOptions;
  const compileOptions: CompileOptions = { ...rest, ...(threads === undefined ? {} : { threads }) };
  const names = namesIn(inputSpecs.map(({ shape }) => shape));
  if (names.length !== 1) {
    const found = names.length === 0 ? 'none' : names.join(', ');
    throw new RobustaError(
      'BAD_OPTION',
      `compileBuckets: one named dimension is needed, the inputs have ${found}`,
    );
  }
  const name = names[0]!;
  const bucketFor = (length: number) => {
    const bucket = bucketOf(length);
    if (Number.isSafeInteger(bucket) && bucket >= length) return bucket;
    throw new RobustaError('BAD_OPTION', `compileBuckets: bucketOf(${length}) gives ${bucket}`);
  };
  const specsAt = (length: number): TensorSpec[] => [
    ...inputSpecs.map((spec) => ({ ...spec, shape: extentsOf(spec.shape, { [name]: length }) })),
    { shape: [length], dtype: 'float32' },
  ];
  const cache = new BoundedCache(capacity, (length) => compile(fn, specsAt(length), compileOptions));
  const smallest = bucketFor(1);
  const learn = async (first: CompiledFunction) => ({
    providers: first.providers,
    outputs: cutOutputs(name, smallest, outputsOf(first), 2 * smallest, await outputsAt(2 * smallest)),
  });
  const { providers, outputs } = await cache.use(smallest, learn).catch((error) => {
    cache.dispose();
    throw error;
  });

  async function outputsAt(length: number): Promise<EngineRun['outputs']> {
    const { engine } = checkedOptions;
    if (engine === 'onnx') return trace(fn, specsAt(length)).outputs;
    return (await eagerEngine(fn, specsAt(length), engine)).outputs;
  }

  return checked(checkedOptions.engine, structuredClone(inputSpecs), {
    outputs,
    ...(providers ? { providers } : {}),
    async run(inputs, dims, signal) {
      const length = dims![name]!;
      const bucket = bucketFor(length);
      const resized = (shape: NamedShape, values: TensorValues, from: number, to: number) =>
        resize(values, extentsOf(shape, { [name]: from }), extentsOf(shape, { [name]: to }));
      const padded = inputs.map((values, i) => resized(inputSpecs[i]!.shape, values, length, bucket));
      const mask = new Float32Array(bucket).fill(1, 0, length);
      return cache.use(bucket, async (compiled) => {
        throwIfAborted(signal);
        const results = await compiled.run([...padded, mask]);
        return results.map((values, i) => resized(outputs[i]!.shape, values, bucket, length));
      });
    },
    dispose: () => cache.dispose(),
  });
}

const outputsOf = ({ outputShapes, outputDtypes }: CompiledFunction): EngineRun['outputs'] =>
  outputShapes.map((shape, i) => ({ shape, dtype: outputDtypes[i]! }));

/** Which extents of the outputs are the dimension, from the outputs at two lengths. */
function cutOutputs(
  name: string,
  length: number,
  outputs: EngineRun['outputs'],
  otherLength: number,
  otherOutputs: EngineRun['outputs'],
): EngineRun['outputs'] {
  return outputs.map(({ shape, dtype }, i) => ({
    dtype,
    shape: shape.map((extent, axis) => {
      const other = otherOutputs[i]?.shape[axis];
      if (extent === other) return extent;
      if (extent === length && other === otherLength) return name;
      throw new RobustaError(
        'BAD_INPUT',
        `compileBuckets: output ${i} cannot be cut to its length: its shape is [${shape}] for ${name} = ${length}, [${otherOutputs[i]?.shape}] for ${name} = ${otherLength}`,
      );
    }),
  }));
}

function resize(values: TensorValues, from: readonly number[], to: readonly number[]): TensorValues {
  if (from.every((extent, axis) => extent === to[axis])) return values;
  const result = new (values.constructor as typeof Float32Array)(sizeOf(to));
  copyRegion(values, from, result, to);
  return result;
}

import * as tf from '@tensorflow/tfjs';
import { elementsOf, worthStoring } from '../graph/constants.js';
import { broadcastShape, type Ops } from '../graph/ops.js';
import { sizeOf, type Value } from '../graph/value.js';
import { loweringGroups } from '../kernels/index.js';
import { withBackend, withOwnState } from './isolate.js';
import { silenceBanner } from './quiet.js';

/** A kernel whose inputs are all known. */
export interface KnownCall {
  readonly name: string;
  readonly inputs: Readonly<Record<string, Value>>;
  /** Whether the kernel takes a list of inputs rather than named ones. */
  readonly isList: boolean;
  readonly attributes: Record<string, unknown>;
}

/** Kernels of these groups cost no more than a pass over what they read and write. */
const GROUPS = ['elementwise', 'reductions', 'shape', 'indexing'];

/** What tfjs's JavaScript backend computes wrongly, or otherwise than the graph does. */
const WRONG_ON_CPU = new Set(['Cumsum', 'Cumprod', 'Erf', 'FloorDiv', 'Mod', 'Prod', 'StridedSlice', 'TopK']);

/** What it computes in too few digits for int32 that overflows. */
const INEXACT_FOR_INTEGERS = new Set(['Abs', 'Multiply', 'Pow', 'Square', 'SquaredDifference']);

/** What the graph's own rules do at least as well, keeping repeated elements as one. */
const BETTER_AS_GRAPH = new Set([
  'Identity',
  'Reshape',
  'ExpandDims',
  'Transpose',
  'Tile',
  'Fill',
  'ZerosLike',
  'OnesLike',
]);

const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };

/** Repeated elements up to this many may be written out. */
const SMALL = 64;

/** Broadcast their operands and look at nothing but elements. */
const isElementwise = (name: string) =>
  name in loweringGroups.elementwise! && !['FusedBatchNorm', 'Select', 'AddN'].includes(name);

const canFold = (name: string) =>
  !WRONG_ON_CPU.has(name) &&
  !BETTER_AS_GRAPH.has(name) &&
  GROUPS.some((group) => name in loweringGroups[group]!);

const hasNaN = ({ constant, type }: Value) =>
  type === 'float32' && (constant as Float32Array).some(Number.isNaN);

/**
 * What a kernel gives whose inputs are all constants: computed now, by tfjs's JavaScript backend, so that no run has
 * to. Undefined where the graph must do it: other kernels, graphs for all sizes, results that take much more room than
 * what they are made of, and NaN, which backends treat differently.
 */
export function foldKernel(ops: Ops, call: KnownCall): Value | Value[] | undefined {
  const values = Object.values(call.inputs);
  if (ops.graph.dynamic || values.length === 0 || values.some(({ constant }) => !constant)) return undefined;
  if (!canFold(call.name)) return undefined;
  if (INEXACT_FOR_INTEGERS.has(call.name) && values.some(({ type }) => type === 'int32')) return undefined;
  const elementwise = isElementwise(call.name);
  const operands = elementwise ? values.map((value) => ops.withoutRepetition(value)) : values;
  const wasteful = operands.some(({ splat, shape }) => splat && sizeOf(shape) > SMALL);
  const empty = operands.some(({ shape }) => sizeOf(shape) === 0);
  if (wasteful || empty || operands.some(hasNaN)) return undefined;
  if (elementwise && !worthStoring(sizeOf(broadcastShape(...operands.map(({ shape }) => shape))), operands)) {
    return undefined;
  }
  const output = onCpu(call, operands);
  const good =
    output &&
    [output].flat().every(({ data }) => worthStoring(data.length, operands) && !data.some(Number.isNaN));
  if (!good) return undefined;
  const constantOf = ({ type, shape, data }: Result) => {
    const constant = ops.graph.constant(type, shape, data);
    return elementwise
      ? ops.expand(constant, broadcastShape(...values.map((value) => value.shape)))
      : constant;
  };
  return Array.isArray(output) ? output.map(constantOf) : constantOf(output);
}

interface Result {
  type: keyof typeof arrays;
  shape: number[];
  data: Float32Array | Int32Array | Uint8Array;
}

function onCpu(
  { name, inputs, isList, attributes }: KnownCall,
  values: readonly Value[],
): Result | Result[] | undefined {
  const kernel = tf.getKernel(name, 'cpu');
  const cpu = tf.findBackend('cpu');
  if (!kernel || !cpu || values.some(({ type }) => !(type in arrays))) return undefined;
  silenceBanner();
  const made: tf.TensorInfo[] = [];
  const infos = values.map((value) => {
    const [shape, dtype] = [[...value.shape], value.type as tf.DataType];
    const dataId = cpu.write(elementsOf(value).slice() as Float32Array, shape, dtype);
    made.push({ dataId, shape, dtype });
    return made.at(-1)!;
  });
  const named = isList ? infos : Object.fromEntries(Object.keys(inputs).map((key, i) => [key, infos[i]!]));
  try {
    return withOwnState(() =>
      withBackend('cpu', cpu, () => {
        const output = kernel.kernelFunc({
          inputs: named as unknown as tf.NamedTensorInfoMap,
          attrs: attributes as unknown as tf.NamedAttrMap,
          backend: cpu,
        });
        const read = ({ dataId, shape, dtype }: tf.TensorInfo): Result => {
          made.push({ dataId, shape, dtype });
          const type = dtype as keyof typeof arrays;
          return { type, shape, data: arrays[type].from(cpu.readSync(dataId as object) as Float32Array) };
        };
        return Array.isArray(output) ? output.map(read) : read(output);
      }),
    );
  } catch {
    // What the JavaScript backend refuses, the lowering may still be able to say, or refuses with a better message.
    return undefined;
  } finally {
    for (const { dataId } of made) cpu.disposeData(dataId as object, true);
  }
}

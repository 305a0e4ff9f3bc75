import { RobustaError } from '@robusta/core';
import type { Budget } from './budget.js';
import { NumpyArray, NumpyType, numpyFromBuffer, numpyScalar, requireReconstruct } from './numpy-array.js';
import type { PickleHost } from './pickle.js';
import { asText, type PickleValue, requireSize, requireSizes, requireTuple } from './pickle-values.js';
import { type DType, ITEM_SIZE } from './tensor.js';
import { Storage, StorageRange, StoredTensor, storedTensor } from './torch-tensor.js';

/** A class or function that a pickle may name. None is the real one. */
class Global {
  constructor(
    readonly name: string,
    readonly call?: (args: readonly PickleValue[], budget: Budget) => PickleValue,
  ) {}
}

/** A storage class, such as `torch.FloatStorage`; `dtype` is undefined for that of bytes. */
class StorageClass {
  constructor(readonly dtype: DType | undefined) {}
}

/** `torch.float32` and the like. */
class TorchType {
  constructor(readonly dtype: DType) {}
}

const STORAGES: Readonly<Record<string, DType>> = {
  FloatStorage: 'float32',
  DoubleStorage: 'float64',
  HalfStorage: 'float16',
  BFloat16Storage: 'bfloat16',
  LongStorage: 'int64',
  IntStorage: 'int32',
  ShortStorage: 'int16',
  CharStorage: 'int8',
  ByteStorage: 'uint8',
  BoolStorage: 'bool',
};

const ndarray = new Global('numpy.ndarray');

/** A tensor from (storage, offset, sizes, strides, ...), its type that of the storage unless given. */
function rebuild([range, offset, sizes, strides]: readonly PickleValue[], type?: PickleValue): StoredTensor {
  if (!(range instanceof StorageRange)) throw bad('a tensor has no storage');
  const dtype = type === undefined ? range.storage.dtype : type instanceof TorchType ? type.dtype : undefined;
  if (!dtype) throw bad('a tensor has no type');
  if (range.storage.dtype && range.storage.dtype !== dtype)
    throw bad('a tensor is not of the type of its storage');
  return storedTensor(
    range,
    dtype,
    requireSize(offset!, 'the offset of a tensor'),
    requireSizes(sizes!, 'the shape of a tensor'),
    requireSizes(strides!, 'the strides of a tensor'),
  );
}

function encode([text, encoding]: readonly PickleValue[], budget: Budget): Uint8Array {
  const source = asText(text!);
  if (source === undefined || asText(encoding ?? null) !== 'latin1')
    throw bad('only text in latin1 is turned into bytes');
  budget.take(source.length);
  const bytes = new Uint8Array(source.length);
  for (let i = 0; i < source.length; i++) {
    const code = source.charCodeAt(i);
    if (code > 255) throw bad('bytes stored as text have a character above 255');
    bytes[i] = code;
  }
  return bytes;
}

const reconstruct = new Global('numpy.core.multiarray._reconstruct', (args, budget) => {
  requireReconstruct(args, ndarray);
  return new NumpyArray(budget);
});
const fromBuffer = new Global('numpy.core.numeric._frombuffer', numpyFromBuffer);
const scalar = new Global('numpy.core.multiarray.scalar', numpyScalar);

/** Everything that a checkpoint may name; whatever is not here is refused. */
const GLOBALS: ReadonlyMap<string, object> = new Map<string, object>([
  [
    'collections OrderedDict',
    new Global('collections.OrderedDict', (args) => {
      if (args.length > 0) throw bad('OrderedDict is made empty');
      return new Map();
    }),
  ],
  ['torch._utils _rebuild_tensor', new Global('torch._utils._rebuild_tensor', (args) => rebuild(args))],
  ['torch._utils _rebuild_tensor_v2', new Global('torch._utils._rebuild_tensor_v2', (args) => rebuild(args))],
  [
    'torch._utils _rebuild_tensor_v3',
    new Global('torch._utils._rebuild_tensor_v3', (args) => rebuild(args, args[6] ?? null)),
  ],
  [
    'torch._utils _rebuild_parameter',
    new Global('torch._utils._rebuild_parameter', ([tensor]) => {
      if (!(tensor instanceof StoredTensor)) throw bad('a parameter is not a tensor');
      return tensor;
    }),
  ],
  ...Object.entries(STORAGES).flatMap(([name, dtype]): [string, object][] => {
    const storage = new StorageClass(dtype);
    return [
      [`torch ${name}`, storage],
      [`torch.cuda ${name}`, storage],
    ];
  }),
  ['torch.storage UntypedStorage', new StorageClass(undefined)],
  ...Object.keys(ITEM_SIZE).map((dtype): [string, object] => [
    `torch ${dtype}`,
    new TorchType(dtype as DType),
  ]),
  ['numpy ndarray', ndarray],
  ['numpy dtype', new Global('numpy.dtype', ([code]) => new NumpyType(asText(code ?? null)))],
  ['numpy.core.multiarray _reconstruct', reconstruct],
  ['numpy._core.multiarray _reconstruct', reconstruct],
  ['numpy.core.multiarray scalar', scalar],
  ['numpy._core.multiarray scalar', scalar],
  ['numpy.core.numeric _frombuffer', fromBuffer],
  ['numpy._core.numeric _frombuffer', fromBuffer],
  ['_codecs encode', new Global('_codecs.encode', encode)],
]);

/** What a checkpoint's pickle may refer to, and the storages that it names. */
export class TorchHost implements PickleHost {
  readonly storages = new Map<string, Storage>();

  /** @param found - called for each storage when it is first named */
  constructor(
    readonly budget: Budget,
    readonly found: (storage: Storage) => void = () => {},
  ) {}

  global(module: string, name: string): object {
    const known = GLOBALS.get(`${module} ${name}`);
    if (known) return known;
    throw new RobustaError('BAD_FORMAT', `${JSON.stringify(`${module}.${name}`)} is refused`, {
      hint: 'nothing in a file is run, and only tensors, arrays and plain values are read: save model.state_dict(), not the model',
    });
  }

  call(callee: PickleValue, args: readonly PickleValue[]): PickleValue {
    if (!(callee instanceof Global) || !callee.call) throw bad('what is called is no function');
    return callee.call(args, this.budget);
  }

  build(object: PickleValue, state: PickleValue): void {
    if (object instanceof NumpyArray || object instanceof NumpyType) object.build(state);
    // state_dict() hangs the versions of the modules on its dictionary.
    else if (!(object instanceof Map && state instanceof Map && state.size === 1 && state.has('_metadata'))) {
      throw bad('an object is given a state that is not known');
    }
  }

  /** @param id - ('storage', class, key, location, count) and, in old files, a view: None or (key, start, count) */
  persistent(id: PickleValue): StorageRange {
    const [kind, type, name, , size, view] = requireTuple(id, [5, 6], 'the name of a storage');
    const key = asText(name!);
    if (asText(kind!) !== 'storage' || key === undefined) throw bad('only storages lie outside the pickle');
    if (!(type instanceof StorageClass)) throw bad('a storage has no known class');
    const count = requireSize(size!, 'the size of a storage');
    let storage = this.storages.get(key);
    if (!storage) {
      storage = new Storage(key, type.dtype, count, this.budget);
      this.found(storage);
      this.storages.set(key, storage);
    } else if (storage.dtype !== type.dtype || storage.count !== count) {
      throw bad(`storage ${JSON.stringify(key)} has two sizes or types`);
    }
    if (view === undefined || view === null) return new StorageRange(storage, 0, count);
    const [, from, length] = requireTuple(view, [3], 'the view of a storage');
    const start = requireSize(from!, 'the start of a view');
    const viewed = requireSize(length!, 'the size of a view');
    if (start + viewed > count) throw bad(`a view reaches outside storage ${JSON.stringify(key)}`);
    return new StorageRange(storage, start, viewed);
  }
}

function bad(problem: string): RobustaError {
  return new RobustaError('BAD_FORMAT', problem);
}

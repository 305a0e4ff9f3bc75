import { Buffer } from 'node:buffer';
import { crc32 } from 'node:zlib';
import { items, ordered, pickle, storage, tensor } from './pickle.js';

export * from './pickle.js';

/** A zip archive of files that are stored as they are, as PyTorch writes it. */
function storedZip(files: Record<string, Uint8Array>): Uint8Array {
  const local: Uint8Array[] = [];
  const central: Uint8Array[] = [];
  let offset = 0;
  for (const [name, bytes] of Object.entries(files)) {
    const path = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(10, 0);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(bytes.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(path.length, 22);
    const entry = Buffer.concat([Buffer.from('PK\x03\x04'), common, path, bytes]);
    local.push(entry);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    central.push(Buffer.concat([Buffer.from('PK\x01\x02\x0a\0'), common, rest, path]));
    offset += entry.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(central.length, 4);
  end.writeUInt16LE(central.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Uint8Array.from(Buffer.concat([...local, directory, Buffer.from('PK\x05\x06'), end]));
}

/**
 * A checkpoint in the zip format of PyTorch 1.6 and later.
 * @param object - the pickled object, without its header and STOP
 * @param extra - other entries of the archive
 */
export function pthZip(
  object: string,
  storages: Record<string, Uint8Array> = {},
  extra: Record<string, Uint8Array> = {},
): Uint8Array {
  const entries: Record<string, Uint8Array> = {
    'archive/data.pkl': Uint8Array.from(pickle(object), (c) => c.charCodeAt(0)),
  };
  for (const [key, bytes] of Object.entries(storages)) entries[`archive/data/${key}`] = bytes;
  return storedZip({ ...entries, ...extra });
}

const storageTypes = { float32: 'Float', int32: 'Int' } as const;

/** What `torch.save(model.state_dict(), …)` writes. */
export function writePth(
  tensors: Record<
    string,
    { shape: readonly number[]; dtype: keyof typeof storageTypes; data: ArrayBufferView }
  >,
): Uint8Array {
  const storages: Record<string, Uint8Array> = {};
  const entries: Record<string, string> = {};
  for (const [i, [name, { shape, dtype, data }]] of Object.entries(tensors).entries()) {
    const strides = shape.map((_, axis) =>
      shape.slice(axis + 1).reduce((product, size) => product * size, 1),
    );
    const count = data.byteLength / 4;
    storages[i] = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    entries[name] = tensor(storage(storageTypes[dtype], String(i), count), 0, shape, strides);
  }
  return pthZip(ordered() + items(entries), storages);
}

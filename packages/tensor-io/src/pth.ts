import { RobustaError } from '@robusta/core';
import { Budget } from './budget.js';
import { Cursor, latin1 } from './cursor.js';
import { unpickle } from './pickle.js';
import { asText, isList, type PickleValue } from './pickle-values.js';
import { ITEM_SIZE } from './tensor.js';
import { TorchHost } from './torch-host.js';
import type { Storage } from './torch-tensor.js';
import { isZip, readZip, type ZipEntry } from './zip.js';

/** 0x1950a86a20f9469cfc6c: the first of the pickles in a file of the old format. */
const LEGACY_MAGIC = 119547037146038801333356n;
const LEGACY_PROTOCOL = 1001;

/** PROTO, with which all pickles since protocol 2 begin, or an opcode that makes a value. */
const PICKLE_STARTS = '\x80(])}cILFSVNJKMGXU';

const STATE_DICT = 'in Python: torch.save(model.state_dict(), path)';

/**
 * The object in a checkpoint, as the pickle describes it, every tensor checked and its storage in place.
 * @param consume - storages may be moved within the bytes
 */
export function loadCheckpoint(bytes: Uint8Array, consume = false): PickleValue {
  if (isZip(bytes)) return loadZip(readZip(bytes), bytes.length);
  if (bytes.length === 0) throw new RobustaError('TRUNCATED', 'the file is empty');
  if (latin1(bytes.subarray(257, 262)) === 'ustar') {
    throw new RobustaError('BAD_FORMAT', 'a tar archive, the format before PyTorch 0.2, is not read', {
      hint: 'load and save it with a newer PyTorch',
    });
  }
  return loadPickles(bytes, consume);
}

/** `<root>/data.pkl`, and a storage in each `<root>/data/<key>`; PyTorch 1.6 and later. */
function loadZip(entries: ZipEntry[], fileSize: number): PickleValue {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const objects = entries.filter(({ name }) => /^[^/]+\/data\.pkl$/.test(name));
  if (objects.length !== 1) {
    const arrays = entries.some(({ name }) => name.endsWith('.npy'));
    throw new RobustaError(
      'BAD_FORMAT',
      `zip archive: ${objects.length || 'no'} data.pkl in it; not a PyTorch file`,
      {
        hint: arrays ? 'it is an .npz archive: use readNpz' : STATE_DICT,
      },
    );
  }
  const root = objects[0]!.name.slice(0, -'data.pkl'.length);
  if (byName.has(`${root}constants.pkl`)) {
    throw new RobustaError('BAD_FORMAT', 'a TorchScript archive, which holds a program, is not read', {
      hint: STATE_DICT,
    });
  }
  const stored = (name: string): Uint8Array => {
    const entry = byName.get(name);
    if (!entry) throw new RobustaError('BAD_FORMAT', `${JSON.stringify(name)} is missing in the archive`);
    if (entry.stored) return entry.data;
    throw new RobustaError('BAD_FORMAT', `${JSON.stringify(name)} is compressed, which PyTorch never does`, {
      hint: 'load and save it with PyTorch again',
    });
  };
  let order = 'little';
  if (byName.has(`${root}byteorder`)) order = latin1(stored(`${root}byteorder`).subarray(0, 16));
  if (order !== 'little' && order !== 'big') {
    throw new RobustaError('BAD_FORMAT', `the byte order ${JSON.stringify(order)} is not known`);
  }
  const host = new TorchHost(new Budget(fileSize), (storage) => {
    if (!/^\d{1,20}$/.test(storage.key)) {
      throw new RobustaError(
        'BAD_FORMAT',
        `${JSON.stringify(storage.key.slice(0, 80))} is no name of a storage`,
      );
    }
    storage.place(stored(`${root}data/${storage.key}`), order === 'little');
  });
  const cursor = new Cursor(stored(objects[0]!.name));
  const value = unpickle(cursor, host, objects[0]!.name);
  if (cursor.left > 0)
    throw new RobustaError('BAD_FORMAT', `${cursor.left} bytes follow the pickle in data.pkl`);
  return value;
}

/** A pickle alone, or the old format: magic, version, system, object, keys, then the storages themselves. */
function loadPickles(bytes: Uint8Array, consume: boolean): PickleValue {
  const cursor = new Cursor(bytes);
  const budget = new Budget(bytes.length);
  const bare = new TorchHost(budget, () => {
    throw new RobustaError('BAD_FORMAT', 'a pickle alone has no storages');
  });
  if (!PICKLE_STARTS.includes(latin1(bytes.subarray(0, 1)))) {
    throw new RobustaError('BAD_FORMAT', 'neither a zip archive nor a pickle');
  }
  const first = unpickle(cursor, bare, 'pickle');
  if (first !== LEGACY_MAGIC) {
    if (cursor.left > 0) throw new RobustaError('BAD_FORMAT', `${cursor.left} bytes follow the pickle`);
    return first;
  }
  const version = unpickle(cursor, bare, 'version pickle');
  if (version !== LEGACY_PROTOCOL) {
    throw new RobustaError(
      'BAD_FORMAT',
      `version ${String(version).slice(0, 40)} of the format is not known`,
    );
  }
  unpickle(cursor, bare, 'system pickle');
  const host = new TorchHost(budget);
  const value = unpickle(cursor, host, 'object pickle');
  placeLegacy(unpickle(cursor, bare, 'keys pickle'), host, cursor, consume);
  return value;
}

/** The storages follow in the order of their keys, each an int64 count and the elements, always little-endian. */
function placeLegacy(keys: PickleValue, host: TorchHost, cursor: Cursor, consume: boolean): void {
  if (!isList(keys) || keys.length !== host.storages.size) {
    throw new RobustaError(
      'BAD_FORMAT',
      `the object needs ${host.storages.size} storages, the file lists others`,
    );
  }
  for (const item of keys) {
    const storage = host.storages.get(asText(item) ?? '');
    if (!storage || storage.placed)
      throw new RobustaError('BAD_FORMAT', 'a storage is listed twice or never used');
    const where = `storage ${storage.key}`;
    if (cursor.left < 8) throw new RobustaError('TRUNCATED', `${where}: the file ends before it`);
    const count = cursor.uint64();
    if (count !== storage.count) {
      throw new RobustaError(
        'BAD_FORMAT',
        `${where} has ${count} elements, its tensors expect ${storage.count}`,
      );
    }
    const stored = cursor.take(Math.min(storage.byteLength, cursor.left));
    storage.place(consume ? aligned(stored, storage) : stored, true);
  }
  if (cursor.left > 0) throw new RobustaError('BAD_FORMAT', `${cursor.left} bytes follow the last storage`);
}

/** Moves a storage to where its elements can be viewed: over the end of its count, which has been read. */
function aligned(stored: Uint8Array, { dtype }: Storage): Uint8Array {
  const shift = dtype ? stored.byteOffset % ITEM_SIZE[dtype] : 0;
  if (shift === 0) return stored;
  const moved = new Uint8Array(stored.buffer, stored.byteOffset - shift, stored.length);
  moved.set(stored);
  return moved;
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeShared, goldenJson } from '@robusta/test-kit';
import { readNpy, readSafetensors, writeNpy, writeSafetensors } from '../src/index.js';

describeShared('golden/corruptions', (folder) => {
  interface Manifest {
    files: { file: string; dtype: string; shape: number[] }[];
  }
  const { files } = goldenJson<Manifest>(join(folder, 'manifest.json'));
  const arrays = files.filter(({ file }) => file.endsWith('.npy'));

  test('lists .npy files', () => expect(arrays.length).toBeGreaterThan(0));

  test.each(arrays)(
    '$file, written by NumPy, is read as the manifest has it and written again byte by byte',
    (entry) => {
      const bytes = readFileSync(join(folder, entry.file));
      const array = readNpy(bytes);
      expect({ dtype: array.dtype, shape: array.shape }).toEqual({ dtype: entry.dtype, shape: entry.shape });
      expect(Buffer.compare(writeNpy(array), bytes)).toBe(0);
    },
  );
});

describeShared('golden/backbones', (folder) => {
  const files = readdirSync(folder).filter((file) => file.endsWith('.safetensors'));

  test('holds .safetensors files', () => expect(files.length).toBeGreaterThan(0));

  test.each(files)('%s survives a round trip', (file) => {
    const { tensors, metadata } = readSafetensors(readFileSync(join(folder, file)));
    expect(Object.keys(tensors).length).toBeGreaterThan(0);
    const again = readSafetensors(writeSafetensors(tensors, metadata));
    expect(again.metadata).toEqual(metadata);
    expect(Object.keys(again.tensors).sort()).toEqual(Object.keys(tensors).sort());
    for (const [name, { dtype, shape, data }] of Object.entries(tensors)) {
      const other = again.tensors[name]!;
      expect({ dtype: other.dtype, shape: other.shape }).toEqual({ dtype, shape });
      const bytes = (array: ArrayBufferView) => Buffer.from(array.buffer, array.byteOffset, array.byteLength);
      expect(bytes(other.data).equals(bytes(data))).toBe(true);
    }
  });
});

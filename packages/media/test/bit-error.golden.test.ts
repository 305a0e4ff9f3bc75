import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeShared, goldenJson } from '@robusta/test-kit';
import { createByteNoise } from '../src/bit-error/byte-noise.js';

interface Entry {
  file: string;
  dtype: string;
  role?: string;
  params?: { amount: number; start_state?: number };
  final_state?: number;
  hits?: number;
}

/** The data of a version 1 or 2 `.npy` file of whole numbers. */
function readNpy(path: string): number[] {
  const bytes = readFileSync(path);
  const length = bytes[6] === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8);
  const start = (bytes[6] === 1 ? 10 : 12) + length;
  const kind = /'descr': '[<|]([ui]\d)'/.exec(bytes.toString('latin1', 0, start))![1]!;
  const size = Number(kind[1]);
  const read = kind[0] === 'u' ? 'readUIntLE' : 'readIntLE';
  return Array.from({ length: (bytes.length - start) / size }, (_, i) => bytes[read](start + i * size, size));
}

describeShared('golden/corruptions', (path) => {
  const entries = goldenJson<{ files: Entry[] }>(join(path, 'manifest.json')).files.filter(({ file }) =>
    file.startsWith('bitstream/'),
  );
  const load = ({ file }: Entry) => readNpy(join(path, file));
  const inputs = entries.filter(({ role }) => role === 'input');
  const packets = Uint8Array.from(load(inputs.find(({ dtype }) => dtype === 'uint8')!));
  const sizes = load(inputs.find(({ dtype }) => dtype !== 'uint8')!);
  const positions = entries.filter(({ role, final_state }) => role !== 'input' && final_state !== undefined);
  const valuesOf = ({ file }: Entry) =>
    entries.find((entry) => entry.file === file.replace(/pos(?=[^/]*$)/, 'val'))!;

  test('the folder lists packets, their sizes and damage with values', () => {
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(packets.length);
    expect(positions.length).toBeGreaterThan(0);
    const covered = new Set([...inputs, ...positions, ...positions.map(valuesOf)]);
    expect(entries.filter((entry) => !covered.has(entry))).toEqual([]);
  });

  test.each(positions)('$file', (entry) => {
    const { amount, start_state = 0 } = entry.params!;
    const noise = createByteNoise(amount, start_state);
    const damaged = packets.slice();
    let at = 0;
    for (const size of sizes) {
      noise.damage(damaged.subarray(at, at + size));
      at += size;
    }
    const changed = [...damaged.keys()].filter((i) => damaged[i] !== packets[i]);
    expect(changed).toEqual(load(entry));
    expect(changed.map((i) => damaged[i])).toEqual(load(valuesOf(entry)));
    expect(noise.state).toBe(entry.final_state);
    if (entry.hits !== undefined) expect(noise.hits).toBe(entry.hits);
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RobustaError } from '@robusta/core';
import { describeShared, goldenJson } from '@robusta/test-kit';
import { type PthValue, readPth, readPthObject, type TensorData } from '../src/index.js';

type Content =
  | { kind: 'tensor'; dtype: string; shape: number[]; values_row_major: (number | string | boolean)[] }
  | { kind: 'ndarray'; dtype: string; shape: number[]; values_row_major: (number | string | boolean)[] }
  | { kind: 'dict'; entries: [string | number, Content][] }
  | { kind: 'list' | 'tuple'; items: Content[] }
  | { kind: 'int'; value: string }
  | { kind: 'float' | 'string' | 'bool'; value: number | string | boolean }
  | { kind: 'none' };

interface Manifest {
  good: { file: string; content: Content }[];
  bad: { file: string; why: string }[];
}

/** A dtype as numpy writes it, such as `<f8`, in our words. */
function numpyName(code: string): string {
  const [, kind, size] = /^[<>|]([fiub])(\d)$/.exec(code)!;
  return kind === 'b' ? 'bool' : `${{ f: 'float', i: 'int', u: 'uint' }[kind!]}${8 * Number(size)}`;
}

/** Values of the manifest are those of float64, int64 as text. */
function expectTensor(actual: TensorData, expected: Content & { kind: 'tensor' | 'ndarray' }): void {
  expect(actual.shape).toEqual(expected.shape);
  expect(actual.dtype).toBe(expected.kind === 'ndarray' ? numpyName(expected.dtype) : expected.dtype);
  const values = Array.from<number | bigint>(actual.data);
  const wanted = expected.values_row_major.map((value) =>
    String(typeof value === 'boolean' ? Number(value) : value),
  );
  expect(values.map(String)).toEqual(wanted);
}

function expectValue(actual: PthValue, expected: Content): void {
  switch (expected.kind) {
    case 'tensor':
    case 'ndarray':
      expectTensor(actual as TensorData, expected);
      return;
    case 'dict': {
      if (!(actual instanceof Map)) throw new Error('not a Map');
      expect([...actual.keys()]).toEqual(expected.entries.map(([key]) => key));
      for (const [key, value] of expected.entries) expectValue(actual.get(key)!, value);
      return;
    }
    case 'list':
    case 'tuple': {
      if (!Array.isArray(actual)) throw new Error('not an array');
      expect(Object.isFrozen(actual)).toBe(expected.kind === 'tuple');
      expect(actual.length).toBe(expected.items.length);
      expected.items.forEach((item, i) => {
        expectValue(actual[i]!, item);
      });
      return;
    }
    case 'int':
      expect(typeof actual).toBe(Number.isSafeInteger(Number(expected.value)) ? 'number' : 'bigint');
      expect(String(actual)).toBe(expected.value);
      return;
    case 'none':
      expect(actual).toBeNull();
      return;
    default:
      expect(actual).toBe(expected.value);
  }
}

/** Every tensor of the content under its path. */
function flat(content: Content, path: string[] = []): [string, Content & { kind: 'tensor' | 'ndarray' }][] {
  if (content.kind === 'tensor' || content.kind === 'ndarray') return [[path.join('.'), content]];
  if (content.kind === 'dict')
    return content.entries.flatMap(([key, value]) => flat(value, [...path, String(key)]));
  if (content.kind === 'list' || content.kind === 'tuple')
    return content.items.flatMap((item, i) => flat(item, [...path, String(i)]));
  return [];
}

describeShared('golden/checkpoints', (folder) => {
  const { good, bad } = goldenJson<Manifest>(join(folder, 'manifest.json'));

  test('lists files', () => expect(Math.min(good.length, bad.length)).toBeGreaterThan(0));

  test.each(good)('$file is read exactly', ({ file, content }) => {
    const bytes = readFileSync(join(folder, file));
    expectValue(readPthObject(bytes), content);
    const tensors = flat(content);
    const read = readPth(bytes);
    expect(readPth(Uint8Array.from(bytes), { consume: true })).toEqual(read);
    expect(Object.keys(read)).toEqual(tensors.map(([name]) => name));
    for (const [name, expected] of tensors) expectTensor(read[name]!, expected);
  });

  test.each(bad)('$file is refused: $why', ({ file, why }) => {
    const bytes = readFileSync(join(folder, file));
    if (/byteorder big/.test(why)) {
      const values = Object.values(readPth(bytes)).map(({ data }) => Array.from<number | bigint>(data));
      expect(values).toEqual([[0, 1, 2, 3, 4, 5]]);
      return;
    }
    for (const read of [readPth, readPthObject]) {
      const before = process.memoryUsage().arrayBuffers;
      let error: unknown;
      try {
        read(bytes);
      } catch (thrown) {
        error = thrown;
      }
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16e6);
      if (!RobustaError.isInstance(error)) throw new Error(`no typed error but ${error}`);
      expect(['BAD_FORMAT', 'TRUNCATED']).toContain(error.code);
      expect(error.message).toMatch(/^readPth(Object)?: ./);
      expect(error.hint).toBeTruthy();
    }
  });
});

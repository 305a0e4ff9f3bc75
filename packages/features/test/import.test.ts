import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TensorData, writeSafetensors } from '@robusta/tensor-io';
import { describeShared, goldenJson } from '@robusta/test-kit';
import { writePth } from '@robusta/test-kit/pth';
import { fromCaffe2, isCaffe2 } from '../src/checkpoint/caffe2.js';
import { findState } from '../src/checkpoint/find-state.js';
import { importCheckpoint, networkTensors, openModel } from '../src/index.js';
import { formulaState } from './formula.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robusta-import-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const tensors = networkTensors('i3d-resnet50').filter(({ optional }) => !optional);
const empty = (names: readonly string[]): Record<string, TensorData> =>
  Object.fromEntries(
    names.map((name) => [name, { shape: [0], dtype: 'float32', data: new Float32Array(0) }]),
  );

test('a checkpoint becomes a model that runs; its form and the names before its names do not matter', async () => {
  const state = formulaState('test', 'i3d_r50', tensors) as Record<string, TensorData & { dtype: 'float32' }>;
  const wrapped = Object.fromEntries(
    Object.entries(state).map(([name, tensor]) => [`module.${name}`, tensor]),
  );
  const [pth, safe] = [join(folder, 'a.pth'), join(folder, 'b_8x8.safetensors')];
  await writeFile(pth, writePth(wrapped));
  await writeFile(safe, writeSafetensors(state));
  const output = join(folder, 'models', 'a.onnx');
  const report = await importCheckpoint({ kind: 'i3d-resnet50', source: pth, output });
  expect(report).toMatchObject({
    prefix: 'module.',
    tensors: tensors.length,
    nonLocal: false,
    ignored: [],
    warnings: [],
  });
  const other = join(folder, 'b.onnx');
  const second = await importCheckpoint({ kind: 'i3d-resnet50', source: safe, output: other });
  expect(second.prefix).toBe('');
  expect(second.warnings).toEqual([expect.stringContaining('the name says 8x8')]);
  expect(second.output.bytes - report.output.bytes).toBe(
    'b_8x8.safetensors'.length - 'a.pth'.length + sizeChange(),
  );
  expect(await readdir(join(folder, 'models'))).toEqual(['a.onnx']);

  const model = await openModel(output, { kind: 'i3d-resnet50', threads: 2, spinning: false });
  expect(model).toMatchObject({
    kind: 'i3d-resnet50',
    dim: 2048,
    item: [3, 16, 224, 224],
    sha256: report.output.sha256,
  });
  expect(model.metadata.source).toEqual(report.source);
  const features = await model.run(new Float32Array(3 * 16 * 224 * 224), 1);
  expect(features.length).toBe(2048);
  expect(features.every((value) => value >= 0 && Number.isFinite(value))).toBe(true);
  await expect(model.run(new Float32Array(5), 1)).rejects.toMatchObject({ code: 'BAD_INPUT' });
  await expect(model.run(new Float32Array(0), 0)).rejects.toMatchObject({ code: 'BAD_INPUT' });
  await model.dispose();
  await model.dispose();
  await expect(model.run(features, 1)).rejects.toMatchObject({ code: 'BAD_INPUT' });

  await expect(openModel(output, { kind: 'vggish' })).rejects.toMatchObject({ code: 'BAD_MODEL' });
  const bytes = await readFile(output);
  await writeFile(other, bytes.subarray(0, bytes.length >> 1));
  await expect(openModel(other, { kind: 'i3d-resnet50' })).rejects.toMatchObject({ code: 'TRUNCATED' });

  /** The sizes of the two sources are written with as many digits as they have. */
  function sizeChange(): number {
    return String(second.source.bytes).length - String(report.source.bytes).length;
  }
});

test('what is missing, unexpected and mis-shaped is listed, and nothing is written', async () => {
  const small = (shape: readonly number[]) => ({
    shape: [...shape],
    dtype: 'float32' as const,
    data: new Float32Array(shape.reduce((a, b) => a * b, 1)),
  });
  const source = join(folder, 'part.safetensors');
  await writeFile(
    source,
    writeSafetensors({ 'bn1.weight': small([64]), 'bn1.bias': small([32]), extra: small([1]) }),
  );
  const failure = importCheckpoint({ kind: 'i3d-resnet50', source, output: join(folder, 'x.onnx') });
  await expect(failure).rejects.toMatchObject({
    code: 'BAD_MODEL',
    message: expect.stringMatching(
      /part\.safetensors.*265 missing: conv1\.weight.*1 unexpected: extra.*1 mis-shaped: bn1\.bias \(\[32\] instead of \[64\]\)/,
    ),
    details: { unexpected: ['extra'], misshaped: [{ name: 'bn1.bias', expected: [64], found: '[32]' }] },
  });
  expect(await readdir(folder)).toEqual(['part.safetensors']);
});

test('a number that is none is told with its tensor', async () => {
  const names = networkTensors('vggish').filter(({ optional }) => !optional);
  const state = Object.fromEntries(
    names.map(({ name, shape }) => [
      name,
      {
        shape: [...shape],
        dtype: 'float32' as const,
        data: new Float32Array(shape.reduce((a, b) => a * b, 1)),
      },
    ]),
  );
  state['features.6.bias']!.data[3] = Number.NaN;
  const { networkGraph } = await import('../src/index.js');
  expect(() => networkGraph('vggish', state)).toThrow(
    expect.objectContaining({
      code: 'NON_FINITE',
      message: expect.stringContaining('element 3 of features.6.bias'),
    }),
  );
});

test('the state dict is found where it is nested; what lies beside it is left out', () => {
  const names = networkTensors('i3d-inception').map(({ name }) => `model.state_dict.module.${name}`);
  const found = findState('i3d-inception', empty([...names, 'optimizer.state.0.momentum']));
  expect(found.prefix).toBe('model.state_dict.module.');
  expect(found.ignored).toEqual(['optimizer.state.0.momentum']);
  expect(Object.keys(found.state)).toEqual(networkTensors('i3d-inception').map(({ name }) => name));
});

test('another network and another port of one are refused with the reason', () => {
  const vggish = empty(networkTensors('vggish').map(({ name }) => name));
  expect(() => findState('i3d-resnet50', vggish)).toThrow(/holds vggish, not i3d-resnet50/);
  const port = empty(['module.conv3d_1a_7x7.conv3d.weight', 'module.mixed_3b.branch_0.conv3d.weight']);
  expect(() => findState('i3d-inception', port)).toThrow(/another port.*epsilon/);
});

describeShared('golden/features', (shared) => {
  interface Key {
    key: string;
    shape: number[];
    caffe2?: string;
  }
  const dicts = goldenJson<Record<string, unknown>>(join(shared, 'state_dicts.json'));
  const kinds = [
    ['i3d_r50', 'i3d-resnet50', {}],
    ['i3d_r50_nonlocal', 'i3d-resnet50', { nonLocal: true }],
    ['i3d_inception', 'i3d-inception', {}],
    ['vggish', 'vggish', {}],
  ] as const;

  test.each(kinds)('%s: every key and shape, and nothing else', (name, kind, form) => {
    const ours = networkTensors(kind, form).map((tensor) => [tensor.name, tensor.shape]);
    const published = (dicts[name] as Key[]).map(({ key, shape }) => [key, shape]);
    const isPca = ([key]: unknown[]) => String(key).startsWith('pproc.');
    expect(new Map(ours.filter((one) => !isPca(one)) as [string, number[]][])).toEqual(
      new Map(published.filter((one) => !isPca(one)) as [string, number[]][]),
    );
  });

  test.each(['i3d_r50', 'i3d_r50_nonlocal'])("%s: Caffe2's names become PyTorch's", (name) => {
    const keys = (dicts[name] as Key[]).filter(({ caffe2 }) => caffe2);
    expect(keys.length).toBeGreaterThan(0);
    const blobs = empty(keys.map(({ caffe2 }) => `blobs.${caffe2}`));
    const scalar: TensorData = { shape: [], dtype: 'float32', data: new Float32Array(1) };
    const all = { ...blobs, 'blobs.lr': scalar, ...empty(['blobs.conv1_w_momentum']) };
    expect(isCaffe2(Object.keys(all))).toBe(true);
    const { tensors: renamed, ignored } = fromCaffe2(all);
    expect(Object.keys(renamed)).toEqual(keys.map(({ key }) => key));
    expect(ignored).toEqual(['blobs.lr', 'blobs.conv1_w_momentum']);
    const found = findState('i3d-resnet50', all);
    expect([Object.keys(found.state), found.ignored]).toEqual([Object.keys(renamed), ignored]);
  });
});

describeShared('golden/checkpoints', (shared) => {
  const { good, bad } = goldenJson<Record<'good' | 'bad', { file: string }[]>>(join(shared, 'manifest.json'));

  test.each([...good, ...bad])(
    '$file is no model of ours: refused by type, nothing written',
    async ({ file }) => {
      const output = join(folder, 'x.onnx');
      const failure = importCheckpoint({ kind: 'i3d-resnet50', source: join(shared, file), output });
      await expect(failure).rejects.toMatchObject({
        code: expect.stringMatching(/^(BAD_FORMAT|TRUNCATED|BAD_MODEL|EMPTY_INPUT)$/),
        message: expect.stringContaining(file),
      });
      expect(await readdir(folder)).toEqual([]);
    },
  );
});

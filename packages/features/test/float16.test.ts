import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TensorData } from '@robusta/tensor-io';
import { networkGraph, networkTensors, openModel } from '../src/index.js';
import { formulaState, formulaVideo, networkInput } from './formula.js';
import { rms } from './golden-networks.js';

const layers = [1, 1, 1, 1] as const;
const clip = [16, 32, 32] as const;
const kind = 'i3d-resnet50';
const state = formulaState('half', 'i3d_r50', networkTensors(kind, { layers }));
const options = { layers, clip };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robusta-float16-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('float16: half the file, float32 input and output, features that differ a little', async () => {
  const full = networkGraph(kind, state, options);
  const half = networkGraph(kind, state, { ...options, precision: 'float16' });
  expect(half.length / full.length).toBeCloseTo(0.5, 2);
  expect(Buffer.compare(networkGraph(kind, state, { ...options, precision: 'float32' }), full)).toBe(0);
  const video = networkInput(formulaVideo('half', 'video', clip));
  const features: Float32Array[] = [];
  for (const [name, bytes] of Object.entries({ full, half })) {
    const path = join(folder, `${name}.onnx`);
    await writeFile(path, bytes);
    const model = await openModel(path, { kind, threads: 2, spinning: false });
    expect(model.metadata.precision).toBe(name === 'half' ? 'float16' : undefined);
    features.push(await model.run(video, 1));
    await model.dispose();
  }
  const [own, rounded] = features as [Float32Array, Float32Array];
  expect(rounded.length).toBe(2048);
  const difference = rms(own.map((value, i) => value - rounded[i]!)) / rms(own);
  expect(difference).toBeGreaterThan(1e-5);
  expect(difference).toBeLessThan(5e-3);
});

test('a weight that float16 cannot hold is told, and needs float32', () => {
  const large = {
    ...state,
    'bn1.weight': { shape: [64], dtype: 'float32', data: new Float32Array(64).fill(1e7) } as TensorData,
  };
  expect(() => networkGraph(kind, large, { ...options, precision: 'float16' })).toThrow(
    expect.objectContaining({ code: 'BAD_MODEL', message: expect.stringContaining('too large for float16') }),
  );
  expect(networkGraph(kind, large, options).length).toBeGreaterThan(0);
  expect(() => networkGraph(kind, state, { precision: 'int8' as 'float16' })).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION' }),
  );
});

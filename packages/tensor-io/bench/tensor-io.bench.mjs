import { readNpy, readSafetensors, writeNpy, writeSafetensors } from '@robusta/tensor-io';
import { measure, record } from '@robusta/test-kit/bench';

const shape = [4096, 10, 1024]; // features of a long video, ten crops
const data = Float32Array.from({ length: shape[0] * shape[1] * shape[2] }, (_, i) => (i % 2001) / 1000 - 1);
const megabytes = data.byteLength / 1e6;
const tensor = { shape, dtype: 'float32', data };

async function rate(name, fn, size = megabytes) {
  const milliseconds = await measure(fn, { seconds: 1 });
  record({ package: '@robusta/tensor-io', name, value: (size / milliseconds) * 1000, unit: 'MB/s' });
}

const npy = writeNpy(tensor);
const text = new TextDecoder('latin1').decode(npy.subarray(0, 128));
const variant = (from, to) => {
  const bytes = Uint8Array.from(npy);
  bytes.set(new TextEncoder().encode(text.slice(10).replace(from, to).slice(0, 118)), 10);
  return bytes;
};
const fortran = variant('False', 'True ');
const bigEndian = variant('<f4', '>f4');
const unaligned = new Uint8Array(npy.length + 1);
unaligned.set(npy, 1);
const half = writeSafetensors({ a: { shape, dtype: 'float16', data } });

const open = await measure(() => readNpy(npy), { seconds: 0.5 });
record({ package: '@robusta/tensor-io', name: 'read .npy as a view', value: open * 1000, unit: 'µs' });
await rate('read .npy, unaligned', () => readNpy(unaligned.subarray(1)));
await rate('read .npy, big-endian', () => readNpy(bigEndian));
await rate('read .npy, Fortran order', () => readNpy(fortran));
await rate('write .npy', () => writeNpy(tensor));
await rate('write .safetensors', () => writeSafetensors({ a: tensor }));
await rate('read .safetensors float16', () => readSafetensors(half), megabytes / 2);
await rate(
  'write .safetensors float16',
  () => writeSafetensors({ a: { shape, dtype: 'float16', data } }),
  megabytes / 2,
);

import { type CompiledFunction, compile, trace } from '@robusta/tfjs-onnx';
import { type Attribute, GraphBuilder } from '@robusta/tfjs-onnx/onnx';
import * as tf from '@tensorflow/tfjs';

export async function run() {
  const add = ([a, b]: readonly tf.Tensor[]) => [tf.add(a!, b!)];
  const specs = [
    { shape: [3], dtype: 'float32' },
    { shape: [3], dtype: 'float32' },
  ] as const;
  const compiled: CompiledFunction = await compile(add, specs, { engine: 'onnx' });
  const [sum] = await compiled.run([Float32Array.of(1, 2, 3), Float32Array.of(10, 20, 30)]);
  compiled.dispose();
  const attribute: Attribute | undefined = undefined;
  const builder = attribute ?? typeof GraphBuilder;
  return { sum: [...sum!], outputs: trace(add, specs).outputs.length, builder };
}

export const expected = { sum: [11, 22, 33], outputs: 1, builder: 'function' };

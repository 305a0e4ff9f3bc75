import * as tf from '@tensorflow/tfjs';

type Infos = Record<string, tf.TensorInfo | undefined> | tf.TensorInfo[];

/**
 * Gives a backend the kernels that only the pure JavaScript backend has (for wasm among them several gradients), by
 * copying inputs and outputs across. Kernels that the backend has are left alone.
 */
export function registerFallbacks(backendName: string, cpu: tf.KernelBackend): void {
  for (const { kernelName, kernelFunc } of tf.getKernelsForBackend('cpu')) {
    if (tf.getKernel(kernelName, backendName)) continue;
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, attrs, backend }) => {
        const own = backend as tf.KernelBackend;
        const copies: tf.TensorInfo[] = [];
        const toCpu = (info: tf.TensorInfo | undefined) => {
          if (!info?.dataId) return info;
          const dataId = cpu.write(own.readSync(info.dataId as object), info.shape, info.dtype);
          const copy = { dataId, shape: info.shape, dtype: info.dtype };
          copies.push(copy);
          return copy;
        };
        const fromCpu = (info: tf.TensorInfo): tf.TensorInfo => {
          copies.push(info);
          const values = cpu.readSync(info.dataId as object);
          return { dataId: own.write(values, info.shape, info.dtype), shape: info.shape, dtype: info.dtype };
        };
        const given = inputs as unknown as Infos;
        const moved = Array.isArray(given)
          ? given.map(toCpu)
          : Object.fromEntries(Object.entries(given).map(([key, info]) => [key, toCpu(info)]));
        try {
          const result = kernelFunc({
            inputs: moved as unknown as tf.NamedTensorInfoMap,
            attrs: attrs!,
            backend: cpu,
          });
          return Array.isArray(result) ? result.map(fromCpu) : fromCpu(result as tf.TensorInfo);
        } finally {
          for (const { dataId } of copies) cpu.disposeData(dataId as object, true);
        }
      },
    });
  }
}

import { RobustaError } from '@robusta/core';

export type Runtime = typeof import('onnxruntime-node') & {
  /** Execution providers that this build knows, whether or not their libraries are there. */
  listSupportedBackends?: () => { name: string; bundled: boolean }[];
};

/** onnxruntime-node, loaded at the first use: the eager engines do without it. */
export async function loadRuntime(): Promise<Runtime> {
  try {
    const module = await import('onnxruntime-node');
    return ((module as { default?: Runtime }).default ?? module) as Runtime;
  } catch (cause) {
    throw new RobustaError(
      'ENGINE_UNAVAILABLE',
      "engine 'onnx' needs onnxruntime-node, which cannot be loaded",
      { hint: "npm install onnxruntime-node, or choose engine 'wasm' or 'cpu'", cause },
    );
  }
}

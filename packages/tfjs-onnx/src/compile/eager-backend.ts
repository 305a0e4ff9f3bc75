import { RobustaError } from '@robusta/core';
import * as tf from '@tensorflow/tfjs';
import { silenceBanner } from '../trace/quiet.js';
import { registerFallbacks } from './fallback.js';
import type { Engine } from './options.js';

export type EagerEngine = Exclude<Engine, 'onnx'>;

const pending = new Map<string, Promise<tf.KernelBackend>>();

/** tfjs's name for the backend of an engine. */
export const backendNameOf = (engine: EagerEngine): string =>
  engine.startsWith('tfjs-node') ? 'tensorflow' : engine;

/** The tfjs backend of an engine, started at the first call. The backend in force is not changed. */
export async function eagerBackend(engine: EagerEngine): Promise<tf.KernelBackend> {
  let started = pending.get(engine);
  if (!started) {
    started = start(engine);
    pending.set(engine, started);
    // A failed start may be repaired (a package installed) and tried again.
    started.catch(() => pending.delete(engine));
  }
  return started;
}

async function start(engine: EagerEngine): Promise<tf.KernelBackend> {
  // Backends register themselves as the preferred one when they are loaded: let tfjs choose before that.
  await tf.ready();
  await loaders[engine]?.();
  const name = backendNameOf(engine);
  const registry = tf.engine().registry as Record<string, tf.KernelBackend | undefined>;
  const backend = registry[name] ?? (await create(name));
  registry[name] ??= backend;
  silenceBanner();
  if (engine === 'wasm') {
    const cpu = await eagerBackend('cpu');
    registerFallbacks('wasm', cpu);
  }
  return backend;
}

/** As tfjs's setBackend does, without putting the backend in force. */
async function create(name: string): Promise<tf.KernelBackend> {
  const factory = tf.findBackendFactory(name);
  if (!factory) throw unavailable(`tfjs has no backend ${name} here`, "choose engine 'onnx'");
  let backend: tf.KernelBackend;
  try {
    backend = await factory();
  } catch (cause) {
    throw unavailable(
      `tfjs backend ${name} does not start: ${(cause as Error).message}`,
      "choose engine 'onnx'",
      cause,
    );
  }
  for (const { setupFunc } of tf.getKernelsForBackend(name)) setupFunc?.(backend);
  return backend;
}

async function loadWasm(): Promise<void> {
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  if (typeof process === 'undefined' || !process.versions?.node) return;
  const { createRequire } = await import('node:module');
  const { dirname } = await import('node:path');
  const main = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(`${dirname(main)}/`);
}

async function loadOptional(engine: EagerEngine, module: string): Promise<void> {
  try {
    await import(module);
  } catch (cause) {
    throw unavailable(
      `engine '${engine}' needs ${module}, which cannot be loaded`,
      `npm install ${module}, or choose engine 'onnx'`,
      cause,
    );
  }
}

/** What a browser has; Node has none of it. */
const browser = globalThis as {
  document?: unknown;
  OffscreenCanvas?: unknown;
  navigator?: { gpu?: unknown };
};

async function loadWebgl(): Promise<void> {
  if (browser.document || browser.OffscreenCanvas) return;
  throw unavailable(
    "engine 'webgl' needs a browser: there is no document or OffscreenCanvas here to draw on",
    "choose engine 'onnx', or 'wasm'",
  );
}

async function loadWebgpu(): Promise<void> {
  if (browser.navigator?.gpu) {
    return loadOptional('webgpu', '@tensorflow/tfjs-backend-webgpu');
  }
  throw unavailable(
    "engine 'webgpu' needs a browser with WebGPU: there is no navigator.gpu here",
    "engine 'onnx' has a WebGPU of its own: executionProviders ['webgpu']",
  );
}

/** What brings the backend of an engine into tfjs, where it is not there from the start. */
const loaders: Partial<Record<EagerEngine, () => Promise<void>>> = {
  wasm: loadWasm,
  webgl: loadWebgl,
  webgpu: loadWebgpu,
  'tfjs-node': () => loadOptional('tfjs-node', '@tensorflow/tfjs-node'),
  'tfjs-node-gpu': () => loadOptional('tfjs-node-gpu', '@tensorflow/tfjs-node-gpu'),
};

const unavailable = (message: string, hint: string, cause?: unknown) =>
  new RobustaError('ENGINE_UNAVAILABLE', message, { hint, ...(cause === undefined ? {} : { cause }) });

import { RobustaError } from '@robusta/core';
import * as tf from '@tensorflow/tfjs';
import { silenceBanner } from '../trace/quiet.js';
import { registerFallbacks } from './fallback.js';

export type EagerEngine = 'wasm' | 'cpu' | 'tfjs-node' | 'tfjs-node-gpu';

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
  if (engine === 'wasm') await loadWasm();
  if (engine !== 'wasm' && engine !== 'cpu') await loadTfjsNode(engine);
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
  if (!factory) throw unavailable(name, `tfjs has no backend ${name}`);
  let backend: tf.KernelBackend;
  try {
    backend = await factory();
  } catch (cause) {
    throw unavailable(name, `tfjs backend ${name} does not start: ${(cause as Error).message}`, cause);
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

async function loadTfjsNode(engine: 'tfjs-node' | 'tfjs-node-gpu'): Promise<void> {
  const module = `@tensorflow/${engine}`;
  try {
    await import(module);
  } catch (cause) {
    throw new RobustaError(
      'ENGINE_UNAVAILABLE',
      `engine '${engine}' needs ${module}, which cannot be loaded`,
      {
        hint: `npm install ${module}, or choose engine 'onnx'`,
        cause,
      },
    );
  }
}

const unavailable = (name: string, message: string, cause?: unknown) =>
  new RobustaError('ENGINE_UNAVAILABLE', message, {
    hint: `choose another engine than ${name}`,
    ...(cause === undefined ? {} : { cause }),
  });

import { RobustaError } from '@robusta/core';
import { createPlainEngine, type Engine, type EngineTask } from './engine.js';
import type { EngineChoice } from './engine-options.js';

/** Below so many multiplications of a product over all rows, plain TypeScript is done before ONNX Runtime has started. */
const WORTHWHILE = 2e7;
/** Products of narrower rows are too small for a library call each. */
const NARROWEST = 16;

/**
 * Opens the engine for a task. Only full and tied covariances have matrices to multiply: the others are plain always.
 * @throws ENGINE_UNAVAILABLE where `onnx` is asked for by name and onnxruntime-node cannot be loaded
 */
export async function openEngine({ engine, threads }: EngineChoice, task: EngineTask): Promise<Engine> {
  const { covarianceType: type, components, dim, rows } = task;
  const hasMatrices = type === 'full' || type === 'tied';
  const products = rows * dim * dim * (type === 'full' ? components : 1);
  const worthwhile = dim >= NARROWEST && products >= WORTHWHILE;
  if (!hasMatrices || engine === 'plain' || (engine === 'auto' && !worthwhile))
    return createPlainEngine(task);
  try {
    const { openOnnxEngine } = await import('./onnx-engine.js');
    return await openOnnxEngine(task, threads);
  } catch (cause) {
    const missing = cause instanceof RobustaError && cause.code === 'ENGINE_UNAVAILABLE';
    if (engine === 'auto' && missing) return createPlainEngine(task);
    throw cause;
  }
}

import { RobustaError } from '@robusta/core';
import * as tf from '@tensorflow/tfjs';
import { callSite } from './unsupported.js';

/** The fields of tfjs's engine that say which backend and which bookkeeping are in use. */
interface EngineFields {
  state: { tensorInfo: WeakMap<object, { backend: tf.KernelBackend }> };
  backendName: string | null;
  backendInstance: tf.KernelBackend | null;
  pendingBackendInit: Promise<boolean> | undefined;
}

const fields = (): EngineFields => tf.engine() as unknown as EngineFields;

/** Knows its own tensors; for reading, those of the scope around it too. */
class NestedTensorInfo extends WeakMap<object, { backend: tf.KernelBackend }> {
  constructor(private readonly outer: WeakMap<object, { backend: tf.KernelBackend }>) {
    super();
  }
  override get(dataId: object) {
    return super.get(dataId) ?? this.outer.get(dataId);
  }
}

/**
 * Runs a function with another tfjs backend in force, and puts everything back, also after an error. tfjs's own
 * setBackend is asynchronous and would leave a gap in which other code sees the wrong backend.
 */
export function withBackend<T>(name: string, backend: tf.KernelBackend, fn: () => T): T {
  const engine = fields();
  const { backendName, backendInstance, pendingBackendInit } = engine;
  engine.backendName = name;
  engine.backendInstance = backend;
  engine.pendingBackendInit = undefined;
  try {
    return fn();
  } finally {
    engine.backendName = backendName;
    engine.backendInstance = backendInstance;
    engine.pendingBackendInit = pendingBackendInit;
  }
}

/** tfjs bookkeeping apart from the caller's: open tidy scopes, gradient tapes, tensor counts. */
export type OwnState = EngineFields['state'];

/** A fresh one; tensors of the bookkeeping in force can be read through it. */
export function ownState(): OwnState {
  const outer = fields().state;
  const inner = new (outer.constructor as new () => OwnState)();
  inner.tensorInfo = new NestedTensorInfo(outer.tensorInfo);
  return inner;
}

/** Runs a function with given bookkeeping: the caller's is neither seen nor touched. */
export function withState<T>(state: OwnState, fn: () => T): T {
  const engine = fields();
  const outer = engine.state;
  engine.state = state;
  try {
    return fn();
  } finally {
    engine.state = outer;
  }
}

/** Runs a function with bookkeeping of its own; what it leaves behind does not count. */
export const withOwnState = <T>(fn: () => T): T => withState(ownState(), fn);

/** Reads a tensor of whichever backend owns it. */
export function readAnywhere(dataId: object): tf.BackendValues {
  const info = fields().state.tensorInfo.get(dataId);
  if (!info) {
    const site = callSite();
    throw new RobustaError('BAD_INPUT', `a tensor that was disposed is used${site ? ` at ${site}` : ''}`, {
      hint: 'the gradient of tf.logSigmoid does so; logSigmoid of this package does not',
    });
  }
  return info.backend.readSync(dataId);
}

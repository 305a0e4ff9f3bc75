import { RobustaError } from '@robusta/core';
import * as tf from '@tensorflow/tfjs';
import { clipByGlobalNorm } from '../functions/clip.js';
import { stopGradient } from '../functions/gradient.js';
import type { TensorFunction, TensorSpec } from '../trace/trace.js';
import { bufferGroups, type Group, groupsOf, partsOf, vectorsOf } from './layout.js';
import { optimizerOf } from './optimizer.js';
import type { Definition, LossContext, LossValue, LossWithBuffers } from './options.js';

/** A step as a function of typed arrays: state, three scalars and a batch in; terms, norm and the next state out. */
export interface StepFunction {
  fn: TensorFunction;
  specs: TensorSpec[];
  outputNames: string[];
  groups: readonly Group[];
  /** Of the buffers: one, after everything else in the state, or none. */
  buffers: readonly Group[];
  /** `parameters` and the moments; each has one vector a group in the state, in this order. */
  kinds: readonly string[];
  /** Names of what the loss reports besides the total; known once the function has run. */
  termNames(): readonly string[];
}

export function stepFunction(definition: Definition): StepFunction {
  const { loss, params, inputs, clipNorm } = definition;
  const groups = groupsOf(params);
  const buffers = bufferGroups(definition.buffers);
  const names = namesOf(groups);
  const optimizer = optimizerOf(definition.optimizer);
  const kinds = ['parameters', ...optimizer.moments];
  const stateSize = kinds.length * groups.length + buffers.length;
  let reported: string[] = [];

  /** All terms as one vector, the total first, the next buffers, and the gradient of the total by each parameter. */
  function differentiate(weights: tf.Tensor[], batch: tf.Tensor[], context: LossContext) {
    const { value, grads } = tf.engine().gradients<tf.Tensor>(
      () => {
        const named = Object.fromEntries(names.map((name, i) => [name, weights[i]!]));
        const result = splitResult(loss(named, batch, context), buffers);
        const { total, ...others } = termsOf(result.loss);
        reported = Object.keys(others);
        // What is only reported or kept has no gradient, so that the gradient of the sum is that of the total.
        const terms = tf.stack([total, ...Object.values(others).map(stopGradient)]);
        return buffers.length === 0 ? terms : tf.concat([terms, ...result.next.map(stopGradient)]);
      },
      weights,
      undefined,
      true,
    );
    const unused = names.filter((_, i) => !grads[i]);
    if (unused.length > 0) {
      throw new RobustaError('BAD_INPUT', `the loss does not depend on ${unused.join(', ')}`, {
        hint: 'leave out what is not trained; check that the path from it has no stopGradient and no cast',
        details: { parameters: unused },
      });
    }
    const gradients = vectorsOf(groups, grads);
    if (buffers.length === 0) return { terms: value, next: [], gradients };
    const count = 1 + reported.length;
    const next = tf.slice(value, [count], [buffers[0]!.size]);
    return { terms: tf.slice(value, [0], [count]), next: [next], gradients };
  }

  const fn: TensorFunction = (tensors) => {
    const vectors = (kind: number) => tensors.slice(kind * groups.length, (kind + 1) * groups.length);
    const [step, learningRate, seed, ...batch] = tensors.slice(stateSize) as [
      tf.Scalar,
      tf.Scalar,
      tf.Scalar,
    ];
    const weights = vectors(0);
    const kept = partsOf(buffers, tensors.slice(stateSize - buffers.length, stateSize));
    const context = {
      seed,
      step,
      buffers: Object.fromEntries(namesOf(buffers).map((name, i) => [name, kept[i]!])),
    };
    const { terms, next: nextBuffers, gradients } = differentiate(partsOf(groups, weights), batch, context);
    const clipped = clipNorm === undefined ? { gradients } : clipByGlobalNorm(gradients, clipNorm);
    const next = groups.map(({ learningRateScale, decay }, g) =>
      optimizer.update({
        weight: weights[g]!,
        gradient: clipped.gradients[g]!,
        moments: optimizer.moments.map((_, i) => vectors(i + 1)[g]!),
        learningRate: learningRateScale === 1 ? learningRate : tf.mul(learningRate, learningRateScale),
        step,
        decay,
      }),
    );
    return [
      terms,
      ...('norm' in clipped ? [clipped.norm] : []),
      ...next.map(({ weight }) => weight),
      ...optimizer.moments.flatMap((_, i) => next.map(({ moments }) => moments[i]!)),
      ...nextBuffers,
    ];
  };

  const stateNames = kinds.flatMap((kind) =>
    groups.map((_, g) => (groups.length === 1 ? kind : `${kind}.${g}`)),
  );
  const stateSizes = kinds.flatMap(() => groups.map(({ size }) => size));
  if (buffers.length > 0) {
    stateNames.push('buffers');
    stateSizes.push(buffers[0]!.size);
  }
  return {
    fn,
    specs: [
      ...stateNames.map((name, i) => vectorSpec(`state/${name}`, stateSizes[i]!)),
      { name: 'step/number', shape: [], dtype: 'int32' },
      { name: 'step/learning_rate', shape: [], dtype: 'float32' },
      { name: 'step/seed', shape: [], dtype: 'int32' },
      ...inputs.map((spec, i) => ({ ...spec, name: spec.name ?? `input_${i}` })),
    ],
    outputNames: [
      'terms',
      ...(clipNorm === undefined ? [] : ['gradient_norm']),
      ...stateNames.map((name) => `next/${name}`),
    ],
    groups,
    buffers,
    kinds,
    termNames: () => reported,
  };
}

const vectorSpec = (name: string, size: number): TensorSpec => ({ name, shape: [size], dtype: 'float32' });

const namesOf = (groups: readonly Group[]) => groups.flatMap(({ places }) => places.map(({ name }) => name));

/** The value of a loss, and the next buffers as vectors. */
function splitResult(result: LossValue | LossWithBuffers, buffers: readonly Group[]) {
  if (buffers.length === 0) return { loss: result as LossValue, next: [] };
  const given = result as Partial<LossWithBuffers>;
  if (result instanceof tf.Tensor || !given.loss || !given.buffers || given.buffers instanceof tf.Tensor) {
    throw new RobustaError('BAD_INPUT', 'loss: with buffers it must give { loss, buffers }');
  }
  const { loss, buffers: next } = given as LossWithBuffers;
  const parts = buffers[0]!.places.map(({ name, shape }) => {
    const value = next[name];
    if (value instanceof tf.Tensor && value.dtype === 'float32' && value.shape.join() === shape.join())
      return value;
    const received = value instanceof tf.Tensor ? `${value.dtype} [${value.shape}]` : typeof value;
    throw new RobustaError(
      'BAD_INPUT',
      `loss: buffer ${name} must be float32 [${shape}], received ${received}`,
    );
  });
  return { loss, next: vectorsOf(buffers, parts) };
}

function termsOf(value: LossValue): { total: tf.Tensor; [term: string]: tf.Tensor } {
  const terms: Record<string, unknown> = value instanceof tf.Tensor ? { total: value } : { ...value };
  for (const name of new Set(['total', ...Object.keys(terms)])) {
    const term = terms[name];
    if (term instanceof tf.Tensor && term.size === 1 && term.dtype === 'float32') continue;
    const received = term instanceof tf.Tensor ? `${term.dtype} [${term.shape}]` : typeof term;
    throw new RobustaError('BAD_INPUT', `loss: ${name} must be a float32 scalar, received ${received}`, {
      hint: 'return a scalar, or { total, … } of scalars',
    });
  }
  const scalars = Object.entries(terms as Record<string, tf.Tensor>).map(
    ([name, term]) => [name, tf.reshape(term, [])] as const,
  );
  return Object.fromEntries(scalars) as ReturnType<typeof termsOf>;
}

import type * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { adamUpdate, adamwUpdate } from '../functions/adam.js';
import { sgdUpdate } from '../functions/sgd.js';

/** Adam, as PyTorch's `Adam`. */
export interface AdamOptions {
  name: 'adam';
  /** Decay of the first moment, in [0, 1). Default 0.9. */
  beta1?: number;
  /** Decay of the second moment, in [0, 1). Default 0.999. */
  beta2?: number;
  /** Above 0. Default 1e-8. */
  epsilon?: number;
  /** L2 penalty: this times the weight is added to the gradient. Default 0. */
  weightDecay?: number;
}

/** Adam with decoupled weight decay, as PyTorch's `AdamW`. */
export interface AdamwOptions extends Omit<AdamOptions, 'name'> {
  name: 'adamw';
  /** The weight is scaled by 1 - learningRate·weightDecay before the step. Default 0.01. */
  weightDecay?: number;
}

/** Stochastic gradient descent, as PyTorch's `SGD`. */
export interface SgdOptions {
  name: 'sgd';
  /** Factor of the velocity, in [0, 1). Default 0. */
  momentum?: number;
  /** The gradient enters the velocity times 1 - dampening, in [0, 1]. Default 0. */
  dampening?: number;
  /** Default false; needs momentum and no dampening. */
  nesterov?: boolean;
  /** L2 penalty: this times the weight is added to the gradient. Default 0. */
  weightDecay?: number;
}

export type OptimizerOptions = AdamOptions | AdamwOptions | SgdOptions;

const factor = (initial: number) => z.number().min(0).lt(1).default(initial);
const decay = (initial: number) => z.number().min(0).max(Number.MAX_VALUE).default(initial);
const adaptive = {
  beta1: factor(0.9),
  beta2: factor(0.999),
  epsilon: z.number().positive().max(1).default(1e-8),
};

const ChosenSchema = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('adam'), ...adaptive, weightDecay: decay(0) }),
  z.strictObject({ name: z.literal('adamw'), ...adaptive, weightDecay: decay(0.01) }),
  z
    .strictObject({
      name: z.literal('sgd'),
      momentum: factor(0),
      dampening: z.number().min(0).max(1).default(0),
      nesterov: z.boolean().default(false),
      weightDecay: decay(0),
    })
    .refine(({ momentum, dampening, nesterov }) => !nesterov || (momentum > 0 && dampening === 0), {
      path: ['nesterov'],
      message: 'needs a momentum above 0 and no dampening',
    }),
]);

const NAMES = ['adam', 'adamw', 'sgd'] as const;

/** The name of an optimizer, or its options. */
export const OptimizerSchema = z.preprocess(
  (value) => ((NAMES as readonly unknown[]).includes(value) ? { name: value } : value),
  ChosenSchema,
);

/** What an update starts from. */
export interface UpdateInput {
  weight: tf.Tensor;
  gradient: tf.Tensor;
  /** In the order of {@link Optimizer.moments}. */
  moments: readonly tf.Tensor[];
  learningRate: tf.Tensor;
  /** Number of this update, from 1. */
  step: tf.Tensor;
  /** Whether the optimizer's weight decay applies. */
  decay: boolean;
}

/** How one vector of weights is updated, and what is remembered between updates. */
export interface Optimizer {
  /** Names of the vectors that are remembered, all zeros at the start. */
  moments: readonly string[];
  update(input: UpdateInput): { weight: tf.Tensor; moments: readonly tf.Tensor[] };
}

export function optimizerOf(chosen: z.output<typeof ChosenSchema>): Optimizer {
  const decayOf = (decays: boolean) => ({ weightDecay: decays ? chosen.weightDecay : 0 });
  if (chosen.name === 'sgd') {
    return {
      moments: chosen.momentum === 0 ? [] : ['velocity'],
      update({ moments, decay: decays, ...input }) {
        const next = sgdUpdate({ ...chosen, ...input, velocity: moments[0], ...decayOf(decays) });
        return { weight: next.weight, moments: next.velocity ? [next.velocity] : [] };
      },
    };
  }
  const update = chosen.name === 'adam' ? adamUpdate : adamwUpdate;
  return {
    moments: ['m', 'v'],
    update({ moments: [m, v], decay: decays, ...input }) {
      const next = update({ ...chosen, ...input, m: m!, v: v!, ...decayOf(decays) });
      return { weight: next.weight, moments: [next.m, next.v] };
    },
  };
}

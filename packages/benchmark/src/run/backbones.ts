import { hypervd } from '@robusta/backbone-hypervd';
import { rtfm } from '@robusta/backbone-rtfm';
import { xdviodet } from '@robusta/backbone-xdviodet';
import type { Backbone, Recipe } from '@robusta/detector';

/** The networks that a run can train. */
export const BACKBONES = ['xdviodet', 'hypervd', 'rtfm'] as const;

/** See {@link BACKBONES}. */
export type BackboneName = (typeof BACKBONES)[number];

const adapters: Record<BackboneName, Backbone> = { xdviodet, hypervd, rtfm };

/** The adapter of a name of {@link BACKBONES}. */
export function backboneOf(name: BackboneName): Backbone {
  return adapters[name];
}

/** How a network is trained in a benchmark. */
export type TrainingDefaults = Pick<
  Recipe,
  'epochs' | 'batchSize' | 'learningRate' | 'weightDecay' | 'schedule'
> & {
  maxLength: number;
  backboneOptions: Record<string, unknown>;
};

/**
 * Recipes for some dozens of videos with lite features, found on held-out training videos. The published ones are
 * for data sets a hundred times as large: they drop more, and take more passes at a lower rate.
 */
export const TRAINING_DEFAULTS: Record<BackboneName, TrainingDefaults> = {
  xdviodet: {
    epochs: 50,
    batchSize: 8,
    learningRate: 5e-4,
    weightDecay: 3e-3,
    schedule: 'cosine',
    maxLength: 200,
    backboneOptions: { dropout: 0.3 },
  },
  hypervd: {
    epochs: 50,
    batchSize: 8,
    learningRate: 3e-4,
    weightDecay: 1e-2,
    schedule: 'cosine',
    maxLength: 200,
    backboneOptions: { dropout: 0.3 },
  },
  rtfm: {
    epochs: 40,
    batchSize: 16,
    learningRate: 1e-3,
    weightDecay: 5e-3,
    schedule: 'cosine',
    maxLength: 32,
    // An eighth of the published width: an epoch takes a fifth of the time.
    backboneOptions: { dropout: 0.5, branchWidth: 64 },
  },
};

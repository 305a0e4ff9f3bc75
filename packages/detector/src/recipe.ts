import { RobustaError } from '@robusta/core';
import type { BatchLayout, Recipe } from './backbone.js';
import type { ParsedTrainOptions } from './options.js';

/** A recipe without gaps: what a training really does. */
export interface FullRecipe extends Required<Omit<Recipe, 'steps' | 'cosinePeriod'>> {
  /** Ends the training after so many steps, whatever `epochs` says. */
  steps?: number;
  /** Epochs over which a `cosine` rate falls to 0; without it all. */
  cosinePeriod?: number;
}

/** Sequences of a batch of the paper; a bag of ten crops counts as ten. */
const paperSequences = 640;

/** What holds where neither options nor backbone say anything. */
export const general = {
  dropLast: false,
  maxLength: 200,
  milestones: [],
  inputScaling: 'standardize',
  seed: 0,
} as const;

/** Section IV-B of the paper; what is not given there is that of the backbone. */
function paperRecipe(sequencesOfBag: number): Partial<Recipe> {
  return {
    epochs: 50,
    batchSize: Math.max(2, 2 * Math.round(paperSequences / sequencesOfBag / 2)),
    learningRate: 1e-5,
    weightDecay: 1e-5,
    schedule: 'cosine',
    inputScaling: 'none',
  };
}

const recipeKeys = [
  'epochs',
  'steps',
  'batchSize',
  'dropLast',
  'maxLength',
  'learningRate',
  'weightDecay',
  'schedule',
  'milestones',
  'cosinePeriod',
  'inputScaling',
  'seed',
] as const satisfies readonly (keyof Recipe)[];

/** The fields of a recipe that have a value, without anything else. */
function fieldsOf(source: Partial<Record<keyof Recipe, unknown>>): Partial<Recipe> {
  return Object.fromEntries(
    recipeKeys.filter((key) => source[key] !== undefined).map((key) => [key, source[key]]),
  );
}

/**
 * The options of the backbone that a preset asks for, those of the caller last.
 * @throws BAD_OPTION where a published recipe is asked for that the backbone does not know
 */
export function backboneOptionsOf(options: ParsedTrainOptions): Record<string, unknown> {
  const { backbone, preset, backboneOptions } = options;
  if (preset !== 'official') return backboneOptions;
  if (!backbone.official) {
    throw new RobustaError(
      'BAD_OPTION',
      `trainDetector: preset "official": backbone ${JSON.stringify(backbone.name)} names no published recipe`,
      { hint: 'leave preset out to train with its defaults' },
    );
  }
  return { ...backbone.official.backboneOptions, ...backboneOptions };
}

/**
 * The recipe of a training: the options of the caller over those of the preset over those of the backbone.
 * @param layout - of the backbone as it was built
 * @param crops - of the visual features
 */
export function recipeOf(options: ParsedTrainOptions, layout: BatchLayout, crops: number): FullRecipe {
  const { backbone, preset } = options;
  const { defaults, official } = backbone;
  const recommended =
    preset === 'paper'
      ? {
          ...fieldsOf({ maxLength: defaults.maxLength }),
          ...paperRecipe(layout.crops === 'together' ? crops : 1),
        }
      : { ...fieldsOf(defaults), ...(preset === 'official' ? fieldsOf(official!) : {}) };
  const given = fieldsOf(options);
  const recipe = { ...general, ...recommended, ...given } as FullRecipe;
  // Epochs that the caller asks for are not cut short by the steps of a preset.
  if (given.epochs !== undefined && given.steps === undefined) delete recipe.steps;
  return recipe;
}

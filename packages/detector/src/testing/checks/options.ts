import { RobustaError } from '@robusta/core';
import type { Recipe } from '../../backbone.js';
import { requireThat } from '../require.js';
import { build, type Check, layoutOf, type Subject } from '../subject.js';

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Whether two values are equal as JSON has them, whatever the order of their keys. */
function same(a: unknown, b: unknown): boolean {
  if (!isObject(a) || !isObject(b)) return Object.is(a, b);
  const keys = Object.keys(a);
  const other = b as Record<string, unknown>;
  return (
    Array.isArray(a) === Array.isArray(b) &&
    keys.length === Object.keys(b).length &&
    keys.every((key) => key in b && same((a as Record<string, unknown>)[key], other[key]))
  );
}

function checkRecipe(recipe: Partial<Recipe>, where: string): void {
  const positive = (value: number | undefined) =>
    value === undefined || (Number.isFinite(value) && value > 0);
  const whole = (value: number | undefined) => positive(value) && (value === undefined || value % 1 === 0);
  for (const key of ['epochs', 'steps', 'batchSize', 'maxLength', 'cosinePeriod'] as const) {
    requireThat(whole(recipe[key]), `${where}.${key} is ${recipe[key]}; give a positive integer`);
  }
  const { learningRate, weightDecay, schedule, milestones = [] } = recipe;
  requireThat(positive(learningRate), `${where}.learningRate is ${learningRate}; give a positive number`);
  requireThat(!((weightDecay ?? 0) < 0), `${where}.weightDecay is ${weightDecay}; give 0 or more`);
  const schedules: unknown[] = [undefined, 'constant', 'cosine', 'multistep'];
  requireThat(
    schedules.includes(schedule),
    `${where}.schedule is ${schedule}; give one of ${schedules.slice(1).join(', ')}`,
  );
  requireThat(
    schedule !== 'multistep' || milestones.length > 0,
    `${where}: schedule "multistep" has no milestones; name the epochs at which the rate falls`,
  );
}

function checkRecipes(subject: Subject): void {
  const { name, defaults, official } = subject.backbone;
  requireThat(typeof name === 'string' && name !== '', 'name is empty; model files tell backbones by it');
  for (const key of ['epochs', 'batchSize', 'learningRate', 'weightDecay', 'schedule'] as const) {
    requireThat(defaults?.[key] !== undefined, `defaults.${key} is missing; give all that training needs`);
  }
  checkRecipe(defaults, 'defaults');
  const { halves } = layoutOf(build(subject));
  requireThat(
    !halves || defaults.batchSize % 2 === 0,
    `defaults.batchSize is ${defaults.batchSize}; batches of halves need an even number`,
  );
  if (!official) return;
  const { backboneOptions, ...recipe } = official;
  checkRecipe(recipe, 'official');
  build(subject, backboneOptions);
}

export const optionChecks: Check[] = [
  { name: 'recipes are complete and in range', run: checkRecipes },
  {
    name: 'an unknown option is refused',
    run(subject) {
      const option = 'an option that no backbone has';
      try {
        build(subject, { [option]: 1 });
      } catch (error) {
        const { code, message } = error as RobustaError;
        requireThat(
          RobustaError.isInstance(error) && code === 'BAD_OPTION',
          `build throws ${message} for an unknown option; throw a RobustaError BAD_OPTION, as parseOptions does`,
        );
        return;
      }
      requireThat(
        false,
        'build accepts an unknown option; check the config with z.strictObject and parseOptions',
      );
    },
  },
  {
    name: 'options come back with defaults filled in, as JSON that builds the same network',
    run(subject) {
      const { inputDim, audioDim } = subject;
      const model = build(subject);
      requireThat(
        model.inputDim === inputDim,
        `inputDim of the network is ${model.inputDim}, built for ${inputDim}; pass it on`,
      );
      for (const width of ['inputDim', 'audioDim']) {
        requireThat(
          !(width in model.options),
          `options hold ${width}; leave the widths out, files keep them elsewhere`,
        );
      }
      const text = JSON.stringify(model.options);
      const stored = JSON.parse(text) as Record<string, unknown>;
      requireThat(
        same(model.options, stored),
        `options do not survive JSON: ${text}; use plain values alone`,
      );
      const again = subject.backbone.build({ ...stored, inputDim, audioDim });
      requireThat(
        same(again.options, stored),
        `options ${text} build a network with options ${JSON.stringify(again.options)}; fill in every default`,
      );
      requireThat(
        same(again.parameters, model.parameters),
        `options ${text} build a network with other parameters; everything that decides them belongs among the options`,
      );
    },
  },
  {
    name: 'fewer or no audio columns are accepted',
    run(subject) {
      for (const audioDim of [undefined, 0, 1]) {
        const config = audioDim === undefined ? {} : { audioDim };
        const { inputDim } = subject.backbone.build({ ...subject.backboneOptions, inputDim: 8, ...config });
        requireThat(
          inputDim === 8,
          `with audioDim ${audioDim} inputDim becomes ${inputDim}; it counts all columns`,
        );
      }
    },
  },
];

import { parseOptions, RobustaError } from '@robusta/core';
import { z } from 'zod';
import { flatten, type Group, unflatten } from './layout.js';
import { checkValues, float32Array, type ParameterValues } from './options.js';

/**
 * Everything that a training step remembers, as plain data: save the arrays in any format, restore them in any
 * process.
 */
export interface TrainingState {
  /** Number of steps taken. */
  step: number;
  /** What the seeds of the steps are derived from. */
  seed: number;
  parameters: Record<string, ParameterValues>;
  /** What the optimizer remembers, as `m/<parameter>`, `v/<parameter>` (Adam) or `velocity/<parameter>`. */
  moments: Record<string, ParameterValues>;
  /** What the step carries besides; there with the option `buffers`. */
  buffers?: Record<string, ParameterValues>;
}

const ValuesSchema = z.record(
  z.string(),
  z.looseObject({ shape: z.array(z.int().min(1)), data: float32Array }),
);

const StateSchema = z.strictObject({
  step: z.int32().min(0),
  seed: z.int(),
  parameters: ValuesSchema,
  moments: ValuesSchema,
  buffers: ValuesSchema.default({}),
});

/** What the vectors of a state stand for, as a step function has them: one kind after the other, then the buffers. */
interface StateLayout {
  kinds: readonly string[];
  groups: readonly Group[];
  buffers: readonly Group[];
}

export function writeState(
  { step, seed }: { step: number; seed: number },
  { kinds, groups, buffers }: StateLayout,
  vectors: readonly Float32Array[],
): TrainingState {
  const [parameters, ...moments] = kinds.map((_, k) =>
    unflatten(groups, vectors.slice(k * groups.length, (k + 1) * groups.length)),
  );
  const named = moments.flatMap((values, i) =>
    Object.entries(values).map(([name, value]) => [`${kinds[i + 1]}/${name}`, value] as const),
  );
  return {
    step,
    seed,
    parameters: parameters!,
    moments: Object.fromEntries(named),
    ...(buffers.length > 0 ? { buffers: unflatten(buffers, vectors.slice(-1)) } : {}),
  };
}

/**
 * The inverse of {@link writeState}.
 * @throws BAD_OPTION for another structure; BAD_INPUT for other names or shapes; NON_FINITE
 */
export function readState(
  state: TrainingState,
  { kinds, groups, buffers }: StateLayout,
): { step: number; seed: number; vectors: Float32Array[] } {
  const saved = parseOptions(StateSchema, state, 'restore: state');
  const { step, seed, parameters, moments } = saved;
  const places = groups.flatMap((group) => group.places);
  const prefixes = kinds.slice(1).map((kind) => `${kind}/`);
  const shapes = (prefix: string) => places.map(({ name, shape }) => [prefix + name, shape] as const);
  checkAll('parameters', parameters, shapes(''));
  checkAll('moments', moments, prefixes.flatMap(shapes));
  checkAll(
    'buffers',
    saved.buffers,
    buffers.flatMap((group) => group.places).map(({ name, shape }) => [name, shape] as const),
  );
  const vectors = ['', ...prefixes].flatMap((prefix) => {
    const source = prefix === '' ? parameters : moments;
    const own = places.map(({ name }) => [name, source[prefix + name]!] as const);
    return flatten(groups, Object.fromEntries(own));
  });
  return { step, seed, vectors: [...vectors, ...flatten(buffers, saved.buffers)] };
}

function checkAll(
  what: string,
  values: Record<string, ParameterValues>,
  expected: (readonly [string, readonly number[]])[],
): void {
  const names = new Set(expected.map(([name]) => name));
  const missing = [...names].filter((name) => !values[name]).map((name) => `${name} is missing`);
  const unexpected = Object.keys(values).filter((name) => !names.has(name));
  const problems = [...missing, ...unexpected.map((name) => `${name} is unexpected`)];
  for (const [name, shape] of expected) {
    const received = values[name]?.shape;
    if (received && received.join() !== shape.join()) {
      problems.push(`${name} has shape [${received}], expected [${shape}]`);
    }
  }
  if (problems.length > 0) {
    throw new RobustaError('BAD_INPUT', `restore: ${what}: ${problems.join('; ')}`, {
      hint: 'the state of a step has the same parameters and the same kind of optimizer',
      details: { problems },
    });
  }
  for (const [name, { shape, data }] of Object.entries(values)) {
    checkValues(`restore: ${what}: ${name}`, shape, data);
  }
}

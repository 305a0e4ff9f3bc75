import { isDeepStrictEqual } from 'node:util';
import { type CheckedConfig, parseConfigs } from '../run/config.js';

/** A key of a configuration with another value than before; `undefined` where it is not set. */
export interface ConfigDifference {
  /** Path with dots, e.g. `training.epochs`. */
  key: string;
  before: unknown;
  after: unknown;
}

/**
 * What the numbers of two configurations may differ for, in the order of the keys. Defaults are filled in, so that a key
 * that is left out equals its default.
 * @throws BAD_OPTION naming every offending field
 */
export function configDifferences(before: unknown, after: unknown): ConfigDifference[] {
  const found = differences(whole(parseConfigs(before)), whole(parseConfigs(after)));
  const keys = found.map(({ key }) => key);
  return found.filter(({ key }, i) => keys.indexOf(key) === i);
}

/** The configurations of all backbones as one: what each is trained with is a key of its own. */
function whole(configs: readonly CheckedConfig[]): Record<string, unknown> {
  const { backbone: _backbone, training: _training, workspace: _workspace, ...shared } = configs[0]!;
  return {
    ...shared,
    severities: shared.severities.filter((severity) => severity !== shared.severity),
    backbones: configs.map(({ backbone }) => backbone),
    trainings: Object.fromEntries(configs.map(({ backbone, training }) => [backbone, training])),
  };
}

function differences(
  before: Record<string, unknown>,
  after: Record<string, unknown>,
  path: readonly string[] = [],
): ConfigDifference[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key): ConfigDifference[] => {
    const [a, b] = [before[key], after[key]];
    // A backbone that only one of them has is told by `backbones`.
    if (path[0] === 'trainings' && path.length === 1 && !(a && b)) return [];
    if (isDeepStrictEqual(plain(a), plain(b))) return [];
    if (isObject(a) && isObject(b)) return differences(a, b, [...path, key]);
    return [{ key: nameOf([...path, key]), before: a, after: b }];
  });
}

/** As it is written in a file. */
const plain = (value: unknown): unknown =>
  value === undefined ? undefined : JSON.parse(JSON.stringify(value));

/** The key that a user would write. */
function nameOf([first, ...rest]: readonly string[]): string {
  if (first === 'trainings') return ['training', ...rest.slice(1)].join('.');
  return [first, ...rest].join('.');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

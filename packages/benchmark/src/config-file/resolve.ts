import { join } from 'node:path';
import { parseOptions, RobustaError } from '@robusta/core';
import { type BenchmarkConfig, BenchmarkConfigSchema } from '../run/config.js';
import { needsOf } from './needs.js';
import { absolutePaths } from './paths.js';
import { PRESETS } from './presets.js';
import { type ConfigFile, ConfigFileSchema } from './schema.js';

/** A configuration and what belongs to the command alone. */
export interface ResolvedConfig {
  config: BenchmarkConfig;
  run: NonNullable<ConfigFile['run']>;
  show: NonNullable<ConfigFile['show']>;
}

/** Groups of keys of which one layer may set some and another the rest. */
const GROUPS = ['training', 'weighting', 'run', 'show'] as const;

/**
 * Puts layers over one another: the later ones win, key by key. Below all lies the preset that the last one names, and
 * below that what the tables and figures under `show` are made of. The root of the synthetic dataset is by default
 * `dataset` in the workspace. Relative paths start at the working folder.
 * @param layers - each a part of a `robusta.json`
 * @throws BAD_OPTION naming every offending key
 */
export function resolveConfig(...layers: readonly ConfigFile[]): ResolvedConfig {
  for (const layer of layers) parseOptions(ConfigFileSchema, layer, 'configuration');
  const named = layers.findLast((layer) => layer.preset !== undefined)?.preset;
  const said = [named ? PRESETS[named] : {}, ...layers].reduce<ConfigFile>(over, {});
  const merged = over(needsOf(said.show ?? {}), said);
  const { $schema: _schema, preset: _preset, run = {}, show = {}, ...rest } = merged;
  const config = absolutePaths(rest, process.cwd());
  if (config.dataset === 'synthetic' && config.root === undefined && config.workspace !== undefined) {
    config.root = join(config.workspace, 'dataset');
  }
  const missing = (['dataset', 'root', 'workspace'] as const).filter((key) => config[key] === undefined);
  if (missing.length > 0) {
    throw new RobustaError('BAD_OPTION', `configuration: ${missing.join(' and ')} must be given`, {
      hint: `${missing.map((key) => `--${key}`).join(', ')}, or keys of the same names in a file for --config`,
      details: { fields: missing },
    });
  }
  parseOptions(BenchmarkConfigSchema, config, 'configuration');
  return { config: config as BenchmarkConfig, run, show };
}

function over(below: ConfigFile, above: ConfigFile): ConfigFile {
  const merged: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) if (value !== undefined) merged[key] = value;
  for (const group of GROUPS) {
    if (below[group] && above[group]) merged[group] = { ...below[group], ...above[group] };
  }
  // Both say which networks are trained: the layer above decides.
  if (above.backbone !== undefined && above.backbones === undefined) delete merged.backbones;
  return merged as ConfigFile;
}

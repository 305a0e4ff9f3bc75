import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, parseOptions, RobustaError } from '@robusta/core';
import { type BenchmarkConfig, BenchmarkConfigSchema, parseConfigs } from '../run/config.js';
import { writeJson } from '../write-json.js';
import { type ConfigDifference, configDifferences } from './differences.js';
import { absolutePaths } from './paths.js';

/** What happens where a workspace holds results of another configuration. */
export const ON_OTHER_CONFIG = ['refuse', 'beside'] as const;

/** See {@link ON_OTHER_CONFIG}. */
export type OnOtherConfig = (typeof ON_OTHER_CONFIG)[number];

/** File of a workspace that says what it is for. */
const CONFIG_FILE = 'robusta.json';

/** Keys that say what the dataset is: results of two datasets would have one name. */
const DATASET_KEYS = ['dataset', 'root', 'lists', 'csv', 'features'];

/** What a run may do in its workspace. */
export interface WorkspaceClaim {
  /** Whether the workspace belongs to this configuration: if not, its run has a folder of its own for reports. */
  isOwner: boolean;
  /** Writes `robusta.json`, if the workspace belongs to this configuration. */
  write(): Promise<void>;
}

/**
 * Finds out whether a run may be done in its workspace. A workspace without results belongs to the next run; one with
 * results to the configuration in its `robusta.json`. Another configuration is refused, or with `beside` has results
 * under a name of its own; another dataset is refused always.
 * @throws CONFIG_MISMATCH naming each key that differs with both values; BAD_OPTION; FILE_UNREADABLE
 */
export async function claimWorkspace(
  config: BenchmarkConfig,
  onOtherConfig: OnOtherConfig,
): Promise<WorkspaceClaim> {
  const checked = absolutePaths(parseOptions(BenchmarkConfigSchema, config, 'runBenchmark'), process.cwd());
  const { workspace } = checked;
  const file = join(workspace, CONFIG_FILE);
  const claim = (isOwner: boolean): WorkspaceClaim => ({
    isOwner,
    async write() {
      if (!isOwner) return;
      const [config, ...others] = parseConfigs(checked);
      // What is left out of the training depends on the backbone.
      const content = others.length > 0 ? checked : { ...checked, training: config!.training };
      await writeJson(file, content);
    },
  });
  const before = (await hasResults(workspace)) ? await readOwner(file) : undefined;
  if (before === undefined) return claim(true);
  const found = differencesFrom(before, checked, file, onOtherConfig);
  if (found === undefined) return claim(false);
  if (found.length === 0) return claim(true);
  const ofDataset = found.filter(({ key }) => DATASET_KEYS.includes(key));
  if (ofDataset.length > 0) {
    throw mismatch(`${workspace} holds results of another dataset`, ofDataset, {
      hint: `name another workspace; if the same files only moved, change it in ${file}, too`,
      workspace,
    });
  }
  if (onOtherConfig === 'beside') return claim(false);
  throw mismatch(`${workspace} holds results of another configuration`, found, {
    hint: 'name another workspace, or set these keys as they were; --new-run keeps both side by side',
    workspace,
  });
}

/** Undefined where what is there cannot be compared and need not be. */
function differencesFrom(
  before: unknown,
  after: BenchmarkConfig,
  file: string,
  onOtherConfig: OnOtherConfig,
): ConfigDifference[] | undefined {
  try {
    return configDifferences(before, after);
  } catch (error) {
    if (onOtherConfig === 'beside') return undefined;
    throw new RobustaError('CONFIG_MISMATCH', `${file} is no configuration of this version`, {
      hint: 'name another workspace; --new-run keeps the results beside those that are there',
      cause: error,
    });
  }
}

function mismatch(
  problem: string,
  differences: readonly ConfigDifference[],
  { hint, workspace }: { hint: string; workspace: string },
): RobustaError {
  const said = differences.map(({ key, before, after }) => `${key} was ${show(before)}, now ${show(after)}`);
  return new RobustaError('CONFIG_MISMATCH', `${problem}: ${said.join('; ')}`, {
    hint,
    details: { workspace, keys: differences.map(({ key }) => key) },
  });
}

function show(value: unknown): string {
  return value === undefined ? 'not set' : JSON.stringify(value);
}

async function hasResults(workspace: string): Promise<boolean> {
  const names = await readdir(join(workspace, 'results')).catch(() => []);
  return names.some((name) => name.endsWith('.json'));
}

/** What the file holds; undefined if there is none. */
async function readOwner(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw fileError(error, file);
  });
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // Not a configuration; told where it is compared.
    return null;
  }
}

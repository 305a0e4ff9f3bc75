import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import {
  type BenchmarkResult,
  BenchmarkResultSchema,
  type Costs,
  CostsSchema,
  fileError,
  RobustaError,
} from '@robusta/core';

/** One finished run of a workspace. */
export interface FinishedRun {
  result: BenchmarkResult;
  /** Of each stage, if they were kept. */
  costs: Costs | undefined;
}

/**
 * Reads the results of a workspace, in order of their names.
 * @param path - a workspace, or one result file
 * @param names - the runs that are wanted; all, if there are none
 * @throws FILE_NOT_FOUND without results; BAD_FORMAT naming the file; BAD_OPTION for a run that is not there
 */
export async function readRuns(path: string, names: readonly string[]): Promise<FinishedRun[]> {
  const files = await resultFiles(path);
  if (files.length === 0) {
    throw new RobustaError('FILE_NOT_FOUND', `${path} holds no results`, {
      hint: 'run robusta benchmark --workspace there first',
    });
  }
  const known = files.map((file) => basename(file, '.json'));
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new RobustaError('BAD_OPTION', `--run: there is no run ${unknown} in ${path}`, {
      hint: `there are ${known.join(', ')}`,
    });
  }
  const wanted = files.filter((_, f) => names.length === 0 || names.includes(known[f]!));
  return Promise.all(
    wanted.map(async (file) => ({
      result: parse(file, BenchmarkResultSchema, await read(file)),
      costs: await readCosts(file.replace(/\.json$/, '.costs.json')),
    })),
  );
}

/** The workspace that a path names. */
export function workspaceOf(path: string): string {
  return path.endsWith('.json') ? dirname(dirname(resolve(path))) : resolve(path);
}

async function resultFiles(path: string): Promise<string[]> {
  const about = await stat(path).catch((error: unknown) => {
    throw fileError(error, path);
  });
  if (about.isFile()) return [resolve(path)];
  const folder = join(resolve(path), 'results');
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw fileError(error, folder);
  });
  return names
    .filter((name) => name.endsWith('.json') && !name.endsWith('.costs.json'))
    .sort()
    .map((name) => join(folder, name));
}

async function readCosts(path: string): Promise<Costs | undefined> {
  try {
    return parse(path, CostsSchema, await readFile(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw fileError(error, path);
  });
}

interface Schema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false; error: { issues: Issue[] } };
}
type Issue = { path: PropertyKey[]; message: string };

function parse<T>(path: string, schema: Schema<T>, text: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new RobustaError('BAD_FORMAT', `${path} is not JSON`, { cause });
  }
  const checked = schema.safeParse(value);
  if (checked.success) return checked.data;
  const issues = checked.error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);
  throw new RobustaError('BAD_FORMAT', `${path} is not a benchmark result: ${issues.join('; ')}`, {
    hint: 'another version may have written it: run the benchmark again',
  });
}

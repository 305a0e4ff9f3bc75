import { mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { deriveSeed, fileError, parseOptions, RobustaError } from '@robusta/core';
import { z } from 'zod';
import { mapConcurrent } from '../dataset/concurrent.js';
import { hashIfThere } from '../dataset/hash-file.js';
import { readDatasetFile } from '../dataset/jsonl.js';
import { type ExtractorsConfig, ExtractorsConfigSchema } from '../jobs/extractor-config.js';
import type { JobRunner } from '../jobs/runner.js';
import type { StageProgress } from '../run/stage.js';
import { fileAt } from './items.js';
import { type ManifestItem, readManifest, sha256OfText } from './manifest.js';
import { runnerFields } from './options.js';
import { recreate } from './recreate.js';

/** Files that are hashed at a time: one a core or so keeps a disk busy. */
const HASHED_AT_A_TIME = 4;

const OptionsSchema = z.strictObject({
  out: z.string().min(1),
  root: z.string().min(1).optional(),
  full: z.boolean().default(false),
  sample: z.number().int().min(1).default(8),
  extractors: ExtractorsConfigSchema.prefault({}),
  ...runnerFields,
});

/** Options of {@link verifyBuild}. */
export interface VerifyOptions {
  /** The folder of the build. */
  out: string;
  /** Of the dataset: its videos are compared, too. Needed for `full`. */
  root?: string;
  /** Make some outputs again and compare them. Default false. */
  full?: boolean;
  /** How many, default 8; the same ones each time. */
  sample?: number;
  /** As in the build; the models may lie elsewhere. */
  extractors?: ExtractorsConfig;
  workers?: number;
  runner?: JobRunner;
  signal?: AbortSignal;
  onProgress?: (progress: StageProgress) => void;
}

/** Something that is not as the manifest says. */
export interface Mismatch {
  /** Relative to the folder of the build, of an input to the root of the dataset. */
  path: string;
  /** `missing` and `changed` are of the file itself; `differs` comes out when it is made again; `failed` did not. */
  problem: 'missing' | 'changed' | 'differs' | 'failed';
  what: 'input' | 'output' | 'manifest';
  video?: string;
  condition?: string;
  /** SHA-256 that the manifest says. */
  expected?: string;
  /** SHA-256 that was found. */
  found?: string;
  /** Of what failed. */
  message?: string;
}

/** What {@link verifyBuild} found. */
export interface VerifyReport {
  items: number;
  /** Files that were hashed. */
  files: number;
  /** Items that were made again. */
  recreated: number;
  /** In the order of the manifest. */
  mismatches: Mismatch[];
}

/**
 * Compares a build with its manifest: every output is hashed, and every input where the dataset is at hand. With `full`
 * some items are made again from the videos, which must give the same bytes.
 * @throws BAD_OPTION; FILE_NOT_FOUND for a folder without a manifest; BAD_FORMAT; FILE_UNREADABLE; ABORTED
 */
export async function verifyBuild(options: VerifyOptions): Promise<VerifyReport> {
  const parsed = parseOptions(OptionsSchema, options, 'verifyBuild');
  const { full, sample, signal, onProgress } = parsed;
  const out = resolve(parsed.out);
  const root = parsed.root === undefined ? undefined : resolve(parsed.root);
  if (full && root === undefined) {
    throw new RobustaError('BAD_OPTION', 'verifyBuild: full needs root: the videos that outputs are made of');
  }
  const { manifest, items, lines } = await readManifest(out);
  const mismatches: Mismatch[] = [];
  const found = sha256OfText(lines);
  if (found !== manifest.items.sha256) {
    const { path, sha256: expected } = manifest.items;
    mismatches.push({ path, problem: 'changed', what: 'manifest', expected, found });
  }
  const checks = [...(root === undefined ? [] : inputsOf(items, root)), ...outputsOf(items, out)];
  let done = 0;
  const results = await mapConcurrent(
    checks,
    HASHED_AT_A_TIME,
    async (check) => {
      const mismatch = await compare(check, signal);
      onProgress?.({ stage: 'hashing', done: ++done, total: checks.length });
      return mismatch;
    },
    signal,
  );
  mismatches.push(...results.filter((mismatch) => mismatch !== undefined));
  const chosen = full ? sampleOf(items, sample) : [];
  if (root !== undefined && chosen.length > 0) {
    const videos = await readDatasetFile(join(out, 'dataset.jsonl'));
    const scratch = await mkdtemp(join(out, '.verify-')).catch((error) => {
      throw fileError(error, out);
    });
    try {
      mismatches.push(...(await recreate(chosen, { ...parsed, root, scratch, manifest, videos })));
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }
  return { items: items.length, files: checks.length, recreated: chosen.length, mismatches };
}

interface Check {
  /** Absolute. */
  file: string;
  sha256: string;
  about: Pick<Mismatch, 'path' | 'what'> & Partial<Mismatch>;
}

/** Each video once. */
function inputsOf(items: readonly ManifestItem[], root: string): Check[] {
  const inputs = new Map(items.map(({ input, video }) => [input.path, { input, video }]));
  return [...inputs.values()].map(({ input, video }) => ({
    file: fileAt(root, input),
    sha256: input.sha256,
    about: { path: input.path, what: 'input', video },
  }));
}

function outputsOf(items: readonly ManifestItem[], out: string): Check[] {
  return items.flatMap(({ outputs, video, condition }) =>
    outputs.map((output) => ({
      file: fileAt(out, output),
      sha256: output.sha256,
      about: { path: output.path, what: 'output', video, condition } as const,
    })),
  );
}

async function compare({ file, sha256, about }: Check, signal?: AbortSignal): Promise<Mismatch | undefined> {
  const found = await hashIfThere(file, signal);
  if (found === undefined) return { ...about, problem: 'missing', expected: sha256 };
  return found === sha256 ? undefined : { ...about, problem: 'changed', expected: sha256, found };
}

/** Spread over videos and conditions by a hash, and the same each time; in the order of the manifest. */
function sampleOf(items: readonly ManifestItem[], count: number): ManifestItem[] {
  const rank = ({ kind, video, condition }: ManifestItem) => deriveSeed(0, 'verify', kind, video, condition);
  const damaged = items.filter(({ damage }) => damage);
  const chosen = new Set([...damaged].sort((a, b) => rank(a) - rank(b)).slice(0, count));
  return items.filter((item) => chosen.has(item));
}

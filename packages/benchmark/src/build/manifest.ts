import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, RobustaError } from '@robusta/core';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { ConditionSchema } from '../protocol/condition.js';

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const FileSchema = z.strictObject({
  path: z.string().min(1).describe('relative, with forward slashes'),
  sha256: Sha256,
  bytes: z.number().int().min(0),
});

/** Checks a {@link ManifestItem}. */
export const ManifestItemSchema = z.strictObject({
  kind: z.enum(['features', 'media']),
  video: z.string().min(1),
  modality: z.enum(['visual', 'audio']),
  condition: z.string().min(1).describe('name of one of the conditions of the manifest'),
  damage: z
    .strictObject({
      corruption: z.string(),
      severity: z.number().int(),
      seed: z.number().int(),
      parameters: z.record(z.string(), z.json()),
      measured: z.record(z.string(), z.json()).optional(),
      encoded: z.record(z.string(), z.json()).optional(),
    })
    .optional()
    .describe('what was done; absent where the video is clean'),
  encoding: z.record(z.string(), z.json()).optional().describe('of media: the encoder adds its own damage'),
  recipeHash: Sha256.optional().describe('of features: how they were made'),
  input: FileSchema.omit({ bytes: true }).describe('relative to the root of the dataset'),
  outputs: z.array(FileSchema).min(1).describe('relative to the folder of the manifest'),
});

/** What was made of one modality of one video under one condition: a line of `manifest.jsonl`. */
export type ManifestItem = z.output<typeof ManifestItemSchema>;

/** Checks a {@link Manifest}. */
export const ManifestSchema = z.strictObject({
  format: z.literal('robusta-corrupted'),
  version: z.literal(1),
  dataset: z.strictObject({ name: z.string(), testVideos: z.number().int(), sha256: Sha256 }),
  seed: z.number().int(),
  conditions: z.record(z.string(), ConditionSchema).describe('by name'),
  features: z
    .strictObject({
      visual: z.strictObject({ kind: z.string(), recipeHash: Sha256 }),
      audio: z.strictObject({ kind: z.string(), recipeHash: Sha256 }),
    })
    .optional(),
  media: z.strictObject({ crf: z.number() }).optional(),
  software: z.record(z.string(), z.string()),
  items: z.strictObject({ path: z.literal('manifest.jsonl'), sha256: Sha256, count: z.number().int() }),
  failed: z.array(z.strictObject({ video: z.string(), code: z.string(), message: z.string() })),
});

/** `manifest.json`: what was built, of what, with what. */
export type Manifest = z.output<typeof ManifestSchema>;

/** The files of a manifest in the folder of a build. */
export function manifestFiles(out: string): { head: string; items: string } {
  return { head: join(out, 'manifest.json'), items: join(out, 'manifest.jsonl') };
}

/** SHA-256 of a text, hexadecimal. */
export function sha256OfText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The lines of `manifest.jsonl`. */
export function manifestLines(items: readonly ManifestItem[]): string {
  return items.map((item) => `${JSON.stringify(item)}\n`).join('');
}

/**
 * Writes both files, the items first: a `manifest.json` speaks of the `manifest.jsonl` beside it.
 * @throws FILE_UNWRITABLE, DISK_FULL
 */
export async function writeManifest(out: string, manifest: Manifest, lines: string): Promise<void> {
  const files = manifestFiles(out);
  try {
    await writeFileAtomic(files.items, lines);
    await writeFileAtomic(files.head, `${JSON.stringify(manifest, null, 2)}\n`);
  } catch (error) {
    throw fileError(error, out);
  }
}

/**
 * Reads what {@link writeManifest} wrote.
 * @throws FILE_NOT_FOUND for a folder without; BAD_FORMAT naming file and line
 */
export async function readManifest(
  out: string,
): Promise<{ manifest: Manifest; items: ManifestItem[]; lines: string }> {
  const files = manifestFiles(out);
  const manifest = parse(ManifestSchema, await readText(files.head), files.head);
  const lines = await readText(files.items);
  const items = lines
    .split('\n')
    .flatMap((line, i) => (line === '' ? [] : [parse(ManifestItemSchema, line, `${files.items}:${i + 1}`)]));
  return { manifest, items, lines };
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error) => {
    throw fileError(error, path);
  });
}

function parse<S extends z.ZodType>(schema: S, text: string, where: string): z.output<S> {
  const hint = 'build again: what is there is kept, the manifest is written anew';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new RobustaError('BAD_FORMAT', `${where}: is not JSON`, { hint, cause });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new RobustaError('BAD_FORMAT', `${where}: ${issues.join('; ')}`, { hint });
}

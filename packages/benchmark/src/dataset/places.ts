import { z } from 'zod';
import type { Catalog } from './catalog.js';
import { readFolderCatalog } from './folder-catalog.js';
import { readUcfCatalog } from './ucf-catalog.js';
import { readXdCatalog } from './xd-catalog.js';

/** The kinds of datasets that are understood. */
export const DATASET_KINDS = ['xd-violence', 'ucf-crime', 'synthetic', 'folder'] as const;

/** See {@link DATASET_KINDS}. */
export type DatasetKind = (typeof DATASET_KINDS)[number];

const Path = z.string().min(1);
const rooted = { root: Path, name: z.string().min(1).optional() };
const features = z.union([Path, z.boolean()]).optional();

/** Checks a {@link DatasetPlaces}. */
const PlacesSchemas = {
  'xd-violence': z.strictObject({
    kind: z.literal('xd-violence'),
    ...rooted,
    lists: Path.optional(),
    features,
  }),
  synthetic: z.strictObject({ kind: z.literal('synthetic'), ...rooted }),
  'ucf-crime': z.strictObject({ kind: z.literal('ucf-crime'), ...rooted, lists: Path.optional() }),
  folder: z.strictObject({ kind: z.literal('folder'), ...rooted, csv: Path }),
};

/** A schema of {@link DatasetPlaces} with more fields. */
export function withPlaces<S extends z.ZodRawShape>(shape: S) {
  return z.discriminatedUnion('kind', [
    PlacesSchemas['xd-violence'].extend(shape),
    PlacesSchemas.synthetic.extend(shape),
    PlacesSchemas['ucf-crime'].extend(shape),
    PlacesSchemas.folder.extend(shape),
  ]);
}

/** What a dataset is and where its parts lie. */
export type DatasetPlaces =
  | { kind: 'xd-violence'; root: string; name?: string; lists?: string; features?: string | boolean }
  | { kind: 'synthetic'; root: string; name?: string }
  | { kind: 'ucf-crime'; root: string; name?: string; lists?: string }
  | { kind: 'folder'; root: string; name?: string; csv: string };

/** Finds out what a dataset consists of, before a file is opened. */
export function readCatalog(
  places: z.output<ReturnType<typeof withPlaces<Record<never, never>>>>,
  signal?: AbortSignal,
): Promise<Catalog> {
  if (places.kind === 'folder') return readFolderCatalog(places, signal);
  return places.kind === 'ucf-crime' ? readUcfCatalog(places, signal) : readXdCatalog(places, signal);
}

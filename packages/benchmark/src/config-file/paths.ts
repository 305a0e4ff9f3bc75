import { resolve } from 'node:path';
import type { ConfigFile } from './schema.js';

type Places = Pick<ConfigFile, 'root' | 'lists' | 'csv' | 'features'>;

/** The configuration with every path absolute. Addresses of servers are left as they are. */
export function absolutePaths<C extends Partial<ConfigFile>>(config: C, folder: string): C {
  const { workspace, transfer } = config;
  const extractors = extractorPaths(config as { extractors?: unknown }, folder);
  return {
    ...config,
    ...placePaths(config, folder),
    ...(workspace === undefined ? {} : { workspace: resolve(folder, workspace) }),
    ...(transfer === undefined
      ? {}
      : { transfer: transfer.map((places) => ({ ...places, ...placePaths(places, folder) })) }),
    ...extractors,
  };
}

function placePaths(places: Partial<Places>, folder: string): Partial<Places> {
  const keys = ['root', 'lists', 'csv', 'features'] as const;
  return Object.fromEntries(
    keys.flatMap((key) => {
      const value = places[key];
      return typeof value === 'string' ? [[key, resolve(folder, value)]] : [];
    }),
  );
}

/** Networks are named by file. */
function extractorPaths({ extractors }: { extractors?: unknown }, folder: string) {
  if (typeof extractors !== 'object' || extractors === null) return {};
  return {
    extractors: Object.fromEntries(
      Object.entries(extractors as Record<string, { model?: unknown }>).map(([modality, extractor]) => [
        modality,
        typeof extractor?.model === 'string'
          ? { ...extractor, model: resolve(folder, extractor.model) }
          : extractor,
      ]),
    ),
  };
}

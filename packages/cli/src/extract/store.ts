import { rm } from 'node:fs/promises';
import { type FeatureSequence, type Modality, RobustaError } from '@robusta/core';
import {
  type CropOrder,
  type ExtractorSpec,
  type FeatureDescription,
  findFeatures,
  findXdFeatures,
  writeFeatures,
  writeXdFeatures,
} from '@robusta/features';

/** Names and forms of feature files. */
export type Layout = 'robusta' | 'xd-violence';

/** Feature files in a {@link Layout}. */
export interface FeatureStore {
  /** What is whole at a stem. */
  find(stem: string, modality: Modality): Promise<FeatureDescription | undefined>;
  /** @returns the paths written */
  write(
    stem: string,
    sequence: FeatureSequence,
    spec: ExtractorSpec,
    sourceSha256: string,
  ): Promise<string[]>;
}

const npy = (stem: string) => `${stem}.npy`;

export const STORES: Readonly<Record<Layout, FeatureStore>> = {
  robusta: {
    find: (stem) => findFeatures(npy(stem)),
    async write(stem, sequence, { recipe, recipeHash }, sourceSha256) {
      const path = npy(stem);
      // An array of another recipe must not be taken for what the new sidecar says.
      await rm(path, { force: true });
      await writeFeatures(path, sequence, { recipe, recipeHash, sourceSha256 });
      return [path];
    },
  },
  'xd-violence': {
    find: async (stem, modality) => (await findXdFeatures(stem))[modality],
    write(stem, sequence, { recipe, recipeHash }, sourceSha256) {
      const { modality, crops } = sequence;
      return writeXdFeatures(
        stem,
        { [modality]: sequence },
        {
          // Preparations of pictures are named like the order of crops that they have.
          ...(modality === 'visual' && crops > 1 ? { cropOrder: recipe.preparation as CropOrder } : {}),
          sidecars: { [modality]: { recipe, recipeHash, sourceSha256 } },
        },
      );
    },
  },
};

/**
 * What an earlier run left and that needs not be made again.
 * @throws FEATURE_MISMATCH for features of another recipe, which must not be mixed with those of this one
 */
export async function findFinished(
  store: FeatureStore,
  stem: string,
  { modality, recipeHash }: ExtractorSpec,
): Promise<FeatureDescription | undefined> {
  let found: FeatureDescription | undefined;
  try {
    found = await store.find(stem, modality);
  } catch (error) {
    // A damaged sidecar: made again.
    if (RobustaError.isInstance(error) && error.code === 'BAD_FORMAT') return undefined;
    throw error;
  }
  if (!found || (found.modality === modality && found.sidecar.recipeHash === recipeHash)) return found;
  throw new RobustaError(
    'FEATURE_MISMATCH',
    `${stem}: the features there are ${found.modality} ones of recipe ${found.sidecar.recipeHash.slice(0, 12)}, wanted are ${modality} ones of ${recipeHash.slice(0, 12)}`,
    { hint: 'extract into another folder, or replace what is there with --force' },
  );
}

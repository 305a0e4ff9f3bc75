import { parseOptions } from '@robusta/core';
import type { LoadOptions } from './load.js';
import { LoadOptionsSchema, loadCatalog } from './load.js';
import type { Dataset } from './model.js';
import { type DatasetPlaces, readCatalog, withPlaces } from './places.js';

const { name: _name, ...loadShape } = LoadOptionsSchema.shape;
const OptionsSchema = withPlaces(loadShape);

/**
 * Loads a dataset of any kind: `xd-violence` as `loadXdViolence` does, `synthetic` as well (what `createSyntheticDataset`
 * made), `ucf-crime` as `loadUcfCrime`, `folder` as `loadVideoFolder` with `csv`.
 * @throws what those throw; BAD_OPTION for a place that the kind does not have
 */
export async function loadDataset(options: DatasetPlaces & LoadOptions): Promise<Dataset> {
  const checked = parseOptions(OptionsSchema, options, 'loadDataset');
  return loadCatalog(await readCatalog(checked, checked.signal), checked);
}

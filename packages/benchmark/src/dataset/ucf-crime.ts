import { parseOptions } from '@robusta/core';
import { z } from 'zod';
import { type LoadOptions, LoadOptionsSchema, loadCatalog } from './load.js';
import type { Dataset } from './model.js';
import { readUcfCatalog } from './ucf-catalog.js';

/** Checks {@link UcfCrimeOptions}. */
export const UcfCrimeOptionsSchema = LoadOptionsSchema.extend({ lists: z.string().min(1).optional() });

/** Options of {@link loadUcfCrime}. */
export interface UcfCrimeOptions extends LoadOptions {
  /** Folder of `Temporal_Anomaly_Annotation.txt` and `Anomaly_Test.txt`. Default: the root. */
  lists?: string;
}

/**
 * Loads the test set of UCF-Crime: the 290 videos that `Temporal_Anomaly_Annotation.txt` names, wherever below the root
 * they lie; other videos are passed over. All are in the split `test`, and their sound takes no part. Annotations count 30
 * frames a second, `[start, end)`, whatever the rate of the file; they are converted to the 24-fps grid.
 *
 * What concerns single videos is listed in `problems`.
 * @param root - folder of the dataset
 * @throws BAD_DATASET, BAD_ANNOTATION (naming file and line), FILE_NOT_FOUND, FILE_UNREADABLE, BAD_OPTION, ABORTED
 */
export async function loadUcfCrime(root: string, options: UcfCrimeOptions = {}): Promise<Dataset> {
  const { lists, ...load } = parseOptions(UcfCrimeOptionsSchema, options, 'loadUcfCrime');
  return loadCatalog(await readUcfCatalog({ root, lists, name: load.name }, load.signal), load);
}

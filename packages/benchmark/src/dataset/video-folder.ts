import { parseOptions } from '@robusta/core';
import { readFolderCatalog } from './folder-catalog.js';
import { type LoadOptions, LoadOptionsSchema, loadCatalog } from './load.js';
import type { Dataset } from './model.js';

/**
 * Loads a folder of videos that a CSV file describes. Its first line names the columns:
 *
 * - `path`: of the video, relative to `root`
 * - `split`: `train` or `test`
 * - `label`: `0` or `normal`, `1` or `anomalous`
 * - `intervals` (where needed): anomalous stretches `start-end;start-end` in frames of the file, the end not included
 * - `seconds` (in place of it): the same in seconds
 * - `id` (optional): a name for the outputs of the video. Default: name of the file without extension
 *
 * Anomalous test videos need a stretch. Videos that the table does not name take no part and are listed in `problems`, as
 * are files that are absent or cannot be read.
 * @throws BAD_ANNOTATION with every wrong line of the table; FILE_NOT_FOUND, FILE_UNREADABLE, BAD_OPTION, ABORTED
 */
export async function loadVideoFolder(
  root: string,
  csv: string,
  options: LoadOptions = {},
): Promise<Dataset> {
  const load = parseOptions(LoadOptionsSchema, options, 'loadVideoFolder');
  return loadCatalog(await readFolderCatalog({ root, csv, name: load.name }, load.signal), load);
}

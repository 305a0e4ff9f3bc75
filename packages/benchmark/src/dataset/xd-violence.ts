import { parseOptions } from '@robusta/core';
import { z } from 'zod';
import { type LoadOptions, LoadOptionsSchema, loadCatalog } from './load.js';
import type { Dataset } from './model.js';
import { readXdCatalog } from './xd-catalog.js';

/** Checks {@link XdViolenceOptions}. */
export const XdViolenceOptionsSchema = LoadOptionsSchema.extend({
  lists: z.string().min(1).optional(),
  features: z.union([z.string().min(1), z.boolean()]).optional(),
});

/** Options of {@link loadXdViolence}. */
export interface XdViolenceOptions extends LoadOptions {
  /** Folder of `annotations.txt` and of the lists, where there are some. Default: the root. */
  lists?: string;
  /**
   * Folder of the published features (`<video>__0.npy` … `__4.npy`, `<video>__vggish.npy`); `true`: below the root;
   * `false`: none. Default: below the root, where there are no videos.
   */
  features?: string | boolean;
}

/**
 * Loads a dataset laid out as XD-Violence is: videos or published features or both, `annotations.txt` for the test
 * videos, the video-level label in the name (`_label_A` is normal). Lists (`audio.list`, `audio_test.list`,
 * `train-videos.txt`, `test-videos.txt` and the like) say what belongs to which split; where there are none, folders do.
 *
 * Annotations count the frames of the file. Where its rate is not 24 (XD-Violence runs at 24), they are converted by
 * time to the 24-fps grid that features and scores live on; `fps` of the record tells the rate of the file.
 *
 * What concerns single videos does not stop the load but is listed in `problems`: unreadable files, annotated or listed
 * videos that are absent, violent test videos without annotation, annotations beyond the end, duplicates.
 * @param root - folder of the dataset
 * @throws BAD_DATASET, BAD_ANNOTATION (naming file and line), FILE_NOT_FOUND, FILE_UNREADABLE, BAD_OPTION, ABORTED
 */
export async function loadXdViolence(root: string, options: XdViolenceOptions = {}): Promise<Dataset> {
  const { lists, features, ...load } = parseOptions(XdViolenceOptionsSchema, options, 'loadXdViolence');
  const catalog = await readXdCatalog({ root, lists, features, name: load.name }, load.signal);
  return loadCatalog(catalog, load);
}

import { existsSync } from 'node:fs';
import { appendFile, readFile, rm } from 'node:fs/promises';
import { fileError, RobustaError } from '@robusta/core';
import { readDatasetFile, writeDatasetFile } from './jsonl.js';
import { type VideoRecord, VideoRecordSchema } from './model.js';

/** What is known of video files from before, by path; and where it is kept. */
export interface ScanCache {
  known: ReadonlyMap<string, VideoRecord>;
  /** Keeps a record until {@link ScanCache.finish}, so that an interrupted scan is not lost. */
  add(video: VideoRecord): Promise<void>;
  finish(videos: readonly VideoRecord[]): Promise<void>;
}

/**
 * Opens a `dataset.jsonl`, and beside it what an interrupted scan left. A damaged or outdated one costs a new scan,
 * nothing else.
 * @throws FILE_UNREADABLE
 */
export async function openScanCache(path: string | undefined): Promise<ScanCache> {
  if (path === undefined) {
    const nothing = async () => {};
    return { known: new Map(), add: nothing, finish: nothing };
  }
  const journal = `${path}.partial`;
  const records = [...(await readCache(path)), ...(await readJournal(journal))];
  return {
    known: new Map(records.map((video) => [video.path, video])),
    add: async (video) => {
      // The line end comes first, so that a line that was cut off spoils no other.
      await appendFile(journal, `\n${JSON.stringify(video)}`).catch((error) => {
        throw fileError(error, journal);
      });
    },
    finish: async (videos) => {
      await writeDatasetFile(path, videos);
      await rm(journal, { force: true });
    },
  };
}

async function readCache(path: string): Promise<VideoRecord[]> {
  if (!existsSync(path)) return [];
  return readDatasetFile(path).catch((error) => {
    if (RobustaError.isInstance(error) && error.code === 'BAD_FORMAT') return [];
    throw error;
  });
}

/** The whole lines of a journal; the last one may have been cut off. */
async function readJournal(path: string): Promise<VideoRecord[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    try {
      const result = VideoRecordSchema.safeParse(JSON.parse(line));
      return result.success ? [result.data] : [];
    } catch {
      return [];
    }
  });
}

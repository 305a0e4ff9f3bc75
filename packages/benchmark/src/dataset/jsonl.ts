import { readFile } from 'node:fs/promises';
import { fileError, RobustaError } from '@robusta/core';
import writeFileAtomic from 'write-file-atomic';
import { type VideoRecord, VideoRecordSchema } from './model.js';

/**
 * Writes `dataset.jsonl`: one video a line, whole or not at all.
 * @throws FILE_NOT_FOUND, FILE_UNWRITABLE, DISK_FULL
 */
export async function writeDatasetFile(path: string, videos: readonly VideoRecord[]): Promise<void> {
  const lines = videos.map((video) => `${JSON.stringify(video)}\n`);
  try {
    await writeFileAtomic(path, lines.join(''));
  } catch (error) {
    throw fileError(error, path);
  }
}

/**
 * Reads what {@link writeDatasetFile} wrote.
 * @throws BAD_FORMAT naming file and line; FILE_NOT_FOUND, FILE_UNREADABLE
 */
export async function readDatasetFile(path: string): Promise<VideoRecord[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw fileError(error, path);
  }
  return text
    .split('\n')
    .flatMap((line, index) => (line === '' ? [] : [parseLine(line, `${path}:${index + 1}`)]));
}

function parseLine(line: string, where: string): VideoRecord {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new RobustaError('BAD_FORMAT', `${where}: not a line of JSON`, {
      hint: 'delete the file: it is made again from the videos',
      cause: error,
    });
  }
  const result = VideoRecordSchema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new RobustaError('BAD_FORMAT', `${where}: not a video record: ${issues.join('; ')}`, {
    hint: 'delete the file: it is made again from the videos',
  });
}

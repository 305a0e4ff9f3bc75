import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AudioClip } from '@robusta/core';
import { readAudio } from '../read-audio.js';

/** Options of audio corruptions that take sound: a clip, or the path of a file. */
const single = ['noise', 'ir'];
/** Options that take several: clips, or paths of files or of folders of files. */
const several = ['speech'];

/**
 * Reads the recordings that options name by their paths; everything else stays.
 * @throws what readAudio throws
 */
export async function withRecordings(
  options: Record<string, unknown>,
  signal: AbortSignal | undefined,
): Promise<Record<string, unknown>> {
  const result = { ...options };
  const read = (path: string) => readAudio(path, { ...(signal ? { signal } : {}) });
  for (const key of single) {
    const value = options[key];
    if (typeof value === 'string') result[key] = await read(value);
  }
  for (const key of several) {
    const value = options[key];
    if (typeof value !== 'string' && !Array.isArray(value)) continue;
    const clips: AudioClip[] = [];
    for (const item of [value].flat() as unknown[]) {
      if (typeof item !== 'string') clips.push(item as AudioClip);
      else for (const path of await filesOf(item)) clips.push(await read(path));
    }
    result[key] = clips;
  }
  return result;
}

/** The file itself, or the files of a folder in order of their names. */
async function filesOf(path: string): Promise<string[]> {
  const isFolder = await stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  if (!isFolder) return [path];
  const names = (await readdir(path)).filter((name) => !name.startsWith('.'));
  return names.sort().map((name) => join(path, name));
}

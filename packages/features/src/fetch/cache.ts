import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Where downloads are kept: `ROBUSTA_CACHE`, else `XDG_CACHE_HOME/robusta`, else `~/.cache/robusta`. */
export function defaultCacheFolder(env: NodeJS.ProcessEnv = process.env, home = homedir()): string {
  if (env.ROBUSTA_CACHE) return env.ROBUSTA_CACHE;
  const { XDG_CACHE_HOME: caches } = env;
  // The XDG specification wants relative paths ignored.
  return join(caches && isAbsolute(caches) ? caches : join(home, '.cache'), 'robusta');
}

/** The files of one download in the cache. */
export interface CacheEntry {
  folder: string;
  /** The file when it is whole, named as in the URL: its ending tells its form. */
  file: string;
  /** What {@link file} is: URL, size, SHA-256. */
  about: string;
  /** What has come so far, and what it is a part of. */
  partial: string;
  partialAbout: string;
  /** There while a process downloads. */
  lock: string;
}

/** The place of a download: by its hash where that is known, else by its URL. */
export function cacheEntry(root: string, url: URL, sha256: string | undefined): CacheEntry {
  const key = sha256 ?? `url-${createHash('sha256').update(url.href).digest('hex')}`;
  const folder = join(root, 'models', key);
  return {
    folder,
    file: join(folder, fileName(url)),
    about: join(folder, 'source.json'),
    partial: join(folder, 'download.part'),
    partialAbout: join(folder, 'download.json'),
    lock: join(folder, 'download.lock'),
  };
}

/** The last part of the path, of characters that every file system takes; never one of the names beside it. */
function fileName({ pathname }: URL): string {
  const last = pathname.split('/').at(-1)!;
  const name = decoded(last)
    .replace(/[^\w.+-]/g, '_')
    .slice(-100);
  return /^(\.*|source\.json|download\.(part|json|lock))$/.test(name) ? `file_${name}` : name;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, mkdir, open, readFile, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileError, parseOptions, RobustaError } from '@robusta/core';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { callback, Signal } from '../options.js';
import { type CacheEntry, cacheEntry, defaultCacheFolder } from './cache.js';
import { type DownloadProgress, discard, download, hashFile } from './download.js';
import { withLock } from './lock.js';

/** Options of {@link fetchModel}. */
export interface FetchOptions {
  /** An `http:` or `https:` address without user name and password. */
  url: string;
  /** The SHA-256 that the file must have, 64 hexadecimal digits. Default: any. */
  sha256?: string;
  /** Where to put a copy; missing folders are made, an existing file is replaced. Default: it stays in the cache only. */
  output?: string;
  /** Default `ROBUSTA_CACHE`, else `XDG_CACHE_HOME/robusta`, else `~/.cache/robusta`. */
  cacheFolder?: string;
  /** Download again what the cache has. Default false. */
  refresh?: boolean;
  /** A larger file is refused, bytes, default 2^31 - 1: no larger checkpoint can be imported. */
  maxBytes?: number;
  /** An attempt fails where nothing comes for so many seconds, default 30. */
  timeoutSeconds?: number;
  /** Further attempts after failures that may pass: no connection, a cut one, a busy server. Default 4. */
  retries?: number;
  signal?: AbortSignal;
  onProgress?: (progress: DownloadProgress) => void;
}

/** What {@link fetchModel} did. */
export interface FetchReport {
  url: string;
  /** The file: `output` where that was given, else in the cache. */
  path: string;
  bytes: number;
  /** SHA-256 of the file, hexadecimal. */
  sha256: string;
  /** The cache had it: nothing was downloaded. */
  cached: boolean;
  /** Bytes that an earlier, interrupted download had left and that did not come again. */
  resumedBytes: number;
}

const Sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/i, 'expected a SHA-256, 64 hexadecimal digits')
  .transform((text) => text.toLowerCase());
const Address = z
  .string()
  .refine(isAddress, 'expected an http: or https: address without user name and password');
const Options = z.strictObject({
  url: Address,
  sha256: Sha256.optional(),
  output: z.string().min(1).optional(),
  cacheFolder: z.string().min(1).optional(),
  refresh: z.boolean().default(false),
  maxBytes: z
    .int()
    .min(1)
    .default(2 ** 31 - 1),
  timeoutSeconds: z.number().positive().max(86_400).default(30),
  retries: z.int().min(0).max(100).default(4),
  signal: Signal.optional(),
  onProgress: callback<DownloadProgress>().optional(),
});

const AboutSchema = z.strictObject({ url: z.string(), bytes: z.int().min(0), sha256: Sha256 });
type About = z.output<typeof AboutSchema>;

function isAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '';
}

/**
 * Downloads a checkpoint, or any file, from an address that the caller names. An interrupted download goes on where it
 * stopped if the server still has the same file (its ETag or time of change says so); what is whole is kept in a
 * cache, by its hash where that is given and else by its address, and checked each time it is used. Files appear
 * whole or not at all, a file of another hash than `sha256` is not kept.
 * @throws DOWNLOAD_FAILED with the server's answer or the network's; HASH_MISMATCH naming both hashes; ABORTED: what
 *   has come is kept; FILE_UNWRITABLE, DISK_FULL and the like; BAD_OPTION
 */
export async function fetchModel(options: FetchOptions): Promise<FetchReport> {
  const checked = parseOptions(Options, options, 'fetchModel');
  const { sha256, output, cacheFolder = defaultCacheFolder(), refresh } = checked;
  const signal = checked.signal ?? new AbortController().signal;
  const url = new URL(checked.url);
  // What follows is not sent.
  url.hash = '';
  const entry = cacheEntry(cacheFolder, url, sha256);
  try {
    signal.throwIfAborted();
    await mkdir(entry.folder, { recursive: true });
    const { about, ...how } = await withLock(entry.lock, signal, async () => {
      const kept = refresh ? undefined : await keptFile(entry, sha256);
      if (kept) return { about: kept, cached: true, resumedBytes: 0 };
      const got = await download(url, entry, { ...checked, signal });
      return { about: await keep(entry, url, got, sha256), cached: false, resumedBytes: got.resumedBytes };
    });
    if (output !== undefined) await copyWhole(entry.file, output);
    return { ...about, url: url.href, path: output ?? entry.file, ...how };
  } catch (error) {
    // Where nothing was kept.
    await rmdir(entry.folder).catch(() => undefined);
    if (signal.aborted) {
      throw new RobustaError('ABORTED', `${url.href}: stopped before the end; what has come is kept`, {
        cause: error,
      });
    }
    throw fileError(error, (error as { path?: string } | null)?.path ?? entry.folder);
  }
}

/** What the cache has, if it is what was once downloaded. */
async function keptFile(entry: CacheEntry, sha256: string | undefined): Promise<About | undefined> {
  try {
    const about = AboutSchema.parse(JSON.parse(await readFile(entry.about, 'utf8')));
    const { size } = await stat(entry.file);
    const hash = createHash('sha256');
    await hashFile(entry.file, size, hash);
    const own = hash.digest('hex');
    return own === about.sha256 && own === (sha256 ?? own) ? about : undefined;
  } catch {
    return undefined;
  }
}

/** Gives a whole download its name, or removes one of another hash. */
async function keep(
  entry: CacheEntry,
  url: URL,
  { bytes, sha256 }: { bytes: number; sha256: string },
  wanted: string | undefined,
): Promise<About> {
  if (wanted !== undefined && wanted !== sha256) {
    await discard(entry);
    throw new RobustaError(
      'HASH_MISMATCH',
      `${url.href} has the SHA-256 ${sha256}, wanted is ${wanted}; it was not kept`,
      {
        hint: 'another version of the file, or a page that says why it is not there: look at what the address gives',
        details: { url: url.href, sha256, wanted, bytes },
      },
    );
  }
  const about: About = { url: url.href, bytes, sha256 };
  await rename(entry.partial, entry.file);
  await writeFileAtomic(entry.about, `${JSON.stringify(about, null, 2)}\n`);
  await discard(entry);
  return about;
}

/** A copy that appears whole or not at all; file systems that can, share the blocks. */
async function copyWhole(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const beside = `${to}.${process.pid}.part`;
  try {
    await copyFile(from, beside, constants.COPYFILE_FICLONE);
    const handle = await open(beside, 'r+');
    await handle.sync().finally(() => handle.close());
    await rename(beside, to);
  } catch (error) {
    await rm(beside, { force: true });
    throw fileError(error, to);
  }
}

import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, readFile, rm, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { RobustaError } from '@robusta/core';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import type { CacheEntry } from './cache.js';
import { PassingFailure, request, requireContent } from './request.js';

/** Where a download stands. */
export interface DownloadProgress {
  /** Bytes that are there, those of earlier attempts included. */
  bytes: number;
  /** Size of the file; undefined where the server does not say. */
  totalBytes: number | undefined;
}

/** What a download is made with. */
export interface DownloadOptions {
  maxBytes: number;
  timeoutSeconds: number;
  retries: number;
  signal: AbortSignal;
  onProgress?: ((progress: DownloadProgress) => void) | undefined;
}

/** A whole file at the place of the partial one. */
export interface Downloaded {
  bytes: number;
  sha256: string;
  /** Bytes that were there from an earlier attempt and did not come again. */
  resumedBytes: number;
}

/** Of which file the partial one is a part: with this validator the server can tell whether it still has that file. */
const PartialSchema = z.strictObject({ url: z.string(), validator: z.string(), total: z.int().optional() });
type Partial = z.output<typeof PartialSchema>;

/** Seconds before the first repetition; each later one waits twice as long. */
const FIRST_PAUSE = 0.5;

/**
 * Downloads into the partial file of a cache entry, from where an earlier download of the same file stopped. What has
 * come stays there when this fails, and only then.
 * @throws DOWNLOAD_FAILED, the reason of the signal, errors of the file system
 */
export async function download(url: URL, entry: CacheEntry, options: DownloadOptions): Promise<Downloaded> {
  for (let failures = 0; ; ) {
    try {
      return await attempt(url, entry, options);
    } catch (error) {
      if (!(error instanceof PassingFailure)) throw error;
      if (failures++ === options.retries) {
        throw new RobustaError('DOWNLOAD_FAILED', `${url.href}: ${error.message}`, {
          hint: 'try again later: what has come is kept, and the download goes on from there',
          details: { url: url.href, attempts: failures },
          cause: error,
        });
      }
      const pause = FIRST_PAUSE * 2 ** (failures - 1);
      await sleep(pause * 1000, undefined, { signal: options.signal });
    }
  }
}

async function attempt(url: URL, entry: CacheEntry, options: DownloadOptions): Promise<Downloaded> {
  const { timeoutSeconds, signal } = options;
  const kept = await keptPart(entry, url);
  const headers = {
    // A compressed answer has other byte positions from one time to the next.
    'accept-encoding': 'identity',
    ...(kept ? { range: `bytes=${kept.bytes}-`, 'if-range': kept.about.validator } : {}),
  };
  const result = await request(url, { headers, timeoutSeconds, signal }, async (response, chunks) => {
    if (kept && !(response.status === 200 || continues(response, kept))) {
      if (response.status !== 206 && response.status !== 416) requireContent(response, url);
      return undefined;
    }
    requireContent(response, url);
    if (!kept && response.status === 206) throw new PassingFailure('the server answers with a part');
    const from = response.status === 206 ? kept!.bytes : 0;
    return receive(url, entry, response, chunks(), from, options);
  });
  if (result) return result;
  // The server has no such part: another file, or no sound answer. Without the part it cannot be asked for it again.
  await discard(entry);
  return attempt(url, entry, options);
}

/** What an earlier download left, if the server can tell whether its file is still the same. */
async function keptPart(
  { partial, partialAbout }: CacheEntry,
  url: URL,
): Promise<{ bytes: number; about: Partial } | undefined> {
  try {
    const about = PartialSchema.parse(JSON.parse(await readFile(partialAbout, 'utf8')));
    const bytes = (await stat(partial)).size;
    return bytes > 0 && about.url === url.href ? { bytes, about } : undefined;
  } catch {
    return undefined;
  }
}

/** Removes what an earlier download left. */
export async function discard({ partial, partialAbout }: CacheEntry): Promise<void> {
  await rm(partialAbout, { force: true });
  await rm(partial, { force: true });
}

/** Whether an answer is the rest of the file that the part is of. */
function continues(response: Response, { bytes, about }: { bytes: number; about: Partial }): boolean {
  if (response.status !== 206) return false;
  const [, start, total] =
    /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '') ?? [];
  const validator = validatorOf(response);
  const same = validator === undefined || validator === about.validator;
  const sameSize = total === '*' || about.total === undefined || Number(total) === about.total;
  return Number(start) === bytes && same && sameSize && encodingOf(response) === undefined;
}

/** A strong validator, for If-Range: an entity tag that is not weak, else the time of the last change. */
function validatorOf({ headers }: Response): string | undefined {
  const tag = headers.get('etag');
  if (tag && !tag.startsWith('W/')) return tag;
  return headers.get('last-modified') ?? undefined;
}

const encodingOf = ({ headers }: Response): string | undefined => {
  const encoding = headers.get('content-encoding');
  return encoding === null || encoding === 'identity' ? undefined : encoding;
};

/** The size that the whole file has by the headers. */
function totalOf(response: Response, from: number): number | undefined {
  const length = response.headers.get('content-length');
  if (length === null || !/^\d+$/.test(length) || encodingOf(response)) return undefined;
  return from + Number(length);
}

async function receive(
  url: URL,
  entry: CacheEntry,
  response: Response,
  chunks: AsyncIterable<Uint8Array>,
  from: number,
  { maxBytes, onProgress }: DownloadOptions,
): Promise<Downloaded> {
  const totalBytes = totalOf(response, from);
  const requireSize = (bytes: number) => {
    if (bytes <= maxBytes) return;
    throw new RobustaError('DOWNLOAD_FAILED', `${url.href} is larger than ${maxBytes} bytes`, {
      hint: 'raise maxBytes if the file is really so large',
      details: { url: url.href, bytes, maxBytes },
    });
  };
  requireSize(totalBytes ?? 0);
  if (from === 0) await begin(url, entry, response, totalBytes);
  const hash = createHash('sha256');
  if (from > 0) await hashFile(entry.partial, from, hash);
  let bytes = from;
  onProgress?.({ bytes, totalBytes });
  const file = await open(entry.partial, from > 0 ? 'r+' : 'w');
  try {
    for await (const chunk of chunks) {
      requireSize(bytes + chunk.length);
      await writeAll(file, chunk, bytes);
      hash.update(chunk);
      bytes += chunk.length;
      onProgress?.({ bytes, totalBytes });
    }
    await file.sync();
  } catch (error) {
    if (RobustaError.isInstance(error)) await discard(entry);
    throw error;
  } finally {
    await file.close();
  }
  if (totalBytes !== undefined && bytes !== totalBytes)
    throw new PassingFailure(`${bytes} of ${totalBytes} bytes came`);
  return { bytes, sha256: hash.digest('hex'), resumedBytes: from };
}

/** Writes down what the part will be of, before there is one; nothing where it could not be continued. */
async function begin(url: URL, entry: CacheEntry, response: Response, total: number | undefined) {
  await discard(entry);
  const validator = validatorOf(response);
  if (validator === undefined || encodingOf(response)) return;
  const about: Partial = { url: url.href, validator, ...(total === undefined ? {} : { total }) };
  await writeFileAtomic(entry.partialAbout, JSON.stringify(about));
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** Feeds the first bytes of a file to a hash. */
export async function hashFile(path: string, bytes: number, hash: Hash): Promise<void> {
  if (bytes === 0) return;
  for await (const chunk of createReadStream(path, { end: bytes - 1 })) hash.update(chunk as Buffer);
}

import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileError } from '@robusta/core';
import { type CorruptReport, corruptMedia } from '@robusta/media';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { hashFile } from '../dataset/hash-file.js';
import type { CorruptJob, CorruptResult } from './corrupt-job.js';

const RecordSchema = z.strictObject({
  format: z.literal('robusta-media'),
  version: z.literal(1),
  inputSha256: z.string(),
  options: z.record(z.string(), z.unknown()),
  sha256: z.string(),
  bytes: z.number().int(),
  report: z.custom<Omit<CorruptReport, 'input' | 'output'>>((value) => typeof value === 'object'),
});

/** What lies beside a corrupted copy that was made with a hash of its input. */
export type MediaRecord = z.output<typeof RecordSchema>;

/** Where the {@link MediaRecord} of an output lies. */
export function mediaRecordPath(output: string): string {
  return `${output}.json`;
}

/**
 * Does a {@link CorruptJob}.
 * @throws what corruptMedia throws; FILE_UNWRITABLE, DISK_FULL; ABORTED
 */
export async function runCorruptJob(
  job: CorruptJob,
  options: { signal?: AbortSignal } = {},
): Promise<CorruptResult> {
  const { input, output, inputSha256 } = job;
  if (inputSha256 === undefined) return corruptMedia(input, output, { ...job.options, ...options });
  const known = await findMedia(job);
  if (known) return { ...known.report, input, output };
  const path = mediaRecordPath(output);
  try {
    await mkdir(dirname(output), { recursive: true });
    // The record goes first and comes last: one that is there speaks of the file beside it.
    await rm(path, { force: true });
    const {
      input: _input,
      output: _output,
      ...report
    } = await corruptMedia(input, output, {
      ...job.options,
      ...options,
    });
    const record: MediaRecord = {
      format: 'robusta-media',
      version: 1,
      inputSha256,
      options: plain(job.options),
      sha256: await hashFile(output, options.signal),
      bytes: (await stat(output)).size,
      report,
    };
    await writeFileAtomic(path, `${JSON.stringify(record, null, 2)}\n`);
    return { ...report, input, output };
  } catch (error) {
    throw fileError(error, output);
  }
}

/** The record of an output that is there, made of this input by these options. */
export async function findMedia(job: CorruptJob): Promise<MediaRecord | undefined> {
  try {
    const record = RecordSchema.parse(JSON.parse(await readFile(mediaRecordPath(job.output), 'utf8')));
    const isSame =
      record.inputSha256 === job.inputSha256 &&
      JSON.stringify(record.options) === JSON.stringify(plain(job.options)) &&
      record.bytes === (await stat(job.output)).size;
    return isSame ? record : undefined;
  } catch {
    // Missing or damaged: it is made again, and a folder that cannot be read shows when it is written to.
    return undefined;
  }
}

const plain = (options: object): Record<string, unknown> => JSON.parse(JSON.stringify(options));

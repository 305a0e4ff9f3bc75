import { access, mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type FeatureSequence, fileError, type Modality, parseOptions, RobustaError } from '@robusta/core';
import { writeNpy } from '@robusta/tensor-io';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { checkSequence } from '../align.js';
import { CROP_ORDERS, type CropOrder, cropNumbers } from './crop-order.js';
import { type FeatureRows, readRows } from './npy-file.js';
import {
  checkSidecar,
  type FeatureDescription,
  type FeatureSidecar,
  findDescribed,
  sidecarPath,
  writeSidecar,
} from './sidecar.js';

/** Features of one recording; at least one of the two. */
export interface Modalities {
  visual?: FeatureSequence;
  audio?: FeatureSequence;
}

/** What {@link readXdFeatures} found. */
export interface XdFeatures extends Modalities {
  /** Rows of the files before both were cut to one length; 0 without a file. */
  rows: { visual: number; audio: number };
  /** True where the lengths differ by more than one row, which a recording extracted with one clock never does. */
  mismatch: boolean;
}

/** Options of {@link writeXdFeatures}. */
export interface WriteXdOptions {
  /** Order of the crops in the visual sequence; needed unless it has a single one. */
  cropOrder?: CropOrder;
  /**
   * How the rows were made; written beside the arrays, after them, as `<stem>__0.json` and `<stem>__vggish.json`, which
   * other readers of this layout pass over. Default: no such files.
   */
  sidecars?: { visual?: FeatureSidecar; audio?: FeatureSidecar };
}

const WriteSchema = z.strictObject({
  cropOrder: z.enum(['rtfm', 'gottimukkala', 'xd-violence']).optional(),
  sidecars: z
    .strictObject({
      visual: z.custom<FeatureSidecar>().optional(),
      audio: z.custom<FeatureSidecar>().optional(),
    })
    .default({}),
});
const Stem = z.string().regex(/[^/\\]$/, 'expected a path without __0.npy');
const StemsSchema = z.union([
  Stem.transform((stem) => ({ visual: stem, audio: stem })),
  z
    .strictObject({ visual: Stem.optional(), audio: Stem.optional() })
    .refine((stems) => stems.visual ?? stems.audio, 'expected visual, audio or both'),
]);

const CROPS = 5;
/** As many as any extractor makes. */
const MOST_CROPS = 10;
export const visualFile = (stem: string, crop: number) => `${stem}__${crop}.npy`;
export const audioFile = (stem: string) => `${stem}__vggish.npy`;

/**
 * Writes the files of the official XD-Violence features: `<stem>__0.npy` (centre) and `__1` to `__4` (top left, top
 * right, bottom left, bottom right), `[T, D]` float32 each, and `<stem>__vggish.npy` `[T, D]`. Of ten crops those of the
 * mirrored picture are left out; a single crop becomes `__0`. Each file appears whole or not at all. Sidecars are not part
 * of this layout, and written on request only.
 * @param stem - path without `__0.npy`, for example `features/Movie__#00-01-45_00-02-50_label_A`
 * @returns the paths written
 * @throws BAD_OPTION; BAD_INPUT for another number of crops than 1, 5 and 10; NON_FINITE; FILE_UNWRITABLE, DISK_FULL...
 */
export async function writeXdFeatures(
  stem: string,
  { visual, audio }: Modalities,
  options: WriteXdOptions = {},
): Promise<string[]> {
  const base = parseOptions(Stem, stem, 'writeXdFeatures: stem');
  const { cropOrder, sidecars } = parseOptions(WriteSchema, options, 'writeXdFeatures');
  const about = (['visual', 'audio'] as const).flatMap((modality) => {
    const sidecar = sidecars[modality];
    return sidecar ? [{ modality, sidecar: checkSidecar(sidecar, 'writeXdFeatures') }] : [];
  });
  const files: [path: string, sequence: FeatureSequence, crop: number][] = [];
  if (visual) {
    checkFinite(visual, 'visual');
    const numbers = visualCrops(visual.crops, cropOrder);
    numbers.forEach((from, crop) => void files.push([visualFile(base, crop), visual, from]));
  }
  if (audio) {
    checkFinite(audio, 'audio');
    if (audio.crops !== 1) {
      throw new RobustaError('BAD_INPUT', `writeXdFeatures: the audio features have ${audio.crops} crops`);
    }
    files.push([audioFile(base), audio, 0]);
  }
  if (files.length === 0) throw new RobustaError('EMPTY_INPUT', 'writeXdFeatures: neither visual nor audio');
  // While a sidecar is there, the arrays are those that it describes.
  for (const { modality } of about)
    await naming(sidecarOf(base, modality), (path) => rm(path, { force: true }));
  for (const [path, sequence, crop] of files) {
    const { length, dim } = sequence;
    const bytes = writeNpy({ shape: [length, dim], dtype: 'float32', data: takeCrop(sequence, crop) });
    await naming(path, async () => {
      await mkdir(dirname(path), { recursive: true });
      await writeFileAtomic(path, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    });
  }
  for (const { modality, sidecar } of about) {
    const sequence = modality === 'visual' ? visual : audio;
    if (!sequence) continue;
    const crops = files.filter(([, own]) => own === sequence).length;
    const shape: [number, number, number] = [sequence.length, crops, sequence.dim];
    const places = crops === CROPS ? CROP_ORDERS['xd-violence'] : undefined;
    await naming(sidecarOf(base, modality), (path) =>
      writeSidecar(path, { modality, shape, sidecar }, places),
    );
  }
  return files.map(([path]) => path);
}

const sidecarOf = (stem: string, modality: Modality) =>
  sidecarPath(modality === 'visual' ? visualFile(stem, 0) : audioFile(stem), 'writeXdFeatures');

/** Runs work on a file; errors of the file system name it. */
async function naming(path: string, work: (path: string) => Promise<unknown>): Promise<void> {
  try {
    await work(path);
  } catch (error) {
    throw fileError(error, path);
  }
}

/**
 * What lies at a stem, by the sidecars that {@link writeXdFeatures} wrote and the sizes of the files: no row is read. A
 * modality is absent where its sidecar or one of its files is.
 * @throws BAD_FORMAT for a sidecar that is none; FILE_UNREADABLE
 */
export async function findXdFeatures(
  stem: string,
): Promise<{ visual?: FeatureDescription; audio?: FeatureDescription }> {
  const base = parseOptions(Stem, stem, 'findXdFeatures: stem');
  const visual = await findDescribed(sidecarOf(base, 'visual'), ({ shape: [, crops] }) =>
    Array.from({ length: crops }, (_, crop) => visualFile(base, crop)),
  );
  const audio = await findDescribed(sidecarOf(base, 'audio'), () => [audioFile(base)]);
  return { ...(visual ? { visual } : {}), ...(audio ? { audio } : {}) };
}

/**
 * Reads the files of the official XD-Violence features (or of {@link writeXdFeatures}): `[T, crops, D]` with the crops as
 * numbered (centre first) and `[T, 1, D]` of the sound. Where both are there and differ in length, both are cut to the
 * shorter; see `mismatch`.
 * @param stem - path without `__0.npy`; two where picture and sound lie in different folders
 * @throws FILE_NOT_FOUND where there is no file of the recording; BAD_DATASET for a crop that is absent; BAD_FORMAT for
 *   object arrays (pickles, which are never run) and other damage, TRUNCATED, EMPTY_INPUT; LENGTH_MISMATCH,
 *   FEATURE_MISMATCH where crops differ; NON_FINITE; each names the file
 */
export async function readXdFeatures(
  stem: string | { visual?: string; audio?: string },
): Promise<XdFeatures> {
  const stems = parseOptions(StemsSchema, stem, 'readXdFeatures: stem');
  const visual = stems.visual === undefined ? undefined : await readCrops(stems.visual);
  const audioPath = stems.audio === undefined ? undefined : audioFile(stems.audio);
  const audio = audioPath !== undefined && (await exists(audioPath)) ? await readFlat(audioPath) : undefined;
  if (!visual && !audio) {
    const first = stems.visual === undefined ? audioPath : visualFile(stems.visual, 0);
    throw new RobustaError('FILE_NOT_FOUND', `${first} does not exist`, { hint: 'check the path' });
  }
  const rows = { visual: visual?.length ?? 0, audio: audio?.length ?? 0 };
  const length = visual && audio ? Math.min(visual.length, audio.length) : Math.max(...Object.values(rows));
  return {
    ...(visual
      ? { visual: sequenceOf('visual', visual, length, (crop) => visualFile(stems.visual!, crop)) }
      : {}),
    ...(audio ? { audio: sequenceOf('audio', audio, length, () => audioPath!) } : {}),
    rows,
    mismatch: visual !== undefined && audio !== undefined && Math.abs(rows.visual - rows.audio) > 1,
  };
}

/**
 * The crops `<stem>__0.npy`, `__1`... in one array; undefined where there is none.
 * @throws as {@link readXdFeatures}
 */
export async function readCrops(stem: string): Promise<FeatureRows | undefined> {
  const paths = Array.from({ length: MOST_CROPS }, (_, crop) => visualFile(stem, crop));
  const there = await Promise.all(paths.map(exists));
  const crops = there.lastIndexOf(true) + 1;
  if (crops === 0) return undefined;
  const absent = there.indexOf(false);
  if (absent >= 0 && absent < crops) {
    throw new RobustaError('BAD_DATASET', `${paths[absent]} is absent, ${paths[crops - 1]} is there`, {
      hint: 'copy or extract the features of this recording again',
    });
  }
  const first = await readFlat(paths[0]!);
  const { length, dim } = first;
  if (crops === 1) return first;
  const data = new Float32Array(length * crops * dim);
  for (let crop = 0; crop < crops; crop++) {
    const path = paths[crop]!;
    const one = crop === 0 ? first : await readFlat(path);
    if (one.length !== length) {
      throw new RobustaError('LENGTH_MISMATCH', `${path} has ${one.length} rows, ${paths[0]} has ${length}`);
    }
    if (one.dim !== dim) {
      throw new RobustaError(
        'FEATURE_MISMATCH',
        `${path} has rows of ${one.dim} numbers, ${paths[0]} of ${dim}`,
      );
    }
    for (let row = 0; row < length; row++) {
      data.set(one.data.subarray(row * dim, (row + 1) * dim), (row * crops + crop) * dim);
    }
  }
  return { length, crops, dim, data, dtype: first.dtype, shape: [length, crops, dim] };
}

/** The crops to take, in the order of the files. */
function visualCrops(crops: number, cropOrder: CropOrder | undefined): number[] {
  if (crops === 1) return [0];
  if (crops !== CROPS && crops !== 2 * CROPS) {
    throw new RobustaError('BAD_INPUT', `writeXdFeatures: ${crops} crops, expected 1, 5 or 10`);
  }
  if (cropOrder !== undefined) return cropNumbers(cropOrder, 'xd-violence');
  throw new RobustaError('BAD_OPTION', `writeXdFeatures: cropOrder is needed for ${crops} crops`, {
    hint: 'it belongs to the recipe of the features: "rtfm", "gottimukkala" or, as read from such files, "xd-violence"',
  });
}

function checkFinite(sequence: FeatureSequence, modality: 'visual' | 'audio'): void {
  checkSequence(sequence, modality);
  const { crops, dim, data } = sequence;
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  const row = Math.floor(bad / (crops * dim));
  throw new RobustaError('NON_FINITE', `writeXdFeatures: ${modality} row ${row} has the value ${data[bad]}`);
}

function takeCrop({ length, crops, dim, data }: FeatureSequence, crop: number): Float32Array {
  const out = new Float32Array(length * dim);
  for (let row = 0; row < length; row++) {
    const from = (row * crops + crop) * dim;
    out.set(data.subarray(from, from + dim), row * dim);
  }
  return out;
}

/** `[T, D]` or `[T, 1, D]`. */
async function readFlat(path: string): Promise<FeatureRows> {
  const rows = await readRows(path);
  if (rows.crops !== 1) {
    throw new RobustaError(
      'FEATURE_MISMATCH',
      `${path}: has ${rows.crops} crops, expected one where each crop has a file`,
    );
  }
  return rows;
}

function sequenceOf(
  modality: 'visual' | 'audio',
  { crops, dim, data }: FeatureRows,
  length: number,
  fileOf: (crop: number) => string,
): FeatureSequence {
  const used = data.subarray(0, length * crops * dim);
  const bad = used.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    const [row, crop] = [Math.floor(bad / (crops * dim)), Math.floor(bad / dim) % crops];
    throw new RobustaError('NON_FINITE', `${fileOf(crop)}: row ${row} has the value ${used[bad]}`, {
      hint: 'look at the file with "robusta features inspect"',
    });
  }
  return { modality, length, crops, dim, data: used };
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return false;
    throw fileError(error, path);
  }
}

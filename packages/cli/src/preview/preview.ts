import { mkdir } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { fileError } from '@robusta/core';
import { AUDIO_CORRUPTIONS, audioCorruptionName } from '@robusta/corruptions-audio';
import { VISUAL_ALIASES, VISUAL_CORRUPTIONS } from '@robusta/corruptions-visual';
import { probe } from '@robusta/media';
import type { Context } from '../main.js';
import { createProgress } from '../progress.js';
import { writeWhole } from '../write-whole.js';
import { audioSheet } from './audio-sheet.js';
import { renderSheet, type Sheet } from './sheet.js';
import { type SheetRequest, visualSheet } from './visual-sheet.js';

/** Which rows the sheets have; all, where no modality is named. */
export interface PreviewOptions {
  seed: number;
  visual?: string;
  audio?: string;
}

/**
 * Writes `<name>-visual.png` and `<name>-audio.png`: every corruption at every severity, of the middle frame and of the
 * middle seconds of sound. What the file lacks has no sheet.
 * @param output - a folder, or a name ending in `.png` that becomes the beginning of both
 * @returns the images
 */
export async function writePreview(
  { terminal, signal }: Context,
  input: string,
  output: string,
  { seed, visual, audio }: PreviewOptions,
): Promise<string[]> {
  const info = await probe(input);
  const id = basename(input, extname(input));
  const prefix = resolve(/\.png$/i.test(output) ? output.replace(/\.png$/i, '') : join(output, id));
  await mkdir(dirname(prefix), { recursive: true }).catch((error) => {
    throw fileError(error, dirname(prefix));
  });
  const all = visual === undefined && audio === undefined;
  const visualNames = info.video ? (all ? VISUAL_CORRUPTIONS : rowsOf(visual, canonicalVisual)) : [];
  const audioNames = info.audio ? (all ? AUDIO_CORRUPTIONS : rowsOf(audio, audioCorruptionName)) : [];
  const progress = createProgress(terminal);
  const total = visualNames.length + audioNames.length;
  let done = 0;
  const request: SheetRequest = {
    info,
    id,
    seed,
    signal,
    onRow: () => progress.update({ stage: 'corrupting', done: done++, total }),
  };
  const written: string[] = [];
  const save = async (sheet: Sheet, path: string) => {
    await writeWhole(path, renderSheet(sheet));
    written.push(path);
  };
  try {
    if (visualNames.length > 0) await save(await visualSheet(request, visualNames), `${prefix}-visual.png`);
    if (audioNames.length > 0) await save(await audioSheet(request, audioNames), `${prefix}-audio.png`);
    progress.update({ stage: 'corrupting', done: total, total });
    return written;
  } finally {
    progress.stop();
  }
}

const rowsOf = (name: string | undefined, canonical: (name: string) => string) =>
  name === undefined ? [] : [canonical(name)];

const canonicalVisual = (name: string): string =>
  Object.hasOwn(VISUAL_ALIASES, name) ? VISUAL_ALIASES[name as keyof typeof VISUAL_ALIASES] : name;

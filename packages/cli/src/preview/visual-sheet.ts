import { deriveSeed, type Frame, RobustaError, type Severity } from '@robusta/core';
import {
  createFrameCorruption,
  SEVERITY,
  VISUAL_CORRUPTIONS,
  type VisualCorruption,
} from '@robusta/corruptions-visual';
import { CODEC_SEVERITY, type MediaInfo, readFrames } from '@robusta/media';
import { describeParameters } from './caption.js';
import { thumbnail } from './image.js';
import type { Cell, Sheet } from './sheet.js';

const WIDTH = 240;
const severities: Severity[] = [1, 2, 3, 4, 5];

/** What a sheet is made of. */
export interface SheetRequest {
  info: MediaInfo;
  /** Name of the file without extension. */
  id: string;
  seed: number;
  signal: AbortSignal;
  /** Told before each row. */
  onRow(name: string): void;
}

/** The middle frame of a video under every corruption at every severity. */
export async function visualSheet(
  request: SheetRequest,
  names = VISUAL_CORRUPTIONS as readonly string[],
): Promise<Sheet> {
  const { info, id, seed, signal } = request;
  const { fps, frames = Math.round(info.duration * fps) } = info.video!;
  const middle = Math.max(0, Math.floor(frames / 2));
  const clean = await frameAt(info.path, middle, { signal });
  const { width, height } = clean.frame;
  const size = { width: WIDTH, height: Math.max(1, Math.round((height * WIDTH) / width)) };
  const cell = (frame: Frame, caption: string): Cell => ({ picture: thumbnail(frame, WIDTH), caption });
  const rows: Sheet['rows'] = [];
  for (const name of names as VisualCorruption[]) {
    request.onRow(name);
    const own = deriveSeed(seed, id, name);
    const cells: Cell[] = [];
    for (const severity of severities) {
      if (name === 'bit-error') {
        const bitError = { severity, seed: own };
        const { frame } = await frameAt(info.path, clean.index, { signal, bitError });
        cells.push(cell(frame, describeParameters(CODEC_SEVERITY['bit-error'][severity])));
      } else {
        const corruption = createFrameCorruption(name, { severity, seed: own, width, height, fps });
        const table = SEVERITY[name][severity];
        cells.push(cell(corruption.apply(clean.frame, clean.index), describeParameters(table)));
      }
    }
    rows.push({ label: name, cells });
  }
  return {
    title: id,
    subtitle:
      `frame ${clean.index} of ${frames}, at ${(clean.index / fps).toFixed(2)} s · ` +
      `${width} × ${height}, ${Number(fps.toFixed(3))} frames/s · seed ${seed}`,
    clean: cell(clean.frame, ''),
    columns: severities.map((severity) => `severity ${severity}`),
    rows,
    size,
  };
}

/** A frame by its number; the last one where there are fewer. */
async function frameAt(path: string, index: number, options: Parameters<typeof readFrames>[1]) {
  let last: { frame: Frame; index: number } | undefined;
  let count = 0;
  for await (const frame of readFrames(path, options)) {
    last = { frame, index: count };
    if (count++ === index) break;
  }
  if (!last) throw new RobustaError('EMPTY_INPUT', `${path} has no frames`);
  return last;
}

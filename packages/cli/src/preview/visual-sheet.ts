import { deriveSeed, type Frame, RobustaError, type Severity } from '@robusta/core';
import {
  createClipCorruption,
  createFrameCorruption,
  SEVERITY,
  VISUAL_CORRUPTIONS,
  type VisualCorruption,
} from '@robusta/corruptions-visual';
import { type MediaInfo, readFrames } from '@robusta/media';
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
  const around = await middleFrames(info, signal);
  const clean = { frame: around.frames[around.at]!, index: around.index };
  const { width, height } = clean.frame;
  const size = { width: WIDTH, height: Math.max(1, Math.round((height * WIDTH) / width)) };
  const cell = (frame: Frame, caption: string): Cell => ({ picture: thumbnail(frame, WIDTH), caption });
  const rows: Sheet['rows'] = [];
  for (const name of names as VisualCorruption[]) {
    request.onRow(name);
    const own = deriveSeed(seed, id, name);
    const cells: Cell[] = [];
    for (const severity of severities) {
      const frame = await corruptedFrame(info, clean, name, { severity, seed: own, signal });
      cells.push(cell(frame, describeParameters(SEVERITY[name][severity])));
    }
    rows.push({ label: name, cells, ...(name === 'motion-blur' ? { note: 'directional' } : {}) });
    if (name === 'motion-blur') {
      const cells = severities.map((severity) => {
        const options = { mode: 'temporal', severity, width, height, fps } as const;
        const blurred = createClipCorruption(name, options).apply(around.frames, around.at);
        const { halfWindow } = SEVERITY['motion-blur:mini-kinetics-c'][severity];
        return cell(blurred, `mean of ${2 * halfWindow} frames`);
      });
      rows.push({ label: name, note: 'temporal', cells });
    }
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

/** The frame in the middle of a video, and its neighbours. */
export function middleFrames({ path, duration, video }: MediaInfo, signal: AbortSignal) {
  const { fps, frames = Math.round(duration * fps) } = video!;
  return framesAround(path, Math.max(0, Math.floor(frames / 2)), signal);
}

/** A frame of a video under any of the eight corruptions. */
export async function corruptedFrame(
  { path, video }: MediaInfo,
  { frame, index }: { frame: Frame; index: number },
  name: VisualCorruption,
  { severity, seed, signal }: { severity: Severity; seed: number; signal: AbortSignal },
): Promise<Frame> {
  if (name === 'bit-error') {
    return (await frameAt(path, index, { signal, bitError: { severity, seed } })).frame;
  }
  const { width, height } = frame;
  return createFrameCorruption(name, { severity, seed, width, height, fps: video!.fps }).apply(frame, index);
}

/** Half of the widest window of temporal motion blur. */
const REACH = Math.max(...severities.map((s) => SEVERITY['motion-blur:mini-kinetics-c'][s].halfWindow));

/** A frame by its number and its neighbours; the last one where there are fewer. */
async function framesAround(path: string, index: number, signal: AbortSignal) {
  const frames: Frame[] = [];
  let count = 0;
  for await (const frame of readFrames(path, { signal })) {
    frames.push(frame);
    // Behind the wanted frame the window only grows.
    if (count <= index && frames.length > REACH + 1) frames.shift();
    if (++count > index + REACH) break;
  }
  if (count === 0) throw new RobustaError('EMPTY_INPUT', `${path} has no frames`);
  const found = Math.min(index, count - 1);
  return { frames, index: found, at: frames.length - (count - found) };
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

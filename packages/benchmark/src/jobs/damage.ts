import { type AudioClip, deriveSeed, type Frame } from '@robusta/core';
import { type AudioCorruption, corruptAudioWithReport } from '@robusta/corruptions-audio';
import {
  createClipCorruption,
  createFrameCorruption,
  SEVERITY,
  type VisualCorruption,
} from '@robusta/corruptions-visual';
import { type BitErrorOptions, type BitrateOptions, corruptBitrate } from '@robusta/media';
import { GRID_FPS } from '../dataset/model.js';
import { type Condition, type CorruptionName, modalityOfCorruption } from '../protocol/condition.js';

/** A condition that damages something. */
export type Corruption = Exclude<Condition, 'clean'>;

/** What was done to one modality of a video, JSON: enough to do it again. */
export interface DamageRecord {
  corruption: CorruptionName;
  severity: number;
  /** Of this video. */
  seed: number;
  /** Every physical parameter, those of the severity included. */
  parameters: object;
  /** What came out on the way: levels, gains, counts. */
  measured?: object;
}

/** The seed that a corruption has for one video. */
export function seedOf({ corruption, seed }: Corruption, videoId: string): number {
  return deriveSeed(seed, videoId, corruption);
}

/** True for what hits the coded stream: it needs a decoding of its own. */
export function isCoded(condition: Condition): condition is Corruption {
  return condition !== 'clean' && condition.corruption === 'bit-error';
}

/** True for what needs pictures that come later before it gives one. */
export function isLagging(condition: Condition): condition is Corruption {
  return (
    condition !== 'clean' &&
    condition.corruption === 'motion-blur' &&
    condition.parameters?.mode === 'temporal'
  );
}

/** The options of a decoder that damages the stream, and what will stand in the record. */
export function bitErrors(
  condition: Corruption,
  videoId: string,
): { options: BitErrorOptions; record: DamageRecord } {
  const { corruption, severity, parameters } = condition;
  const seed = seedOf(condition, videoId);
  const own = { ...parameters } as BitErrorOptions;
  const isRated = own.bytesPerError !== undefined || own.errorsPerSecond !== undefined;
  const rate = isRated ? {} : SEVERITY['bit-error'][severity];
  return {
    options: { severity, ...own, seed },
    record: { corruption, severity, seed, parameters: { protect: 'none', ...rate, ...own, seed } },
  };
}

/**
 * Frames under a condition; the record is given with the first of them. A frame is written over by the next one: extractors
 * take what they need of it before they ask for that.
 */
export async function* damageFrames(
  frames: AsyncIterable<Frame>,
  condition: Corruption,
  videoId: string,
  onRecord: (record: DamageRecord) => void,
): AsyncGenerator<Frame> {
  const { corruption, severity } = condition;
  const seed = seedOf(condition, videoId);
  const noted = (parameters: object) => onRecord({ corruption, severity, seed, parameters });
  const optionsFor = ({ width, height }: Frame) =>
    ({ severity, ...condition.parameters, seed, width, height, fps: GRID_FPS }) as never;
  let out: Frame | undefined;
  const target = ({ width, height }: Frame) =>
    (out ??= { width, height, data: new Uint8Array(3 * width * height) });
  if (isLagging(condition)) {
    let stream: ReturnType<ReturnType<typeof createClipCorruption>['stream']> | undefined;
    for await (const frame of frames) {
      if (!stream) {
        const blur = createClipCorruption('motion-blur', optionsFor(frame));
        noted(blur.parameters);
        stream = blur.stream();
      }
      const ready = stream.push(frame, target(frame));
      if (ready) yield ready;
    }
    for (let rest = stream?.flush(out); rest; rest = stream?.flush(out)) yield rest;
    return;
  }
  let apply: ((frame: Frame, index: number, out: Frame) => Frame) | undefined;
  let index = 0;
  for await (const frame of frames) {
    if (!apply) {
      const damage = createFrameCorruption(corruption as VisualCorruption, optionsFor(frame));
      noted(damage.parameters);
      apply = damage.apply;
    }
    yield apply(frame, index++, target(frame));
  }
}

/** A clip under a condition. */
export async function damageClip(
  clip: AudioClip,
  condition: Corruption,
  videoId: string,
): Promise<{ clip: AudioClip; record: DamageRecord }> {
  const { corruption, severity } = condition;
  const seed = seedOf(condition, videoId);
  const options = { severity, ...condition.parameters, seed };
  const damaged =
    corruption === 'bitrate'
      ? await corruptBitrate(clip, options as BitrateOptions)
      : corruptAudioWithReport(clip, corruption as Exclude<AudioCorruption, 'bitrate'>, options as never);
  const { parameters, measured } = damaged.report;
  return { clip: damaged.clip, record: { corruption, severity, seed, parameters, measured } };
}

/**
 * Tries the options of a condition on next to nothing, so that a wrong one is told before the work begins. Those of
 * bit errors show with the first video.
 * @throws BAD_OPTION
 */
export async function checkCondition(condition: Corruption): Promise<void> {
  if (condition.corruption === 'bit-error') return;
  if (modalityOfCorruption(condition.corruption) === 'audio') {
    await damageClip({ sampleRate: 16_000, channels: [new Float32Array(1600)] }, condition, '');
    return;
  }
  const frame = { width: 64, height: 48, data: new Uint8Array(64 * 48 * 3) };
  const one = async function* () {
    yield frame;
  };
  for await (const _ of damageFrames(one(), condition, '', () => {}));
}

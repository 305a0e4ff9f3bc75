import { type AudioClip, deriveSeed, RobustaError, type Severity } from '@robusta/core';
import { AUDIO_CORRUPTIONS, type AudioCorruption, corruptAudio, SEVERITY } from '@robusta/corruptions-audio';
import { logMel } from '@robusta/features';
import { corruptBitrate, type MediaInfo, resampleAudio, streamAudio } from '@robusta/media';
import { interpolateMagma } from 'd3-scale-chromatic';
import { describeParameters } from './caption.js';
import { type Picture, toPicture } from './image.js';
import type { Sheet } from './sheet.js';
import type { SheetRequest } from './visual-sheet.js';

/** Seconds of sound that are shown. */
const EXCERPT = 6;
const RATE = 16_000;
const severities: Severity[] = [1, 2, 3, 4, 5];
const size = { width: 240, height: 128 };

/** Mel spectrograms of the middle of a sound under every corruption at every severity. */
export async function audioSheet(
  request: SheetRequest,
  names = AUDIO_CORRUPTIONS as readonly string[],
): Promise<Sheet> {
  const { info, id, seed, signal } = request;
  const start = startOf(info.duration);
  const clip = await middleOf(info, signal);
  const clean = await melOf(clip);
  const loudest = loudestOf(clean);
  const rows: Sheet['rows'] = [];
  for (const name of names as AudioCorruption[]) {
    request.onRow(name);
    const own = deriveSeed(seed, id, name);
    const cells = [];
    for (const severity of severities) {
      const sound = await corruptedSound(clip, name, { severity, seed: own });
      cells.push({
        picture: draw(await melOf(sound), loudest),
        caption: describeParameters(SEVERITY[name][severity]),
      });
    }
    rows.push({ label: name, cells });
  }
  const seconds = clip.channels[0]!.length / clip.sampleRate;
  return {
    title: id,
    subtitle:
      `log-mel spectrograms, 125–7500 Hz from bottom to top · ${start.toFixed(2)} to ${(start + seconds).toFixed(2)} s · ` +
      `${clip.sampleRate} Hz · seed ${seed}`,
    clean: { picture: draw(clean, loudest), caption: '' },
    columns: severities.map((severity) => `severity ${severity}`),
    rows,
    size,
  };
}

/** A sound under any of the eight corruptions. */
export async function corruptedSound(
  clip: AudioClip,
  name: AudioCorruption,
  options: { severity: Severity; seed: number },
): Promise<AudioClip> {
  return name === 'bitrate' ? (await corruptBitrate(clip, options)).clip : corruptAudio(clip, name, options);
}

/** Log-mel spectrogram of a sound of any rate. */
export async function melOf(sound: AudioClip): Promise<ReturnType<typeof logMel>> {
  const { channels } = await resampleAudio(monoOf(sound), RATE);
  // A window is 400 samples; less is shown as if silence followed.
  const samples = channels[0]!;
  return logMel(
    samples.length >= 400 ? samples : Float32Array.from({ length: 400 }, (_, i) => samples[i] ?? 0),
  );
}

/** The value that is drawn brightest. */
export function loudestOf({ data }: ReturnType<typeof logMel>): number {
  return data.reduce((most, value) => Math.max(most, value), Math.log(0.02));
}

/** The middle of the sound of a file. */
export function middleOf(
  { path, duration }: Pick<MediaInfo, 'path' | 'duration'>,
  signal: AbortSignal,
): Promise<AudioClip> {
  return excerpt(path, startOf(duration), signal);
}

const startOf = (duration: number) => Math.max(0, duration / 2 - EXCERPT / 2);

/** The sound from a time on, without keeping what lies before. */
async function excerpt(path: string, start: number, signal: AbortSignal): Promise<AudioClip> {
  const kept: AudioClip[] = [];
  let position = 0;
  let missing = 0;
  for await (const clip of streamAudio(path, { signal })) {
    const { sampleRate, channels } = clip;
    const from = Math.max(0, Math.round(start * sampleRate) - position);
    position += channels[0]!.length;
    if (kept.length === 0) missing = EXCERPT * sampleRate;
    if (from >= channels[0]!.length) continue;
    const part = channels.map((samples) => samples.slice(from, from + missing));
    kept.push({ sampleRate, channels: part });
    missing -= part[0]!.length;
    if (missing <= 0) break;
  }
  const [first] = kept;
  if (!first) throw new RobustaError('EMPTY_INPUT', `${path} has no sound to show`);
  const channels = first.channels.map((_, c) => {
    const parts = kept.map((clip) => clip.channels[c]!);
    const joined = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      joined.set(part, at);
      at += part.length;
    }
    return joined;
  });
  return { sampleRate: first.sampleRate, channels };
}

function monoOf({ sampleRate, channels }: AudioClip): AudioClip {
  const mono = channels[0]!.map((_, i) => channels.reduce((sum, c) => sum + c[i]!, 0) / channels.length);
  return { sampleRate, channels: [mono] };
}

/** Quiet is dark; time to the right, pitch upwards. */
export function draw({ frames, bands, data }: ReturnType<typeof logMel>, loudest: number): Picture {
  const quietest = Math.log(0.01);
  const colors = palette();
  const out = new Uint8Array(frames * bands * 3);
  for (let frame = 0; frame < frames; frame++) {
    for (let band = 0; band < bands; band++) {
      const share = (data[frame * bands + band]! - quietest) / (loudest - quietest);
      const color = colors[Math.max(0, Math.min(255, Math.round(share * 255)))]!;
      out.set(color, ((bands - 1 - band) * frames + frame) * 3);
    }
  }
  return toPicture(frames, bands, out);
}

let magma: number[][] | undefined;

function palette(): number[][] {
  magma ??= Array.from({ length: 256 }, (_, i) => {
    const hex = interpolateMagma(i / 255);
    return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  });
  return magma;
}

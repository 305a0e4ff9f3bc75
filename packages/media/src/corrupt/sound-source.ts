import { parseOptions, RobustaError } from '@robusta/core';
import { type AudioCorruption, createAudioCorruption } from '@robusta/corruptions-audio';
import { createBitrateStream } from '../bitrate/bitrate.js';
import { BitrateOptionsSchema } from '../bitrate/options.js';
import { generateAudio } from '../read-audio.js';
import type { SeededChoice } from './options.js';
import { withRecordings } from './recordings.js';
import type { Applied } from './report.js';

/** The corrupted sound of a file, as long as the whole one. */
export interface SoundSource {
  sampleRate: number;
  channels: number;
  /** Seconds from time zero of the container to the first sample. */
  start: number;
  /** The next samples, one array a channel; undefined at the end. */
  next(): Promise<Float32Array[] | undefined>;
  /** What was done; complete at the end. */
  applied(): Applied;
  close(): Promise<void>;
}

/** One corrupting pass over the sound. */
interface Pass {
  process(channels: Float32Array[]): Promise<Float32Array[][]>;
  flush(): Promise<Float32Array[][]>;
  report(): { parameters: object; measured: object };
  close(): void;
}

/**
 * Measures the sound as often as the corruption asks for, then gives it corrupted, a second at a time.
 * @param onMeasured - told how many seconds a measuring pass has seen
 * @throws NO_AUDIO, FILE_UNREADABLE, TRUNCATED, BAD_OPTION, ABORTED
 */
export async function openSound(
  path: string,
  { name, ...options }: SeededChoice,
  signal: AbortSignal | undefined,
  onMeasured: (seconds: number) => void,
): Promise<SoundSource> {
  let start = 0;
  const read = () =>
    generateAudio(path, {
      mono: false,
      signal,
      onStart: (seconds) => {
        start = seconds;
      },
    });
  const clips = read();
  try {
    const first = await clips.next();
    if (first.done) throw new RobustaError('EMPTY_INPUT', `${path}: its sound has no samples`);
    const { sampleRate, channels } = first.value;
    const format = { sampleRate, channels: channels.length };
    const pass =
      name === 'bitrate'
        ? bitratePass(options, format)
        : await samplePass(
            name as Exclude<AudioCorruption, 'bitrate'>,
            await withRecordings(options, signal),
            format,
            read,
            onMeasured,
          );
    const samples = corrupt(first.value.channels, clips, pass);
    return {
      sampleRate,
      channels: channels.length,
      start,
      next: async () => (await samples.next()).value ?? undefined,
      applied: () => ({
        name,
        ...(typeof options.severity === 'number' ? { severity: options.severity } : {}),
        ...pass.report(),
      }),
      async close() {
        pass.close();
        await clips.return();
      },
    };
  } catch (error) {
    await clips.return();
    throw error;
  }
}

async function* corrupt(
  first: Float32Array[],
  rest: AsyncIterable<{ channels: Float32Array[] }>,
  pass: Pass,
): AsyncGenerator<Float32Array[], void, undefined> {
  yield* await pass.process(first);
  for await (const { channels } of rest) yield* await pass.process(channels);
  yield* await pass.flush();
}

function bitratePass(options: object, format: { sampleRate: number; channels: number }): Pass {
  const checked = parseOptions(BitrateOptionsSchema, options, 'bitrate');
  const stream = createBitrateStream(checked, format.sampleRate, format.channels);
  return {
    process: (channels) => stream.push(channels),
    flush: () => stream.finish(),
    report: () => stream.report(),
    close: () => stream.close(),
  };
}

async function samplePass(
  name: Exclude<AudioCorruption, 'bitrate'>,
  options: object,
  format: { sampleRate: number; channels: number },
  read: () => AsyncIterable<{ channels: Float32Array[] }>,
  onMeasured: (seconds: number) => void,
): Promise<Pass> {
  const corruption = createAudioCorruption(name, options, format);
  let level: Parameters<typeof corruption.start>[0] = {};
  for (let pass = corruption.levelPass(level); pass; pass = corruption.levelPass(level)) {
    let samples = 0;
    for await (const { channels } of read()) {
      pass.add(channels);
      samples += channels[0]!.length;
      onMeasured(samples / format.sampleRate);
    }
    level = pass.finish();
  }
  const stream = corruption.start(level);
  const some = (channels: Float32Array[]) => (channels[0]!.length > 0 ? [channels] : []);
  return {
    process: async (channels) => some(stream.process(channels)),
    flush: async () => some(stream.flush()),
    report() {
      const { parameters, measured } = stream.report();
      return { parameters, measured };
    },
    close() {},
  };
}

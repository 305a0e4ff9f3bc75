import { type AudioClip, parseOptions } from '@robusta/core';
import { checkClip } from '../clip.js';
import { createResampler } from '../resampler.js';
import { createSampleBlocks } from '../sample-blocks.js';
import {
  type BitrateOptions,
  BitrateOptionsSchema,
  type CheckedBitrateOptions,
  type CodecSettings,
  codecSettings,
} from './options.js';
import { createRoundTrip, type RoundTrip } from './round-trip.js';

/** What was done to sound, JSON-safe. */
export interface BitrateReport {
  /** Valid options that give the same samples again. */
  parameters: {
    mode: 'codec' | 'bit-error';
    codec: CodecSettings['codec'];
    kbps: number;
    codecSampleRate: number;
    seed: number;
    bytesPerError?: number;
  };
  measured: {
    /** Of the coded sound, all channels. */
    bytes: number;
    kbps: number;
    /** Bytes that were replaced, and samples of packets that could not be decoded: silence. */
    hits: number;
    lostSamples: number;
  };
}

/** The codec round trip on a stream of samples. */
export interface BitrateStream {
  /** @returns samples that have come back, in blocks of at most a second */
  push(channels: Float32Array[]): Promise<Float32Array[][]>;
  /** @returns the rest: in all as many samples as went in, none of them moved */
  finish(): Promise<Float32Array[][]>;
  report(): BitrateReport;
  close(): void;
}

export function createBitrateStream(
  options: CheckedBitrateOptions,
  sampleRate: number,
  channelCount: number,
): BitrateStream {
  const settings = codecSettings(options, sampleRate, channelCount);
  const { codecSampleRate, bytesPerError } = settings;
  const pairs: Pair[] = [];
  for (let from = 0; from < channelCount; from += 2) {
    pairs.push(createPair(settings, sampleRate, from, Math.min(2, channelCount - from)));
  }
  let received = 0;

  /** Blocks of all channels, as far as all pairs have them. */
  function joined(): Float32Array[][] {
    const count = Math.min(...pairs.map(({ ready }) => ready.length));
    const parts = pairs.map(({ ready }) => ready.splice(0, count));
    return Array.from({ length: count }, (_, i) => parts.flatMap((blocks) => blocks[i]!));
  }

  return {
    async push(channels) {
      received += channels[0]!.length;
      for (const pair of pairs) await pair.push(channels);
      return joined();
    },
    async finish() {
      for (const pair of pairs) await pair.finish(received);
      return joined();
    },
    report() {
      const sums = { bytes: 0, hits: 0, lostSamples: 0 };
      for (const { trip } of pairs) {
        const measured = trip.measured();
        sums.bytes += measured.bytes;
        sums.hits += measured.hits;
        sums.lostSamples += measured.lostSamples;
      }
      const seconds = received / sampleRate;
      return {
        parameters: {
          mode: options.mode,
          codec: settings.codec,
          kbps: settings.kbps,
          codecSampleRate,
          seed: settings.seed,
          ...(bytesPerError === undefined ? {} : { bytesPerError }),
        },
        measured: { ...sums, kbps: seconds > 0 ? (sums.bytes * 8) / 1000 / seconds : 0 },
      };
    },
    close() {
      for (const pair of pairs) pair.close();
    },
  };
}

interface Pair {
  trip: RoundTrip;
  /** Blocks that have come back. */
  ready: Float32Array[][];
  push(channels: Float32Array[]): Promise<void>;
  finish(total: number): Promise<void>;
  close(): void;
}

/** One or two channels through a codec of their own, at its rate and back. */
function createPair(settings: CodecSettings, sampleRate: number, from: number, count: number): Pair {
  const down = createResampler(sampleRate, settings.codecSampleRate, count);
  const up = createResampler(settings.codecSampleRate, sampleRate, count);
  const trip = createRoundTrip(settings, count);
  const blocks = createSampleBlocks(count, sampleRate);
  const ready: Float32Array[][] = [];
  let returned = 0;

  function take(samples: Float32Array[]) {
    returned += samples[0]!.length;
    ready.push(...blocks.push(samples));
  }

  return {
    trip,
    ready,
    async push(channels) {
      const own = down.push(channels.slice(from, from + count));
      for (const samples of await trip.push(own)) take(up.push(samples));
    },
    async finish(total) {
      const parts = [...(await trip.push(down.finish())), ...(await trip.finish())];
      for (const samples of parts) take(up.push(samples));
      const rest = up.finish();
      // There and back, rounding may give a sample more or less.
      const missing = Math.max(0, total - returned);
      const padded = rest.map((samples) => {
        const exact = new Float32Array(missing);
        exact.set(samples.subarray(0, missing));
        return exact;
      });
      take(padded);
      const last = blocks.finish();
      if (last) ready.push(last);
    },
    close() {
      down.close();
      up.close();
      trip.close();
    },
  };
}

/**
 * Encodes sound at a low bit rate and decodes it again (paper: bitrate), or damages the packets in between. The result
 * has exactly the rate, channels and length of the clip, and nothing in it moves: the delay of the codec is taken out.
 * More than two channels are coded in pairs. Sound beyond [-1, 1] is scaled down before and up after.
 * @param clip - 1 to 8 channels, 1000 to 768000 Hz, any length
 * @throws BAD_OPTION for options out of range and for bit rates that the codec does not have; BAD_INPUT, LENGTH_MISMATCH or
 *   NON_FINITE for the clip
 */
export async function corruptBitrate(
  clip: AudioClip,
  options: BitrateOptions,
): Promise<{ clip: AudioClip; report: BitrateReport }> {
  const checked = parseOptions(BitrateOptionsSchema, options, 'corruptBitrate');
  checkClip(clip, 'corruptBitrate: clip');
  const { sampleRate, channels } = clip;
  const length = channels[0]!.length;
  const peak = channels.reduce(
    (most, samples) => samples.reduce((top, sample) => Math.max(top, Math.abs(sample)), most),
    1,
  );
  const stream = createBitrateStream(checked, sampleRate, channels.length);
  try {
    const result = channels.map(() => new Float32Array(length));
    let position = 0;
    const place = (blocks: Float32Array[][]) => {
      for (const block of blocks) {
        for (const [c, samples] of block.entries()) result[c]!.set(samples, position);
        position += block[0]!.length;
      }
    };
    for (let from = 0; from < length; from += sampleRate) {
      const part = channels.map((samples) => {
        const piece = samples.subarray(from, from + sampleRate);
        return peak > 1 ? piece.map((sample) => sample / peak) : piece;
      });
      place(await stream.push(part));
    }
    place(await stream.finish());
    if (peak > 1) for (const samples of result) for (let i = 0; i < length; i++) samples[i]! *= peak;
    return { clip: { sampleRate, channels: result }, report: stream.report() };
  } finally {
    stream.close();
  }
}

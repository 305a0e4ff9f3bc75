import { type AudioClip, RobustaError } from '@robusta/core';
import { resampleAudio, streamAudio } from '@robusta/media';
import { SAMPLE_RATE } from '../grid.js';

/** Sound to extract from: a media file, a clip, or the pieces of one in order. */
export type AudioSource = string | AudioClip | Iterable<AudioClip> | AsyncIterable<AudioClip>;

/** Seconds that are resampled at a time, and seconds of neighbouring sound on either side of them. */
const BLOCK_SECONDS = 8;
const MARGIN_SECONDS = 1;

/** Mono pieces at 16 kHz of any source, in constant memory. */
export async function* mono16k(
  source: AudioSource,
  signal: AbortSignal | undefined,
): AsyncGenerator<Float32Array> {
  if (typeof source === 'string') {
    const clips = streamAudio(source, { sampleRate: SAMPLE_RATE, mono: true, ...(signal ? { signal } : {}) });
    for await (const clip of clips) yield clip.channels[0]!;
    return;
  }
  const clips = 'channels' in source ? [source] : source;
  let rate: number | undefined;
  let blocks: BlockResampler | undefined;
  let position = 0;
  for await (const clip of clips) {
    const samples = mixDown(clip, position);
    position += samples.length;
    if (rate !== undefined && clip.sampleRate !== rate) {
      throw new RobustaError(
        'BAD_INPUT',
        `a piece of sound has ${clip.sampleRate} samples a second, the pieces before it ${rate}`,
        { hint: 'resample all pieces to one rate' },
      );
    }
    rate = clip.sampleRate;
    if (rate === SAMPLE_RATE) {
      yield samples;
      continue;
    }
    blocks ??= new BlockResampler(rate);
    yield* blocks.push(samples);
  }
  if (blocks) yield* blocks.finish();
}

/** Mean of the channels. */
function mixDown(clip: AudioClip, position: number): Float32Array {
  const { channels, sampleRate } = clip;
  const first = channels[0];
  if (!first) throw new RobustaError('BAD_INPUT', 'a piece of sound has no channels');
  if (!(Number.isFinite(sampleRate) && sampleRate > 0)) {
    throw new RobustaError('BAD_INPUT', `sampleRate must be a positive number, received ${sampleRate}`);
  }
  for (const [index, channel] of channels.entries()) {
    if (channel.length !== first.length) {
      throw new RobustaError(
        'LENGTH_MISMATCH',
        `channel ${index} has ${channel.length} samples, channel 0 has ${first.length}`,
      );
    }
    for (let i = 0; i < channel.length; i++) {
      if (Number.isFinite(channel[i]!)) continue;
      throw new RobustaError('NON_FINITE', `sample ${position + i} of channel ${index} is ${channel[i]}`, {
        details: { sample: position + i, channel: index },
      });
    }
  }
  if (channels.length === 1) return first;
  const out = new Float32Array(first.length);
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (const channel of channels) sum += channel[i]!;
    out[i] = sum / channels.length;
  }
  return out;
}

/**
 * Resamples a stream in blocks of whole seconds. Blocks overlap by a second on either side, far more than the reach
 * of the filter, and whole seconds fall on whole samples of both rates, so the joints leave no trace.
 */
class BlockResampler {
  private readonly pending: Float32Array;
  private filled = 0;
  private lead = 0;

  constructor(private readonly rate: number) {
    if (!Number.isInteger(rate)) {
      throw new RobustaError('BAD_INPUT', `sampleRate must be a whole number, received ${rate}`);
    }
    this.pending = new Float32Array((BLOCK_SECONDS + 2 * MARGIN_SECONDS) * rate);
  }

  async *push(samples: Float32Array): AsyncGenerator<Float32Array> {
    for (let position = 0; position < samples.length; ) {
      const take = Math.min(samples.length - position, this.pending.length - this.filled);
      this.pending.set(samples.subarray(position, position + take), this.filled);
      this.filled += take;
      position += take;
      if (this.filled === this.pending.length) yield await this.flush();
    }
  }

  async *finish(): AsyncGenerator<Float32Array> {
    if (this.filled > 0) yield (await this.resample()).slice(this.lead * SAMPLE_RATE);
  }

  /** Hands out what has a margin on both sides and keeps the margin of what follows. */
  private async flush(): Promise<Float32Array> {
    const end = this.filled / this.rate - MARGIN_SECONDS;
    const out = (await this.resample()).slice(this.lead * SAMPLE_RATE, end * SAMPLE_RATE);
    this.pending.copyWithin(0, (end - MARGIN_SECONDS) * this.rate, this.filled);
    this.filled = 2 * MARGIN_SECONDS * this.rate;
    this.lead = MARGIN_SECONDS;
    return out;
  }

  private async resample(): Promise<Float32Array> {
    const clip = { sampleRate: this.rate, channels: [this.pending.slice(0, this.filled)] };
    return (await resampleAudio(clip, SAMPLE_RATE)).channels[0]!;
  }
}

import { createRng, deriveSeed, hash32 } from '@robusta/core';
import { BABBLE_SYNTHESIS, BABBLE_TARGET } from './babble-spectra.js';
import { createConvolver } from './convolve.js';
import { roomResponse } from './impulse-response.js';
import { createInterpolation } from './interpolation.js';
import { blockSource, type NoiseSource, type NoiseSynthesis } from './noise-source.js';
import { decibelsAt } from './noise-spectra.js';
import { drawPhrase, drawTalkers, type Talker } from './phrase.js';
import { createSampleQueue } from './sample-queue.js';
import { linearPhase } from './shaped-noise.js';
import { renderTract, VOICE_RATE } from './vocal-tract.js';

/** The room that each talker stands in: 0.4 s, direct and reverberated sound equally loud. */
const ROOM = { rt60Seconds: 0.4, drrDb: 0, preDelayMs: 4 };
/** Samples of the synthesis that are made at a time. */
const BLOCK = 16384;
const EQUALIZER_TAPS = 1024;

/**
 * Many people talking at once, each in a small room, with the long-term spectrum of NOISEX-92's babble.
 * @param talkers - how many
 */
export function crowd(talkers: number): NoiseSynthesis {
  return (seed, sampleRate) => atRate(crowdSource(seed, talkers, equalizer()), sampleRate);
}

/** The crowd at the rate of the synthesis. @param filter - applied to the sum */
export function crowdSource(seed: number, talkers: number, filter: Float64Array): NoiseSource {
  const voices = drawTalkers(createRng(deriveSeed(seed, 'talkers')), talkers).map((talker, t) =>
    talkerSource(deriveSeed(seed, 'talker', t), talker),
  );
  const responses = voices.map((_, t) => roomResponse(deriveSeed(seed, 'room', t), VOICE_RATE, ROOM));
  const rooms = createConvolver(responses, talkers, 'sum');
  const equalize = createConvolver([filter], 1);
  // Until room and filter are full.
  let before = responses[0]!.length + filter.length;
  const level = 1 / Math.sqrt(2 * talkers);
  return blockSource(() => {
    for (;;) {
      const [sum] = rooms.push(voices.map((voice) => voice(BLOCK)));
      const [output] = equalize.push([sum!.map((sample) => level * sample)]);
      const skipped = Math.min(before, output!.length);
      before -= skipped;
      if (skipped < output!.length) return output!.subarray(skipped);
    }
  });
}

/**
 * One talker without a room: phrases of about one level with gaps of 0.15 to 0.9 s. Each phrase depends on the seed and its
 * number alone.
 */
export function talkerSource(seed: number, talker: Talker): NoiseSource {
  let number = 0;
  return blockSource(() => {
    const rng = createRng(deriveSeed(seed, 'phrase', number));
    const speech = renderTract(drawPhrase(rng, talker), talker, deriveSeed(seed, 'breath', number));
    const gap = Math.round((0.15 + 0.75 * rng.uniform()) * VOICE_RATE);
    const phrase = new Float32Array(speech.length + gap);
    let energy = 0;
    for (let n = 0; n < speech.length; n++) energy += speech[n]! * speech[n]!;
    // Phrases are louder and softer by 2 dB; 0.95 keeps the mean power.
    const level = 0.95 * 10 ** (Math.max(-4, Math.min(4, 2 * rng.normal())) / 20);
    const scale = level * Math.sqrt(phrase.length / Math.max(energy, 1e-20));
    for (let n = 0; n < speech.length; n++) phrase[n] = scale * speech[n]!;
    // Talkers do not start together: the first phrase has begun before.
    const first = number === 0 ? Math.floor((hash32(seed, 0) / 4294967296) * phrase.length) : 0;
    number++;
    return phrase.subarray(first);
  });
}

/** The filter from the spectrum of the synthesis to that of the recording. */
function equalizer(): Float64Array {
  return linearPhase(
    EQUALIZER_TAPS,
    VOICE_RATE,
    (frequency) =>
      frequency < 40
        ? 0
        : 10 ** ((decibelsAt(BABBLE_TARGET, frequency) - decibelsAt(BABBLE_SYNTHESIS, frequency)) / 20),
    true,
  );
}

/** A source at the rate of the synthesis, read at another one. */
export function atRate(source: NoiseSource, sampleRate: number): NoiseSource {
  const step = VOICE_RATE / sampleRate;
  const { reach, read } = createInterpolation(0.92 * Math.min(1, 1 / step), 32, step);
  const queue = createSampleQueue(-reach);
  queue.pad(reach);
  let at = 0;
  return (count) => {
    const result = new Float32Array(count);
    for (let done = 0; done < count; ) {
      const piece = Math.min(4096, count - done);
      const start = Math.floor(at * step) - reach;
      queue.forget(start);
      while (queue.end < start + piece * step + 2 * reach + 2) queue.push(source(4096));
      read(queue.view(start, queue.end - start), start, at, step, result.subarray(done, done + piece));
      at += piece;
      done += piece;
    }
    return result;
  };
}

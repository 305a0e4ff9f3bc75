import { createRng, deriveSeed } from '@robusta/core';
import { BABBLE_TARGET } from './babble-spectra.js';
import { bandLevels } from './band-levels.js';
import { createConvolver } from './convolve.js';
import { roomResponse } from './impulse-response.js';
import { createInterpolation } from './interpolation.js';
import { createLevelMeter } from './level.js';
import { blockSource, type NoiseSource, type NoiseSynthesis } from './noise-source.js';
import { decibelsAt, type SpectrumPoint } from './noise-spectra.js';
import { drawTalkers } from './phrase.js';
import { createSampleQueue } from './sample-queue.js';
import { linearPhase } from './shaped-noise.js';
import { runStage } from './stage.js';
import { talkerVoices } from './talkers.js';
import { VOICE_RATE } from './vocal-tract.js';

/** The room that each talker stands in: 0.4 s, direct and reverberated sound equally loud. */
const ROOM = { rt60Seconds: 0.4, drrDb: 0, preDelayMs: 4 };
/** Samples of the synthesis that are made at a time. */
const BLOCK = 16384;
/** Of so many voices, shorter blocks stay in the cache. */
const ROOM_BLOCK = 4096;
const EQUALIZER_TAPS = 2048;
/** Samples whose spectrum is measured: 9.8 s. */
const MEASURED = 12 * BLOCK;
/** Below this there is no speech, Hz. */
const LOWEST = 55;
/** The filter fills no gaps, dB. */
const LARGEST_GAIN = 24;

/**
 * Many people talking at once, each in a small room, with the long-term spectrum of NOISEX-92's babble.
 * @param talkers - how many
 */
export function crowd(talkers: number): NoiseSynthesis {
  return (seed, sampleRate) => atRate(equalized(rooms(seed, talkers)), sampleRate);
}

/** The sum of the talkers in their rooms, at the rate of the synthesis. */
export function rooms(seed: number, talkers: number): NoiseSource {
  const drawn = drawTalkers(createRng(deriveSeed(seed, 'talkers')), talkers);
  const voices = talkerVoices(
    drawn,
    drawn.map((_, t) => deriveSeed(seed, 'talker', t)),
  );
  const level = 1 / Math.sqrt(2 * talkers);
  const responses = drawn.map((_, t) =>
    roomResponse(deriveSeed(seed, 'room', t), VOICE_RATE, ROOM).map((tap) => level * tap),
  );
  const sum = createConvolver(responses, talkers, 'sum');
  // Until the rooms are full.
  let before = responses[0]!.length;
  return blockSource(() => {
    for (;;) {
      const [wet] = sum.push(voices(ROOM_BLOCK));
      const skipped = Math.min(before, wet!.length);
      before -= skipped;
      if (skipped < wet!.length) return wet!.subarray(skipped);
    }
  });
}

/**
 * Brings a crowd to the spectrum of the recording by one filter, made from what its first seconds measure: sixteen voices
 * are too few for two crowds to have the same.
 */
function equalized(source: NoiseSource): NoiseSource {
  const opening = source(MEASURED);
  const filter = createConvolver([scaledTo(1, equalizer(opening), opening)], 1);
  let isFirst = true;
  let before = EQUALIZER_TAPS - 1;
  return blockSource(() => {
    for (;;) {
      const [output] = filter.push([isFirst ? opening : source(BLOCK)]);
      isFirst = false;
      const skipped = Math.min(before, output!.length);
      before -= skipped;
      if (skipped < output!.length) return output!.subarray(skipped);
    }
  });
}

/** The filter from the spectrum of a sound to that of the recording, 0 dB at 1 kHz. */
function equalizer(sound: Float32Array): Float64Array {
  const [reference, ...measured] = bandLevels(sound, VOICE_RATE, [1000, ...BABBLE_TARGET.map(([hz]) => hz)]);
  const points = BABBLE_TARGET.map(
    ([hz, level], i): SpectrumPoint => [hz, Math.min(LARGEST_GAIN, level - (measured[i]! - reference!))],
  );
  const magnitude = (frequency: number) =>
    frequency < LOWEST ? 0 : 10 ** (decibelsAt(points, frequency) / 20);
  return linearPhase(EQUALIZER_TAPS, VOICE_RATE, magnitude, true);
}

/** Scales a filter so that a sound comes out at a level. */
function scaledTo(level: number, response: Float64Array, sound: Float32Array): Float64Array {
  const meter = createLevelMeter();
  meter.add(runStage(createConvolver([response], 1), [sound]));
  return response.map((tap) => (level * tap) / meter.rms());
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

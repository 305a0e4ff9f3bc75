import { createRng, deriveSeed, hash32 } from '@robusta/core';
import { drawPhrase, type Talker } from './phrase.js';
import { createSampleQueue } from './sample-queue.js';
import { createTracts, FRAME, FRAME_VALUES, type TractFrames } from './vocal-tract.js';

/** What a talker says now. */
interface Phrase {
  /** Of the talker, counted from 0. */
  number: number;
  frames: TractFrames;
  /** Of the whole phrase, gap included. */
  level: number;
  /** Made so far, at any level. */
  samples: Float32Array;
  energy: number;
}

/**
 * Talkers without rooms, who say phrases of about one level with gaps between them; each talker depends on the own seed
 * alone.
 * @returns gives the `count` samples that follow of each, as views that hold until the next call
 */
export function talkerVoices(
  talkers: readonly Talker[],
  seeds: readonly number[],
): (count: number) => Float32Array[] {
  const tracts = createTracts(
    talkers,
    seeds.map((seed) => deriveSeed(seed, 'breath')),
  );
  const queues = talkers.map(() => createSampleQueue());
  const phrases = talkers.map((_, t) => begin(t, 0, new Float32Array(0)));
  const frames = phrases.map((phrase) => phrase.frames);
  const places = talkers.map(() => 0);
  let given = 0;

  /** @param room - an array to use again where it is long enough */
  function begin(t: number, number: number, room: Float32Array): Phrase {
    const rng = createRng(deriveSeed(seeds[t]!, 'phrase', number));
    const drawn = drawPhrase(rng, talkers[t]!);
    // Phrases are louder and softer by 1 dB.
    const level = 10 ** (Math.max(-2, Math.min(2, rng.normal())) / 20);
    const length = (drawn.length / FRAME_VALUES) * FRAME;
    const samples = room.length >= length ? room : new Float32Array(length);
    return { number, frames: drawn, level, samples, energy: 0 };
  }

  function finish(t: number, { number, level, samples, energy }: Phrase, length: number): void {
    // Talkers do not start together: the first phrase has begun before.
    const first = number === 0 ? Math.floor((hash32(seeds[t]!, 0) / 4294967296) * length) : 0;
    const scale = level * Math.sqrt(length / Math.max(energy, 1e-20));
    for (let n = first; n < length; n++) samples[n]! *= scale;
    queues[t]!.push(samples.subarray(first, length));
  }

  function renderFrame(): void {
    tracts.render(frames, places);
    phrases.forEach((phrase, t) => {
      phrase.samples.set(tracts.samples[t]!, (places[t]! / FRAME_VALUES) * FRAME);
      phrase.energy += tracts.energy(t);
      places[t]! += FRAME_VALUES;
      if (places[t]! < phrase.frames.length) return;
      finish(t, phrase, (places[t]! / FRAME_VALUES) * FRAME);
      phrases[t] = begin(t, phrase.number + 1, phrase.samples);
      frames[t] = phrases[t]!.frames;
      places[t] = 0;
    });
  }

  return (count) => {
    for (const queue of queues) queue.forget(given);
    given += count;
    while (queues.some((queue) => queue.end < given)) renderFrame();
    return queues.map((queue) => queue.view(given - count, count));
  };
}

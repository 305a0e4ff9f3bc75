import { createRng, deriveSeed, hash32 } from '@robusta/core';
import { drawPhrase, type Talker } from './phrase.js';
import { createSampleQueue } from './sample-queue.js';
import { createTracts, FRAME_VALUES, type TractFrames, VOICE_RATE } from './vocal-tract.js';

/** Samples of a long phrase: 8 s. */
const ROOM = 8 * VOICE_RATE;

/** What a talker says now. */
interface Phrase {
  /** Of the talker, counted from 0. */
  number: number;
  frames: TractFrames;
  /** Where it starts in the talker's samples. */
  start: number;
  /** Of the whole phrase, gap included. */
  level: number;
  /** Of what is made so far, at any level. */
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
  const queues = talkers.map(() => createSampleQueue(0, ROOM));
  const phrases = talkers.map((_, t) => begin(t, 0, 0));
  const frames = phrases.map((phrase) => phrase.frames);
  const places = talkers.map(() => 0);
  /** Where the next samples to be given are, less those given before. */
  const origins = talkers.map(() => 0);
  let given = 0;

  function begin(t: number, number: number, start: number): Phrase {
    const rng = createRng(deriveSeed(seeds[t]!, 'phrase', number));
    const drawn = drawPhrase(rng, talkers[t]!);
    // Phrases are louder and softer by 1 dB.
    const level = 10 ** (Math.max(-2, Math.min(2, rng.normal())) / 20);
    return { number, frames: drawn, start, level, energy: 0 };
  }

  /** Brings a phrase to its level: once all of it is made. */
  function finish(t: number, { number, start, level, energy }: Phrase): void {
    const length = queues[t]!.end - start;
    const scale = level * Math.sqrt(length / Math.max(energy, 1e-20));
    const samples = queues[t]!.view(start, length);
    for (let n = 0; n < length; n++) samples[n]! *= scale;
    // Talkers do not start together: the first phrase has begun before.
    if (number === 0) origins[t] = Math.floor((hash32(seeds[t]!, 0) / 4294967296) * length);
  }

  function renderFrame(): void {
    tracts.render(frames, places);
    for (let t = 0; t < talkers.length; t++) {
      const phrase = phrases[t]!;
      queues[t]!.push(tracts.samples[t]!);
      phrase.energy += tracts.energy(t);
      places[t]! += FRAME_VALUES;
      if (places[t]! < phrase.frames.length) continue;
      finish(t, phrase);
      phrases[t] = begin(t, phrase.number + 1, queues[t]!.end);
      frames[t] = phrases[t]!.frames;
      places[t] = 0;
    }
  }

  return (count) => {
    queues.forEach((queue, t) => {
      queue.forget(Math.min(origins[t]! + given, phrases[t]!.start));
    });
    given += count;
    // What lies before the phrase that is being made is at its level.
    while (phrases.some(({ start }, t) => start < origins[t]! + given)) renderFrame();
    return queues.map((queue, t) => queue.view(origins[t]! + given - count, count));
  };
}

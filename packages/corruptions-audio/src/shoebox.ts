import { createRng, deriveSeed } from '@robusta/core';
import { sumOfSquares } from './clip.js';
import { gaussianNoise } from './gaussian.js';

/** Speed of sound, m/s. */
const C = 343;

/** Source and microphone stay this far from the walls, m. */
const MARGIN = 0.3;

/** A rectangular room with six equal walls. */
export interface Shoebox {
  /** Width, depth and height, m. */
  roomMetres: readonly [number, number, number];
  /** Time in which the sound falls by 60 dB, s. */
  rt60Seconds: number;
  /** Energy of the direct sound over that of everything else, dB. */
  drrDb: number;
}

type Point = readonly [number, number, number];

const distance = (a: Point, b: Point) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

/**
 * Distance at which a source of the room has the asked-for ratio: the energy of all images, each
 * (d / r)² · 10^(-6 t / RT60), is 4π·c·d² / V · RT60 / (6 ln 10).
 */
function distanceFor({ roomMetres: [x, y, z], rt60Seconds, drrDb }: Shoebox): number {
  const reverberant = (4 * Math.PI * C * rt60Seconds) / (6 * Math.LN10 * x * y * z);
  return Math.sqrt(10 ** (-drrDb / 10) / reverberant);
}

/** Microphone and source from the seed, as far apart as asked for, or as the room allows. */
export function placed(seed: number, room: Shoebox): { microphone: Point; source: Point } {
  const { roomMetres } = room;
  const wanted = distanceFor(room);
  const rng = createRng(deriveSeed(seed, 'positions'));
  const inside = () => roomMetres.map((extent) => MARGIN + rng.uniform() * (extent - 2 * MARGIN));
  const pairs = Array.from({ length: 200 }, () => [inside(), inside()] as unknown as [Point, Point]);
  const miss = ([a, b]: [Point, Point]) => Math.abs(Math.log(distance(a, b) / wanted));
  const [microphone, source] = pairs.reduce((best, pair) => (miss(pair) < miss(best) ? pair : best));
  return { microphone, source };
}

/**
 * Response of a rectangular room by image sources (Allen & Berkley 1979) up to the time at which they overlap, then by
 * Gaussian noise of the energy that the images would have. The walls reflect equally, by Eyring's formula for the RT60.
 * h[0] = 1 is the direct sound; the rest is scaled to the exact ratio.
 */
export function shoeboxResponse(seed: number, sampleRate: number, room: Shoebox): Float64Array {
  const { roomMetres, rt60Seconds, drrDb } = room;
  const [x, y, z] = roomMetres;
  const volume = x * y * z;
  const surface = 2 * (x * y + y * z + z * x);
  const { microphone, source } = placed(seed, room);
  const direct = distance(microphone, source);
  const reflection = Math.exp((-12 * Math.LN10 * volume) / (C * surface * rt60Seconds));
  const response = new Float64Array(Math.max(2, Math.round(rt60Seconds * sampleRate) + 1));
  // From about sqrt(V) ms on, echoes follow each other more densely than an ear can tell apart.
  const mixing = Math.min(response.length, Math.round((2 * Math.sqrt(volume) * sampleRate) / 1000));
  const radius = direct + (mixing / sampleRate) * C;
  // Images along one axis: 2·n·L ± s, reached by |2n| or |2n - 1| reflections.
  const axis = (i: 0 | 1 | 2) => {
    const most = Math.ceil(radius / (2 * roomMetres[i])) + 1;
    return Array.from({ length: 2 * most + 1 }, (_, k) => k - most).flatMap((n) => [
      { offset: 2 * n * roomMetres[i] + source[i] - microphone[i], order: Math.abs(2 * n) },
      { offset: 2 * n * roomMetres[i] - source[i] - microphone[i], order: Math.abs(2 * n - 1) },
    ]);
  };
  const [alongX, alongY, alongZ] = [axis(0), axis(1), axis(2)];
  for (const a of alongX) {
    for (const b of alongY) {
      for (const c of alongZ) {
        const order = a.order + b.order + c.order;
        const far = Math.hypot(a.offset, b.offset, c.offset);
        const at = Math.round(((far - direct) / C) * sampleRate);
        if (order > 0 && at > 0 && at < mixing) response[at]! += (direct / far) * reflection ** order;
      }
    }
  }
  const noise = gaussianNoise(deriveSeed(seed, 'tail'), new Float64Array(response.length - mixing));
  const level = Math.sqrt((4 * Math.PI * C * direct ** 2) / (volume * sampleRate));
  for (let k = 0; k < noise.length; k++) {
    // Images arrive `direct / c` later than they are counted here, where time starts with the direct sound.
    const seconds = (mixing + k) / sampleRate + direct / C;
    response[mixing + k] = noise[k]! * level * 10 ** ((-3 * seconds) / rt60Seconds);
  }
  const scale = Math.sqrt(10 ** (-drrDb / 10) / sumOfSquares(response));
  for (let k = 0; k < response.length; k++) response[k]! *= scale;
  response[0] = 1;
  return response;
}

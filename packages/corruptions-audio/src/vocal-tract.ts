import { instantiateKernels } from './kernels.js';
import { PULSE_STEPS, plainVocalTracts, TRACT } from './vocal-tract-plain.js';

/**
 * What a vocal tract does during frames of 5 ms, FRAME_VALUES numbers each:
 * frequency of the voice (Hz); amplitude of the voice; amplitude of noise at a constriction, middle and width of its band
 * (Hz); the three moving formants (Hz).
 */
export type TractFrames = number[];

/** Numbers of a frame. */
export const FRAME_VALUES = 8;

/** A talker's tract: formants four and five do not move. */
export interface Tract {
  f4: number;
  f5: number;
  /** Noise in the voice, of its amplitude. */
  breath: number;
  /** Random deviation of each period, a share of it. */
  jitter: number;
}

/** Sample rate of the synthesis, Hz. */
export const VOICE_RATE = 20000;
/** Samples of a frame: 5 ms. */
export const FRAME = 100;

/** Share of a period in which the glottis opens, and closes. */
const OPENING = 0.4;
const CLOSING = 0.16;
/** Widths of the formants, Hz. */
const WIDTHS = [70, 90, 120, 200, 300] as const;

let pulse: Float64Array | undefined;

/** One period of the derivative of a raised-cosine glottal pulse, level 1 (root mean square). */
function pulseTable(): Float64Array {
  if (pulse) return pulse;
  const table = new Float64Array(PULSE_STEPS);
  for (let i = 0; i < PULSE_STEPS; i++) {
    const t = i / PULSE_STEPS;
    if (t < OPENING) table[i] = (0.5 * Math.PI * Math.sin((Math.PI * t) / OPENING)) / OPENING;
    else if (t < OPENING + CLOSING) {
      table[i] = (-0.5 * Math.PI * Math.sin((Math.PI * (t - OPENING)) / CLOSING)) / CLOSING;
    }
  }
  const level = Math.sqrt(table.reduce((sum, value) => sum + value * value, 0) / PULSE_STEPS);
  pulse = table.map((value) => value / level);
  return pulse;
}

/** 2 r cos(theta) of a two-pole resonator, 0 (no resonance) near and above the Nyquist frequency. */
function resonance(frequency: number, radius: number): number {
  return 2 * radius * Math.cos((2 * Math.PI * Math.min(frequency, 0.46 * VOICE_RATE)) / VOICE_RATE);
}

/** Random numbers of 32 bits to levels: their range is -2 to 2. */
const RANDOM_SCALE = 1 / 1073741824;
/** Amplitude in place of silence, -200 dB: resonators that ring down to nothing would end in slow denormal numbers. */
const LEAST = 1e-10;
/** Tracts that a loop makes at once. */
const LANES = 4;

/** Tracts that talk in lockstep, a frame of 5 ms at a time. */
export interface Tracts {
  /**
   * Makes the next frame of each.
   * @param frames - what each tract does
   * @param places - where the frame of each tract starts in that
   */
  render(frames: readonly TractFrames[], places: readonly number[]): void;
  /** Views of the FRAME samples that each tract made last. */
  samples: readonly Float32Array[];
  /** The sum of their squares. */
  energy(t: number): number;
}

/**
 * Source and filter: the derivative of a glottal pulse with breath through five two-pole resonators in series, and noise
 * through one wide one beside them. Coefficients change from frame to frame, amplitudes and pitch from sample to sample.
 * @param seeds - of the noises of each tract
 * @param vectors - false for the plain loop; the bytes are the same
 */
export function createTracts(tracts: readonly Tract[], seeds: readonly number[], vectors = true): Tracts {
  const groups = Math.ceil(tracts.length / LANES);
  const settingsAt = 4 * PULSE_STEPS;
  const outAt = settingsAt + 4 * LANES * TRACT.size * groups;
  /** Room of a group: its results, and as much for the loop. */
  const outSize = 2 * 4 * LANES * FRAME;
  const bytes = outAt + outSize * groups;
  const fast = vectors ? instantiateKernels(bytes) : undefined;
  const heap = new Float32Array(fast?.memory ?? new ArrayBuffer(bytes));
  const integers = new Int32Array(heap.buffer);
  heap.set(pulseTable());
  const radii = WIDTHS.map((width) => Math.exp((-Math.PI * width) / VOICE_RATE));
  const targets = tracts.map(() => ({ pitch: -1, voice: LEAST, noise: LEAST }));

  /** The first slot of a tract. */
  const slotOf = (t: number) => settingsAt / 4 + LANES * TRACT.size * Math.floor(t / LANES) + (t % LANES);
  const constantGains = tracts.map(({ f4, f5, breath, jitter }, t) => {
    const slot = slotOf(t);
    const put = (name: number, value: number) => {
      heap[slot + LANES * name] = value;
    };
    radii.forEach((radius, k) => {
      put(TRACT.q + k, radius * radius);
    });
    const a4 = resonance(f4, radii[3]!);
    const a5 = resonance(f5, radii[4]!);
    put(TRACT.a + 3, a4);
    put(TRACT.a + 4, a5);
    put(TRACT.breath, breath * RANDOM_SCALE);
    put(TRACT.jitter, jitter * RANDOM_SCALE);
    put(TRACT.wobble, 1);
    integers[slot + LANES * TRACT.random] = seeds[t]! | 0 || 1;
    return (1 - a4 + radii[3]! ** 2) * (1 - a5 + radii[4]! ** 2);
  });

  /** Sets a tract to its next frame. */
  function set(t: number, frames: TractFrames, at: number): void {
    const slot = slotOf(t);
    const before = targets[t]!;
    let gain = constantGains[t]!;
    for (let k = 0; k < 3; k++) {
      const radius = radii[k]!;
      const a = resonance(frames[at + 5 + k]!, radius);
      gain *= 1 - a + radius * radius;
      heap[slot + LANES * (TRACT.a + k)] = a;
    }
    const radius = Math.exp((-Math.PI * frames[at + 4]!) / VOICE_RATE);
    heap[slot + LANES * (TRACT.a + 5)] = resonance(frames[at + 3]!, radius);
    heap[slot + LANES * (TRACT.q + 5)] = radius * radius;
    const noiseGain = Math.sqrt(1 - radius * radius) * RANDOM_SCALE;
    const pitch = frames[at]!;
    const voice = Math.max(LEAST, frames[at + 1]!);
    const noise = Math.max(LEAST, frames[at + 2]!);
    const from = before.pitch < 0 ? pitch : before.pitch;
    glide(slot + LANES * TRACT.pitch, from / VOICE_RATE, pitch / VOICE_RATE);
    glide(slot + LANES * TRACT.voice, before.voice * gain, voice * gain);
    glide(slot + LANES * TRACT.noise, before.noise * noiseGain, noise * noiseGain);
    before.pitch = pitch;
    before.voice = voice;
    before.noise = noise;
  }

  /** A value and, behind it, its step. */
  function glide(slot: number, from: number, to: number): void {
    heap[slot] = from;
    heap[slot + LANES] = (to - from) / FRAME;
  }

  return {
    render(frames, places) {
      for (let t = 0; t < tracts.length; t++) set(t, frames[t]!, places[t]!);
      for (let group = 0; group < groups; group++) {
        const at = 4 * slotOf(LANES * group);
        const out = outAt + outSize * group;
        if (fast) fast.kernels.vocalTracts(at, 0, out, FRAME);
        else plainVocalTracts(heap, at, 0, out, FRAME);
      }
    },
    samples: tracts.map((_, t) => {
      const at = outAt + outSize * Math.floor(t / LANES) + 4 * FRAME * (t % LANES);
      return new Float32Array(heap.buffer, at, FRAME);
    }),
    energy: (t) => heap[slotOf(t) + LANES * TRACT.energy]!,
  };
}

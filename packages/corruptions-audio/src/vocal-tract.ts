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

const PULSE_STEPS = 4096;
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

/**
 * Source and filter: the derivative of a glottal pulse with breath through five two-pole resonators in series, and noise
 * through one wide one beside them. Coefficients change from frame to frame, amplitudes and pitch from sample to sample.
 * @param random - seed of the noises, not 0
 */
export function renderTract(frames: TractFrames, tract: Tract, random: number): Float32Array {
  const count = frames.length / FRAME_VALUES;
  const output = new Float32Array(count * FRAME);
  const table = pulseTable();
  const [r1, r2, r3, r4, r5] = WIDTHS.map((width) => Math.exp((-Math.PI * width) / VOICE_RATE)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const a4 = resonance(tract.f4, r4);
  const a5 = resonance(tract.f5, r5);
  const q1 = r1 * r1;
  const q2 = r2 * r2;
  const q3 = r3 * r3;
  const q4 = r4 * r4;
  const q5 = r5 * r5;
  const g45 = (1 - a4 + q4) * (1 - a5 + q5);
  const breath = tract.breath / 1073741824;
  let state = random | 0 || 1;
  let phase = 0;
  let wobble = 1;
  let u1 = 0;
  let v1 = 0;
  let u2 = 0;
  let v2 = 0;
  let u3 = 0;
  let v3 = 0;
  let u4 = 0;
  let v4 = 0;
  let u5 = 0;
  let v5 = 0;
  let un = 0;
  let vn = 0;
  let pitch = frames[0] ?? 0;
  let voice = 0;
  let noise = 0;
  for (let j = 0; j < count; j++) {
    const at = j * FRAME_VALUES;
    const a1 = resonance(frames[at + 5]!, r1);
    const a2 = resonance(frames[at + 6]!, r2);
    const a3 = resonance(frames[at + 7]!, r3);
    const gain = (1 - a1 + q1) * (1 - a2 + q2) * (1 - a3 + q3) * g45;
    const rn = Math.exp((-Math.PI * frames[at + 4]!) / VOICE_RATE);
    const an = resonance(frames[at + 3]!, rn);
    const qn = rn * rn;
    const noiseGain = Math.sqrt(1 - qn) / 1073741824;
    const pitchStep = (frames[at]! - pitch) / FRAME;
    const voiceStep = (frames[at + 1]! - voice) / FRAME;
    const noiseStep = (frames[at + 2]! - noise) / FRAME;
    // Left to ring, the filter of the noise would end in denormal numbers, which are slow.
    const quiet = frames[at + 2] === 0 && Math.abs(un) + Math.abs(vn) < 1e-9;
    if (quiet) un = vn = noise = 0;
    for (let n = j * FRAME; n < (j + 1) * FRAME; n++) {
      pitch += pitchStep;
      voice += voiceStep;
      noise += noiseStep;
      phase += (pitch * wobble) / VOICE_RATE;
      // Xorshift: noise with a flat spectrum, uniform, level 2^30 * 1.15.
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      if (phase >= 1) {
        phase -= 1;
        wobble = 1 + (tract.jitter * state) / 1073741824;
      }
      // Sums of the past first: each resonator then waits for the one before by one addition only.
      const source = voice * (table[(phase * PULSE_STEPS) | 0]! + breath * state) * gain;
      const y1 = source + (a1 * u1 - q1 * v1);
      v1 = u1;
      u1 = y1;
      const y2 = y1 + (a2 * u2 - q2 * v2);
      v2 = u2;
      u2 = y2;
      const y3 = y2 + (a3 * u3 - q3 * v3);
      v3 = u3;
      u3 = y3;
      const y4 = y3 + (a4 * u4 - q4 * v4);
      v4 = u4;
      u4 = y4;
      const y5 = y4 + (a5 * u5 - q5 * v5);
      v5 = u5;
      u5 = y5;
      output[n] = y5;
      if (quiet) continue;
      const yn = noiseGain * noise * state + (an * un - qn * vn);
      vn = un;
      un = yn;
      output[n] = y5 + yn;
    }
  }
  return output;
}

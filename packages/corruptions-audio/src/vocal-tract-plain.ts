/**
 * What the loops know of four tracts, one in each lane: vectors of float32 in this order. Settings of a frame first:
 * amplitudes, pitch (periods a sample) and their steps from sample to sample, and the coefficients of six resonators,
 * y = x + a u - q v; then the state. `random` is of int32; `energy` is a result.
 */
export const TRACT = {
  pitch: 0,
  pitchStep: 1,
  voice: 2,
  voiceStep: 3,
  noise: 4,
  noiseStep: 5,
  breath: 6,
  jitter: 7,
  a: 8,
  q: 14,
  phase: 20,
  wobble: 21,
  random: 22,
  u1: 23,
  energy: 35,
  size: 36,
} as const;

/** Steps of the table of the pulse. */
export const PULSE_STEPS = 4096;

const f = Math.fround;

/** `vocalTracts` of `wasm/vocal-tract.ts`, each operation rounded to float32 in the same order. */
export function plainVocalTracts(heap: Float32Array, at: number, table: number, out: number, count: number) {
  const integers = new Int32Array(heap.buffer);
  for (let lane = 0; lane < 4; lane++) {
    plainTract(heap, integers, at / 4 + lane, table / 4, out / 4 + lane * count, count);
  }
}

function plainTract(
  heap: Float32Array,
  integers: Int32Array,
  tract: number,
  table: number,
  out: number,
  count: number,
): void {
  const get = (slot: number) => heap[tract + 4 * slot]!;
  const pitchStep = get(TRACT.pitchStep);
  const voiceStep = get(TRACT.voiceStep);
  const noiseStep = get(TRACT.noiseStep);
  const breath = get(TRACT.breath);
  const jitter = get(TRACT.jitter);
  const [a1, a2, a3, a4, a5, an] = six(get, TRACT.a, 1);
  const [q1, q2, q3, q4, q5, qn] = six(get, TRACT.q, 1);
  let [u1, u2, u3, u4, u5, un] = six(get, TRACT.u1, 2);
  let [v1, v2, v3, v4, v5, vn] = six(get, TRACT.u1 + 1, 2);
  let pitch = get(TRACT.pitch);
  let voice = get(TRACT.voice);
  let noise = get(TRACT.noise);
  let phase = get(TRACT.phase);
  let wobble = get(TRACT.wobble);
  let random = integers[tract + 4 * TRACT.random]!;
  let energy = 0;
  for (let n = 0; n < count; n++) {
    pitch = f(pitch + pitchStep);
    voice = f(voice + voiceStep);
    noise = f(noise + noiseStep);
    phase = f(phase + f(pitch * wobble));
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    const flat = f(random);
    if (phase >= 1) {
      phase = f(phase - 1);
      wobble = f(1 + f(jitter * flat));
    }
    const pulse = heap[table + (f(phase * PULSE_STEPS) | 0)]!;
    const source = f(voice * f(pulse + f(breath * flat)));
    const y1 = f(f(source - f(q1 * v1)) + f(a1 * u1));
    v1 = u1;
    u1 = y1;
    const y2 = f(f(y1 - f(q2 * v2)) + f(a2 * u2));
    v2 = u2;
    u2 = y2;
    const y3 = f(f(y2 - f(q3 * v3)) + f(a3 * u3));
    v3 = u3;
    u3 = y3;
    const y4 = f(f(y3 - f(q4 * v4)) + f(a4 * u4));
    v4 = u4;
    u4 = y4;
    const y5 = f(f(y4 - f(q5 * v5)) + f(a5 * u5));
    v5 = u5;
    u5 = y5;
    const hiss = f(f(f(noise * flat) - f(qn * vn)) + f(an * un));
    vn = un;
    un = hiss;
    const y = f(y5 + hiss);
    energy = f(energy + f(y * y));
    heap[out + n] = y;
  }
  heap[tract + 4 * TRACT.phase] = phase;
  heap[tract + 4 * TRACT.wobble] = wobble;
  integers[tract + 4 * TRACT.random] = random;
  [u1, v1, u2, v2, u3, v3, u4, v4, u5, v5, un, vn].forEach((value, i) => {
    heap[tract + 4 * (TRACT.u1 + i)] = value;
  });
  heap[tract + 4 * TRACT.energy] = energy;
}

type Six = [number, number, number, number, number, number];

/** Six numbers, `step` slots apart. */
const six = (get: (slot: number) => number, slot: number, step: number): Six => [
  get(slot),
  get(slot + step),
  get(slot + 2 * step),
  get(slot + 3 * step),
  get(slot + 4 * step),
  get(slot + 5 * step),
];

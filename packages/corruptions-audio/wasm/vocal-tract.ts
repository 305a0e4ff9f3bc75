/**
 * Four vocal tracts of src/vocal-tract.ts, one in each lane: `count` samples of source and filter.
 * @param at - address of the 22 vectors of settings and 15 of state that TRACT names there, in its order
 * @param table - address of one period of the glottal pulse, 4096 float32
 * @param out - address of the results, `count` float32 of each tract; as many more behind them are written to
 * @param count - a multiple of 4
 */
export function vocalTracts(at: usize, table: usize, out: usize, count: i32): void {
  let pitch = v128.load(at);
  const pitchStep = v128.load(at, 16);
  let voice = v128.load(at, 32);
  const voiceStep = v128.load(at, 48);
  let noise = v128.load(at, 64);
  const noiseStep = v128.load(at, 80);
  const breath = v128.load(at, 96);
  const jitter = v128.load(at, 112);
  const a1 = v128.load(at, 128);
  const a2 = v128.load(at, 144);
  const a3 = v128.load(at, 160);
  const a4 = v128.load(at, 176);
  const a5 = v128.load(at, 192);
  const an = v128.load(at, 208);
  const q1 = v128.load(at, 224);
  const q2 = v128.load(at, 240);
  const q3 = v128.load(at, 256);
  const q4 = v128.load(at, 272);
  const q5 = v128.load(at, 288);
  const qn = v128.load(at, 304);
  let phase = v128.load(at, 320);
  let wobble = v128.load(at, 336);
  let random = v128.load(at, 352);
  let u1 = v128.load(at, 368);
  let v1 = v128.load(at, 384);
  let u2 = v128.load(at, 400);
  let v2 = v128.load(at, 416);
  let u3 = v128.load(at, 432);
  let v3 = v128.load(at, 448);
  let u4 = v128.load(at, 464);
  let v4 = v128.load(at, 480);
  let u5 = v128.load(at, 496);
  let v5 = v128.load(at, 512);
  let un = v128.load(at, 528);
  let vn = v128.load(at, 544);
  let energy = f32x4.splat(0);
  const one = f32x4.splat(1);
  // By samples at first, behind the results.
  const row = (<usize>count) << 2;
  const mixed = out + 4 * row;
  const end = mixed + 4 * row;
  for (let to = mixed; to < end; to += 16) {
    pitch = f32x4.add(pitch, pitchStep);
    voice = f32x4.add(voice, voiceStep);
    noise = f32x4.add(noise, noiseStep);
    phase = f32x4.add(phase, f32x4.mul(pitch, wobble));
    random = v128.xor(random, i32x4.shl(random, 13));
    random = v128.xor(random, i32x4.shr_u(random, 17));
    random = v128.xor(random, i32x4.shl(random, 5));
    const flat = f32x4.convert_i32x4_s(random);
    const wraps = f32x4.ge(phase, one);
    phase = f32x4.sub(phase, v128.and(wraps, one));
    wobble = v128.bitselect(f32x4.add(one, f32x4.mul(jitter, flat)), wobble, wraps);
    const place = i32x4.shl(i32x4.trunc_sat_f32x4_s(f32x4.mul(phase, f32x4.splat(4096))), 2);
    let pulse = v128.load32_zero(table + <usize>i32x4.extract_lane(place, 0));
    pulse = v128.load_lane<f32>(table + <usize>i32x4.extract_lane(place, 1), pulse, 1);
    pulse = v128.load_lane<f32>(table + <usize>i32x4.extract_lane(place, 2), pulse, 2);
    pulse = v128.load_lane<f32>(table + <usize>i32x4.extract_lane(place, 3), pulse, 3);
    // The oldest first: each resonator then waits for the one before by two additions.
    let y = f32x4.mul(voice, f32x4.add(pulse, f32x4.mul(breath, flat)));
    y = f32x4.add(f32x4.sub(y, f32x4.mul(q1, v1)), f32x4.mul(a1, u1));
    v1 = u1;
    u1 = y;
    y = f32x4.add(f32x4.sub(y, f32x4.mul(q2, v2)), f32x4.mul(a2, u2));
    v2 = u2;
    u2 = y;
    y = f32x4.add(f32x4.sub(y, f32x4.mul(q3, v3)), f32x4.mul(a3, u3));
    v3 = u3;
    u3 = y;
    y = f32x4.add(f32x4.sub(y, f32x4.mul(q4, v4)), f32x4.mul(a4, u4));
    v4 = u4;
    u4 = y;
    y = f32x4.add(f32x4.sub(y, f32x4.mul(q5, v5)), f32x4.mul(a5, u5));
    v5 = u5;
    u5 = y;
    const hiss = f32x4.add(f32x4.sub(f32x4.mul(noise, flat), f32x4.mul(qn, vn)), f32x4.mul(an, un));
    vn = un;
    un = hiss;
    y = f32x4.add(y, hiss);
    energy = f32x4.add(energy, f32x4.mul(y, y));
    v128.store(to, y);
  }
  v128.store(at, phase, 320);
  v128.store(at, wobble, 336);
  v128.store(at, random, 352);
  v128.store(at, u1, 368);
  v128.store(at, v1, 384);
  v128.store(at, u2, 400);
  v128.store(at, v2, 416);
  v128.store(at, u3, 432);
  v128.store(at, v3, 448);
  v128.store(at, u4, 464);
  v128.store(at, v4, 480);
  v128.store(at, u5, 496);
  v128.store(at, v5, 512);
  v128.store(at, un, 528);
  v128.store(at, vn, 544);
  v128.store(at, energy, 560);
  for (let from = mixed, to = out; from < end; from += 64, to += 16) {
    const b0 = v128.load(from);
    const b1 = v128.load(from, 16);
    const b2 = v128.load(from, 32);
    const b3 = v128.load(from, 48);
    const low01 = v128.shuffle<f32>(b0, b1, 0, 4, 1, 5);
    const low23 = v128.shuffle<f32>(b2, b3, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(b0, b1, 2, 6, 3, 7);
    const high23 = v128.shuffle<f32>(b2, b3, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
    v128.store(to + row, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
    v128.store(to + 2 * row, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
    v128.store(to + 3 * row, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
  }
}

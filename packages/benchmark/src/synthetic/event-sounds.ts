import { createRng, deriveSeed } from '@robusta/core';
import { hitFrame } from './event-pictures.js';
import type { EventKind, EventPlan } from './events.js';
import { hashUnit, smoothNoise } from './noise.js';
import { addScaled, bandNoise, decaying, lowPassNoise, peak, ping } from './sources.js';
import { renderVoice } from './voice.js';

/** Time and place in the sound of a video. */
interface Take {
  length: number;
  sampleRate: number;
  fps: number;
}

type Sound = (event: EventPlan, take: Take) => Float32Array;

const silence: Sound = (_event, { length }) => new Float32Array(length);

const sounds: Record<EventKind, Sound> = {
  explosion: renderBoom,
  brawl: renderShouting,
  crash: renderCrash,
  'door-slam': renderSlam,
  call: renderCall,
  thunder: renderThunder,
  horn: renderHorn,
  'camera-flash': silence,
  lights: silence,
  'passer-by': silence,
  play: silence,
};

/** Adds what there is to hear of an event to `out`: from its first frame to its last one and not beyond. */
export function addEventSound(out: Float32Array, sampleRate: number, fps: number, event: EventPlan): void {
  if (!event.heard) return;
  const offset = Math.round((event.start * sampleRate) / fps);
  const length = Math.round((event.end * sampleRate) / fps) - offset;
  const sound = sounds[event.kind](event, { length, sampleRate, fps });
  const fade = Math.min(length, Math.round(0.03 * sampleRate));
  for (let i = 0; i < fade; i++) sound[length - 1 - i] = sound[length - 1 - i]! * (i / fade);
  // Squared, so that the levels span 20 decibels.
  const level = 0.6 * event.audible * event.audible;
  addScaled(out, offset, sound, level / Math.max(1e-6, peak(sound)));
}

/** A bang with a long low tail; then fire crackles and people scream until the end. */
function renderBoom({ seed }: EventPlan, { length, sampleRate }: Take): Float32Array {
  const tail = 0.45 + 0.2 * (hashUnit(seed, 20) + 1);
  const out = decaying(lowPassNoise(length, sampleRate, 190, deriveSeed(seed, 'low')), sampleRate, tail);
  const crack = decaying(
    lowPassNoise(length, sampleRate, 2500, deriveSeed(seed, 'crack')),
    sampleRate,
    0.05,
    0.001,
  );
  addScaled(out, 0, crack, (0.6 * peak(out)) / peak(crack));
  const rng = createRng(deriveSeed(seed, 'fire'));
  const loudest = peak(out);
  const grains = Math.round((14 * length) / sampleRate);
  for (let i = 0; i < grains; i++) {
    const at = Math.round(0.25 * sampleRate) + rng.int(length);
    const grain = lowPassNoise(Math.round(0.06 * sampleRate), sampleRate, 3000, deriveSeed(seed, 'grain', i));
    const level = (0.05 + 0.15 * rng.uniform()) * loudest;
    addScaled(out, at, decaying(grain, sampleRate, 0.015), level / peak(grain));
  }
  const late = Math.round((0.5 + 0.5 * rng.uniform()) * sampleRate);
  for (let i = 0; i < 2; i++) {
    const options = { hertz: 170 + 120 * rng.uniform(), urgency: 1, seed: deriveSeed(seed, 'scream', i) };
    const scream = renderVoice(Math.max(1, length - late), sampleRate, options);
    addScaled(out, late, scream, (0.25 * loudest) / Math.max(1e-6, peak(scream)));
  }
  return out;
}

/** Several voices that shout over each other, and dull blows. */
function renderShouting({ seed }: EventPlan, { length, sampleRate }: Take): Float32Array {
  const rng = createRng(deriveSeed(seed, 'shouting'));
  const out = new Float32Array(length);
  const voices = 2 + rng.int(3);
  for (let i = 0; i < voices; i++) {
    const options = {
      hertz: 120 + 130 * rng.uniform(),
      urgency: 0.7 + 0.3 * rng.uniform(),
      seed: deriveSeed(seed, 'shout', i),
    };
    const voice = renderVoice(length, sampleRate, options);
    addScaled(out, 0, voice, (0.5 + 0.5 * rng.uniform()) / Math.max(1e-6, peak(voice)));
  }
  const blows = rng.poisson((2 * length) / sampleRate);
  for (let i = 0; i < blows; i++) {
    const blow = ping(Math.round(0.2 * sampleRate), sampleRate, 70 + 50 * rng.uniform(), 0.05);
    addScaled(out, rng.int(length), blow, 0.5 + 0.5 * rng.uniform());
  }
  return out;
}

/** Tyres screech, metal hits metal, glass breaks; steam hisses and an alarm warbles until the end. */
function renderCrash(event: EventPlan, { length, sampleRate, fps }: Take): Float32Array {
  const { seed } = event;
  const rng = createRng(deriveSeed(seed, 'crash'));
  const hit = Math.round(((hitFrame(event, fps) - event.start) * sampleRate) / fps);
  const out = new Float32Array(length);
  const screech = bandNoise(hit, sampleRate, 1300 + 600 * rng.uniform(), 60, deriveSeed(seed, 'tyres'));
  addScaled(out, 0, screech, 0.25 / Math.max(1e-6, peak(screech)));
  const rest = length - hit;
  const bang = decaying(
    lowPassNoise(rest, sampleRate, 1400, deriveSeed(seed, 'bang')),
    sampleRate,
    0.13,
    0.001,
  );
  addScaled(out, hit, bang, 1 / Math.max(1e-6, peak(bang)));
  for (let i = 0; i < 9; i++) {
    const metal = ping(rest, sampleRate, 160 + 3000 * rng.uniform() ** 2, 0.1 + 0.4 * rng.uniform());
    addScaled(out, hit, metal, 0.05 + 0.14 * rng.uniform());
  }
  const steam = bandNoise(rest, sampleRate, 4200, 2500, deriveSeed(seed, 'steam'));
  addScaled(out, hit, steam, 0.08 / Math.max(1e-6, peak(steam)));
  addScaled(out, hit, alarm(rest, sampleRate, 620 + 260 * rng.uniform()), 0.16);
  for (let i = 0; i < 18; i++) {
    const glass = ping(Math.round(0.2 * sampleRate), sampleRate, 3000 + 4000 * rng.uniform(), 0.04);
    addScaled(
      out,
      hit + Math.round(1.3 * rng.uniform() ** 2 * sampleRate),
      glass,
      0.05 + 0.12 * rng.uniform(),
    );
  }
  return out;
}

/** A tone that is pulled up and down three times a second. */
function alarm(length: number, sampleRate: number, hertz: number): Float32Array {
  const out = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    const t = i / sampleRate;
    const swing = 2 * Math.PI * 3 * t;
    out[i] = Math.sin(2 * Math.PI * hertz * t - (hertz * 0.25 * Math.cos(swing)) / 3) * Math.min(1, 4 * t);
  }
  return out;
}

/** A short thud with the ring of the door leaf, and echoes of the room. */
function renderSlam({ seed }: EventPlan, { length, sampleRate }: Take): Float32Array {
  const rng = createRng(deriveSeed(seed, 'slam'));
  const thud = decaying(
    lowPassNoise(length, sampleRate, 320, deriveSeed(seed, 'thud')),
    sampleRate,
    0.07,
    0.001,
  );
  const out = new Float32Array(length);
  const scale = 1 / Math.max(1e-6, peak(thud));
  for (let echo = 0; echo < 4; echo++) {
    addScaled(out, Math.round(echo * (0.03 + 0.03 * rng.uniform()) * sampleRate), thud, scale * 0.45 ** echo);
  }
  addScaled(out, 0, ping(length, sampleRate, 90 + 80 * rng.uniform(), 0.08), 0.4);
  return out;
}

function renderCall({ seed }: EventPlan, { length, sampleRate }: Take): Float32Array {
  const hertz = 110 + 140 * 0.5 * (hashUnit(seed, 21) + 1);
  return renderVoice(length, sampleRate, { hertz, urgency: 0.45 + 0.25 * (hashUnit(seed, 22) + 1), seed });
}

/** Very low noise that swells up and rolls away. */
function renderThunder({ seed }: EventPlan, { length, sampleRate }: Take): Float32Array {
  const out = lowPassNoise(length, sampleRate, 110, deriveSeed(seed, 'thunder'));
  for (let i = 0; i < length; i++) {
    const share = i / length;
    const roll = 0.7 + 0.3 * smoothNoise(seed, (i / sampleRate) * 5);
    out[i] = out[i]! * roll * Math.min(1, share / 0.2) * (1 - share);
  }
  return out;
}

/** Two tones a third apart, rich in harmonics. */
function renderHorn({ seed }: EventPlan, { length, sampleRate }: Take): Float32Array {
  const out = new Float32Array(length);
  const hertz = 350 + 90 * (hashUnit(seed, 23) + 1);
  const rise = 0.02 * sampleRate;
  for (let i = 0; i < length; i++) {
    const t = (2 * Math.PI * i) / sampleRate;
    const tones = Math.sin(t * hertz) + Math.sin(t * hertz * 1.26);
    out[i] = Math.tanh(1.6 * tones) * Math.min(1, i / rise);
  }
  return out;
}

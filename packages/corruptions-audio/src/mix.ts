import { RobustaError } from '@robusta/core';
import type { AudioStream, LevelPass, OpenedCorruption } from './definition.js';
import { type AudioLevel, createLevelMeter } from './level.js';
import type { NoiseSource } from './noise-source.js';
import type { Stage } from './stage.js';

/** What to do with sums beyond [-1, 1]. */
export type PeakPolicy = 'scale' | 'clip' | 'none';

/** What mixing measures; levels are root mean squares over all channels. */
export interface MixMeasurement {
  signalRms: number;
  noiseRms: number;
  /** The factor of the noise. */
  gain: number;
  /** The signal-to-noise ratio reached, dB; null where the signal is silent. */
  snrDb: number | null;
  /** The largest absolute value of the sum. */
  peak: number;
  /** The factor of the whole clip that brought its peak to 1; 1 where there was none. */
  peakScale: number;
}

/** What is mixed, and how. */
export interface Mixture {
  snrDb: number;
  /** The level (dBFS) that the signal is taken to have at least, so that silence gets faint noise. */
  floorDb: number;
  peak: PeakPolicy;
  /** The noise n from its start: a source for each channel, or one for all. */
  noise(): NoiseSource[];
  /** The noise is a recording, of which no silent part is taken; of synthesized talkers all may pause for a moment. */
  isRecorded: boolean;
  /** What is done to the signal first. */
  stage?: () => Stage;
  /** Further sound at the gain of the noise, not counted as noise. */
  extra?: () => NoiseSource[];
}

const decibels = (ratio: number) => 20 * Math.log10(ratio);

/**
 * y = x + g n with g = rms(x) / (rms(n) 10^(snrDb / 20)), one g for all channels. Levels need a pass over the whole
 * sound, and the scale of a sum that passes 1 needs one more.
 */
export function openMixture<Parameters extends object>(
  mixture: Mixture,
  parameters: Parameters,
): OpenedCorruption<Parameters, MixMeasurement> {
  return {
    parameters,
    levelPass(level) {
      if (level.signalRms === undefined) return levels(mixture, level);
      if (mixture.peak === 'scale' && level.peak === undefined) return peaks(mixture, level);
      return undefined;
    },
    start: (level) => mixing(mixture, level),
  };
}

/** Measures signal and noise over the same samples. */
function levels(mixture: Mixture, known: AudioLevel): LevelPass {
  const sources = mixture.noise();
  const stage = mixture.stage?.();
  const signal = createLevelMeter();
  const added = createLevelMeter();
  const measure = (channels: readonly Float32Array[]) => {
    if (channels.length === 0) return;
    signal.add(channels);
    added.add(sources.map((source) => source(channels[0]!.length)));
  };
  const add = (channels: readonly Float32Array[]) => measure(stage ? stage.push(channels) : channels);
  return {
    add,
    finish() {
      if (stage) measure(stage.flush());
      const noiseRms = added.rms();
      if (mixture.isRecorded && noiseRms === 0 && added.samples() > 0) {
        throw new RobustaError('BAD_INPUT', 'noise: the part of the recording that is used is silent', {
          hint: 'choose another noiseOffset',
        });
      }
      return { ...known, samples: signal.samples(), signalRms: signal.rms(), noiseRms };
    },
  };
}

/** Measures the largest absolute value of the sum. */
function peaks(mixture: Mixture, known: AudioLevel): LevelPass {
  const added = addedSound(mixture);
  const stage = mixture.stage?.();
  const gain = noiseGain(mixture, known);
  let peak = 0;
  const measure = (channels: readonly Float32Array[]) => {
    if (channels.length === 0) return;
    const noise = added(channels[0]!.length);
    channels.forEach((samples, c) => {
      peak = Math.max(peak, largestSum(samples, noise[c] ?? noise[0]!, gain));
    });
  };
  return {
    add: (channels) => measure(stage ? stage.push(channels) : channels),
    finish() {
      if (stage) measure(stage.flush());
      return { ...known, peak };
    },
  };
}

function mixing(mixture: Mixture, level: AudioLevel): AudioStream<MixMeasurement> {
  const { peak: policy } = mixture;
  const { signalRms = 0, noiseRms = 1 } = level;
  const noise = addedSound(mixture);
  const stage = mixture.stage?.();
  const gain = noiseGain(mixture, level);
  const peakScale = policy === 'scale' && (level.peak ?? 0) > 1 ? 1 / level.peak! : 1;
  let peak = 0;
  const mix = (channels: readonly Float32Array[], into?: readonly Float32Array[]) => {
    if (channels.length === 0) return [];
    const added = noise(channels[0]!.length);
    const sums = channels.map(({ length }, c) => into?.[c]?.subarray(0, length) ?? new Float32Array(length));
    // The noise of all channels may lie where the sum of the first one goes: that comes last.
    for (let c = channels.length - 1; c >= 0; c--) {
      const samples = channels[c]!;
      const sum = sums[c]!;
      peak = Math.max(peak, addScaled(sum, samples, added[c] ?? added[0]!, gain));
      if (policy === 'clip') clip(sum);
      else if (peakScale !== 1) divide(sum, level.peak!);
    }
    return sums;
  };
  return {
    process: (channels, into) => mix(stage ? stage.push(channels) : channels, into),
    flush: () => (stage ? mix(stage.flush()) : []),
    measured: () => ({
      signalRms,
      noiseRms,
      gain,
      snrDb: signalRms > 0 && gain > 0 ? decibels(signalRms / (gain * noiseRms)) : null,
      peak: level.peak ?? peak,
      peakScale,
    }),
  };
}

function noiseGain({ snrDb, floorDb }: Mixture, { signalRms = 0, noiseRms = 1 }: AudioLevel): number {
  if (noiseRms === 0) return 0;
  return Math.max(signalRms, 10 ** (floorDb / 20)) / (noiseRms * 10 ** (snrDb / 20));
}

/** The noise, with what else is added at its gain. */
function addedSound({ noise, extra }: Mixture): (count: number) => Float32Array[] {
  const sources = noise();
  const others = extra?.();
  return (count) => {
    const samples = sources.map((source) => source(count));
    if (!others) return samples;
    const more = others.map((source) => source(count));
    return samples.map((own, c) => own.map((value, i) => value + more[c]![i]!));
  };
}

/** sum = x + gain n in float32; returns the largest absolute value. */
function addScaled(sum: Float32Array, x: Float32Array, n: Float32Array, gain: number): number {
  let high = 0;
  let low = 0;
  for (let i = 0; i < sum.length; i++) {
    const value = Math.fround(x[i]! + gain * n[i]!);
    sum[i] = value;
    if (value > high) high = value;
    if (value < low) low = value;
  }
  return Math.max(high, -low);
}

/** The largest absolute value of {@link addScaled}. */
function largestSum(x: Float32Array, n: Float32Array, gain: number): number {
  let high = 0;
  let low = 0;
  for (let i = 0; i < x.length; i++) {
    const value = Math.fround(x[i]! + gain * n[i]!);
    if (value > high) high = value;
    if (value < low) low = value;
  }
  return Math.max(high, -low);
}

function clip(samples: Float32Array): void {
  for (let i = 0; i < samples.length; i++) samples[i] = Math.max(-1, Math.min(1, samples[i]!));
}

function divide(samples: Float32Array, divisor: number): void {
  for (let i = 0; i < samples.length; i++) samples[i] = samples[i]! / divisor;
}

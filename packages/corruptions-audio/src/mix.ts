import { RobustaError } from '@robusta/core';
import { rms } from './clip.js';

/** What to do with sums beyond [-1, 1]. */
export type PeakPolicy = 'scale' | 'clip' | 'none';

/** What {@link mixNoise} measured; levels are root mean squares over all channels. */
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

/**
 * y = x + g n with g = rms(x) / (rms(n) 10^(snrDb / 20)), one g for all channels.
 * @param signal - x, one array a channel
 * @param noise - n, an array for each channel, or one for all
 * @param floorDb - the level (dBFS) that x is taken to have at least, so that silence gets faint noise
 * @throws BAD_INPUT where the noise is silent
 */
export function mixNoise(
  signal: readonly Float32Array[],
  noise: readonly Float32Array[],
  snrDb: number,
  floorDb: number,
  policy: PeakPolicy,
): { channels: Float32Array[]; measured: MixMeasurement } {
  const signalRms = rms(signal);
  const noiseRms = rms(noise);
  const empty = signal[0]!.length === 0;
  if (noiseRms === 0 && !empty) {
    throw new RobustaError('BAD_INPUT', 'noise: the part of the recording that is used is silent', {
      hint: 'choose another noiseOffset',
    });
  }
  const level = Math.max(signalRms, 10 ** (floorDb / 20));
  const gain = empty ? 0 : level / (noiseRms * 10 ** (snrDb / 20));
  let peak = 0;
  const channels = signal.map((samples, c) => {
    const added = noise.length === 1 ? noise[0]! : noise[c]!;
    const sum = new Float32Array(samples.length);
    for (let i = 0; i < sum.length; i++) {
      sum[i] = samples[i]! + gain * added[i]!;
      peak = Math.max(peak, Math.abs(sum[i]!));
    }
    return sum;
  });
  const peakScale = policy === 'scale' && peak > 1 ? 1 / peak : 1;
  if (peak > 1 && policy !== 'none') {
    for (const samples of channels) {
      for (let i = 0; i < samples.length; i++) {
        samples[i] = policy === 'scale' ? samples[i]! / peak : Math.max(-1, Math.min(1, samples[i]!));
      }
    }
  }
  const reached = signalRms > 0 ? 20 * Math.log10(signalRms / (gain * noiseRms)) : null;
  return { channels, measured: { signalRms, noiseRms, gain, snrDb: reached, peak, peakScale } };
}

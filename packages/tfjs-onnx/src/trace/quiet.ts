import * as tf from '@tensorflow/tfjs';

/** tfjs's JavaScript backend advertises the native one at its first tensor; who uses this package has chosen. */
export function silenceBanner(): void {
  const cpu = tf.findBackend('cpu') as { firstUse?: boolean } | null;
  if (cpu) cpu.firstUse = false;
}

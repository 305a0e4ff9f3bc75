/** The course of the learning rate. */
export interface Schedule {
  kind: 'constant' | 'cosine' | 'multistep';
  /** Over which a cosine falls to 0. */
  period: number;
  milestones: readonly number[];
  milestoneFactor: number;
  warmupSteps: number;
}

/**
 * Factor of the learning rate. `cosine` falls from 1 towards 0 over the period, `(1 + cos(pi e / period)) / 2`.
 * @param epoch - from 0
 * @param step - steps before this one, over all epochs
 */
export function rateFactor(
  { kind, period, milestones, milestoneFactor, warmupSteps }: Schedule,
  epoch: number,
  step: number,
) {
  const warmup = Math.min(1, (step + 1) / (warmupSteps + 1));
  switch (kind) {
    case 'constant':
      return warmup;
    case 'cosine':
      return (warmup * (1 + Math.cos((Math.PI * Math.min(epoch, period)) / period))) / 2;
    case 'multistep':
      return warmup * milestoneFactor ** milestones.filter((milestone) => epoch >= milestone).length;
  }
}

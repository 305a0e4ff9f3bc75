/** The update rules as PyTorch's manual states them, one number at a time in float64. */
export interface Rule {
  name: 'adam' | 'adamw' | 'sgd';
  beta1?: number;
  beta2?: number;
  epsilon?: number;
  weightDecay?: number;
  momentum?: number;
  dampening?: number;
  nesterov?: boolean;
}

export interface Element {
  w: number;
  m: number;
  v: number;
}

export function updated(
  { w, m, v }: Element,
  gradient: number,
  rate: number,
  step: number,
  rule: Rule,
): Element {
  if (rule.name === 'sgd') {
    const { momentum = 0, dampening = 0, nesterov = false, weightDecay = 0 } = rule;
    const g = gradient + weightDecay * w;
    if (momentum === 0) return { w: w - rate * g, m, v };
    const b = step === 1 ? g : momentum * m + (1 - dampening) * g;
    return { w: w - rate * (nesterov ? g + momentum * b : b), m: b, v };
  }
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = rule;
  const decoupled = rule.name === 'adamw';
  const weightDecay = rule.weightDecay ?? (decoupled ? 0.01 : 0);
  const start = decoupled ? w - rate * weightDecay * w : w;
  const g = decoupled ? gradient : gradient + weightDecay * w;
  const nextM = beta1 * m + (1 - beta1) * g;
  const nextV = beta2 * v + (1 - beta2) * g * g;
  const mean = nextM / (1 - beta1 ** step);
  const spread = Math.sqrt(nextV / (1 - beta2 ** step)) + epsilon;
  return { w: start - (rate * mean) / spread, m: nextM, v: nextV };
}

/** The factor of clip_grad_norm_. */
export function clipFactor(gradients: readonly number[], maxNorm: number): { norm: number; factor: number } {
  const norm = Math.sqrt(gradients.reduce((sum, g) => sum + g * g, 0));
  return { norm, factor: Math.min(1, maxNorm / (norm + 1e-6)) };
}

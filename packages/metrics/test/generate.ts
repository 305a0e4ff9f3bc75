/** Parameters of the formulas that the golden folder describes. */
export interface GeneratedParameters {
  seed: number;
  n?: number;
  base_rate?: number;
  quantum?: number;
  videos?: number;
  snippets?: number;
  factor?: number;
  gap?: number;
}

/** Labels and scores by formula A (frame by frame) or B (video by video, a score for each snippet). */
export function generate(
  formula: string,
  parameters: GeneratedParameters,
): { labels: Uint8Array; scores: Float64Array } {
  let state = parameters.seed >>> 0;
  const uniform = () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state / 4294967296;
  };
  if (formula === 'A') return framewise(uniform, parameters);
  if (formula === 'B') return videowise(uniform, parameters);
  throw new Error(`unknown formula ${formula}`);
}

function framewise(
  uniform: () => number,
  { n = 0, base_rate = 0, gap = 0, quantum = 0 }: GeneratedParameters,
) {
  const labels = new Uint8Array(n);
  const scores = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    labels[i] = uniform() < base_rate ? 1 : 0;
    const value = gap * labels[i]! + (1 - gap) * uniform();
    scores[i] = quantum ? Math.floor(value * quantum) / quantum : value;
  }
  return { labels, scores };
}

function videowise(
  uniform: () => number,
  { videos = 0, snippets = 0, factor = 16, gap = 0.4 }: GeneratedParameters,
) {
  const length = snippets * factor;
  const labels = new Uint8Array(videos * length);
  const scores = new Float64Array(videos * length);
  for (let base = 0; base < labels.length; base += length) {
    const [u0, u1, u2] = [uniform(), uniform(), uniform()];
    if (u0 < 0.5) {
      const start = Math.floor(u1 * length);
      const end = Math.min(length, start + 1 + Math.floor((u2 * length) / 2));
      labels.fill(1, base + start, base + end);
    }
    for (let at = base; at < base + length; at += factor) {
      let marked = 0;
      for (let i = at; i < at + factor; i++) marked += labels[i]!;
      scores.fill(Math.fround((gap * marked) / factor + (1 - gap) * uniform()), at, at + factor);
    }
  }
  return { labels, scores };
}

/** How many bits choose a step of a law, and how many more settle a step that holds several outcomes. */
export const STEP_BITS = 10;
const STEPS = 2 ** STEP_BITS;
const FINE = 2 ** 32;
/** How many equally likely draws there are. */
const DRAWS = STEPS * FINE;
/** Of the largest probability; smaller ones do not matter in 64 bits. */
const NEGLIGIBLE = 2 ** -70;
/** Entries of {@link NoiseTables.edges} for each level. */
export const EDGES = STEPS + 1;

/** The laws of shot noise for the 256 levels of a byte, cut into steps of equal probability. */
export interface NoiseTables {
  /** The bytes that can come out, ascending. */
  outcomes: Uint8Array;
  /** Where a byte stands among them. */
  ranks: Uint8Array;
  /** [256, 1025]: the outcome at each edge between steps. */
  edges: Uint8Array;
  /** [256, outcomes]: how many of the 2^42 draws give an outcome or one below it. */
  limits: Float64Array;
}

/**
 * Tabulates min(Poisson(photons * level / 255) / photons, 1) * 255 as bytes, for each level. The laws are exact but for
 * rounding to multiples of 2^-42: the total variation from the true law is below 2^-33.
 * @param photons - expected count at level 255, > 0
 * @param bias - added before the cut to whole numbers
 */
export function noiseTables(photons: number, bias: number): NoiseTables {
  const dark = Math.ceil(photons);
  // Counts from `photons` on are white. Different counts may be the same byte.
  const byteOf = (count: number) => (count < photons ? Math.floor((count / photons) * 255 + bias) : 255);
  const outcomes: number[] = [];
  for (let count = 0; count <= dark; count++) {
    if (byteOf(count) !== outcomes.at(-1)) outcomes.push(byteOf(count));
  }
  const ranks = new Uint8Array(256);
  outcomes.forEach((byte, rank) => {
    ranks[byte] = rank;
  });
  const edges = new Uint8Array(256 * EDGES);
  const limits = new Float64Array(256 * outcomes.length);
  for (let level = 0; level < 256; level++) {
    const { first, probabilities } = poissonLaw((photons * level) / 255);
    const own = limits.subarray(level * outcomes.length, (level + 1) * outcomes.length);
    let below = 0;
    let last = -1;
    for (let i = 0; i < probabilities.length && first + i < dark; i++) {
      below += probabilities[i]!;
      last = ranks[byteOf(first + i)]!;
      own[last] = Math.round(below * DRAWS);
    }
    // What is left is white, and nothing where the law ends before it.
    own.fill(DRAWS, first + probabilities.length > dark ? outcomes.length - 1 : last);
    let rank = 0;
    for (let step = 0; step < EDGES; step++) {
      const draw = Math.min(step * FINE, DRAWS - 1);
      while (draw >= own[rank]!) rank++;
      edges[level * EDGES + step] = outcomes[rank]!;
    }
  }
  return { outcomes: Uint8Array.from(outcomes), ranks, edges, limits };
}

/**
 * The Poisson law where it is not negligible: P(first), P(first + 1), ... From the mode outwards, so that nothing
 * underflows, then made to sum to 1.
 */
export function poissonLaw(lambda: number): { first: number; probabilities: Float64Array } {
  const mode = Math.floor(lambda);
  const lower: number[] = [];
  for (
    let count = mode, weight = mode / lambda;
    count > 0 && weight > NEGLIGIBLE;
    weight *= --count / lambda
  ) {
    lower.push(weight);
  }
  const weights = lower.reverse();
  const first = mode - weights.length;
  for (let count = mode, weight = 1; weight > NEGLIGIBLE; weight *= lambda / ++count) weights.push(weight);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return { first, probabilities: Float64Array.from(weights, (weight) => weight / total) };
}

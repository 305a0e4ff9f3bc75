/** Rises `max(0, x_t - x_{t - lag})` of each band, `[bands][frames - lag]`. */
export function rises(x: Float64Array, bands: number, lag: number): Float64Array[] {
  const frames = x.length / bands;
  return Array.from({ length: bands }, (_, band) => {
    const out = new Float64Array(frames - lag);
    for (let t = lag; t < frames; t++) {
      out[t - lag] = Math.max(0, x[t * bands + band]! - x[(t - lag) * bands + band]!);
    }
    return out;
  });
}

/** Mean of a series. */
export function mean(series: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < series.length; i++) sum += series[i]!;
  return sum / series.length;
}

/** Standard deviation of a series (population). */
export function deviation(series: Float64Array): number {
  const centre = mean(series);
  let square = 0;
  for (let i = 0; i < series.length; i++) square += (series[i]! - centre) ** 2;
  return Math.sqrt(square / series.length);
}

/** Largest value of a series, at least 0. */
export function largest(series: Float64Array): number {
  let top = 0;
  for (let i = 0; i < series.length; i++) if (series[i]! > top) top = series[i]!;
  return top;
}

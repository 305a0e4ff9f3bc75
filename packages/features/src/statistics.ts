/** What a series does in the snippet: mean, largest, smallest, standard deviation, mean absolute step. */
export function summary(series: ArrayLike<number>): {
  mean: number;
  max: number;
  min: number;
  sd: number;
  step: number;
} {
  const n = series.length;
  let sum = 0;
  let max = -Infinity;
  let min = Infinity;
  let step = 0;
  for (let i = 0; i < n; i++) {
    const value = series[i]!;
    sum += value;
    if (value > max) max = value;
    if (value < min) min = value;
    if (i > 0) step += Math.abs(value - series[i - 1]!);
  }
  const mean = sum / n;
  let square = 0;
  for (let i = 0; i < n; i++) square += (series[i]! - mean) ** 2;
  return { mean, max, min, sd: Math.sqrt(square / n), step: n > 1 ? step / (n - 1) : 0 };
}

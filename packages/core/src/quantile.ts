/**
 * The quantile of sorted values, linear between neighbours: share 0 is the first, 1 the last, 0.5 the median.
 * @param sorted - at least one value, ascending
 * @param share - in [0, 1]
 */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(sorted.length - 1, below + 1);
  return sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!);
}

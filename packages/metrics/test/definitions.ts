// The definitions, word by word and O(n^2), to compare with.

const count = (values: number[], holds: (value: number, index: number) => boolean) =>
  values.filter(holds).length;

/** Precision and recall of every distinct threshold, highest first. */
function points(labels: number[], scores: number[]): { precision: number; recall: number }[] {
  const positives = count(labels, (label) => label === 1);
  const distinct = scores.filter((score, i) => scores.indexOf(score) === i);
  return distinct
    .sort((a, b) => b - a)
    .map((threshold) => {
      const hits = count(scores, (score, i) => score >= threshold && labels[i] === 1);
      return { precision: hits / count(scores, (score) => score >= threshold), recall: hits / positives };
    });
}

export function stepDefinition(labels: number[], scores: number[]): number {
  let area = 0;
  let before = 0;
  for (const { precision, recall } of points(labels, scores)) {
    area += (recall - before) * precision;
    before = recall;
  }
  return area;
}

export function trapezoidDefinition(labels: number[], scores: number[]): number {
  let area = 0;
  let before = { precision: 1, recall: 0 };
  for (const point of points(labels, scores)) {
    area += ((point.recall - before.recall) * (point.precision + before.precision)) / 2;
    before = point;
  }
  return area;
}

/** Share of (positive, negative) pairs in the right order, ties counting half (Mann-Whitney). */
export function pairDefinition(labels: number[], scores: number[]): number {
  let wins = 0;
  let pairs = 0;
  labels.forEach((positive, i) => {
    labels.forEach((negative, j) => {
      if (positive !== 1 || negative !== 0) return;
      pairs++;
      wins += scores[i]! > scores[j]! ? 1 : scores[i] === scores[j] ? 0.5 : 0;
    });
  });
  return wins / pairs;
}

// biome-ignore lint/style/noRestrictedImports: the page loads the built package, as users do
import { bestF1, bootstrapInterval, falseAlarms, poolFrames, rankingMetrics, rocAuc } from '@robusta/metrics';

/** Numbers of a few videos, for the page to give the same as Node. */
export function run() {
  let state = 1;
  const uniform = () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state / 4294967296;
  };
  const videos = Array.from({ length: 12 }, (_, video) => {
    const labels = Uint8Array.from({ length: 500 }, (_, i) => (video % 2 && i > 400 ? 1 : 0));
    return { labels, scores: Float64Array.from(labels, (label) => 0.3 * label + uniform()) };
  });
  const { labels, scores } = poolFrames(videos);
  return {
    areas: rankingMetrics(labels, scores),
    best: bestF1(labels, scores),
    alarms: falseAlarms(videos),
    interval: bootstrapInterval(videos, rocAuc, { samples: 50 }),
  };
}

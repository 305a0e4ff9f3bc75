import {
  averagePrecision,
  type BootstrapInterval,
  bootstrapInterval,
  expandToFrames,
  frameLabels,
} from '@robusta/metrics';

export function run() {
  const videos = [
    { labels: frameLabels([[16, 48]], 48), scores: expandToFrames([0.1, 0.9, 0.7]) },
    { labels: frameLabels([], 32), scores: expandToFrames([0.2, 0.6]) },
  ];
  const interval: BootstrapInterval = bootstrapInterval(videos, averagePrecision, { samples: 50, seed: 1 });
  return { high: interval.high, resampled: interval.samples > 0 };
}

export const expected = { high: 1, resampled: true };

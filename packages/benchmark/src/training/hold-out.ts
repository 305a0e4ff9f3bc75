import { deriveSeed } from '@robusta/core';

/**
 * Takes a share of the videos of each class away, at least one, for validation: which, follows from the seed and the
 * names, whatever their order.
 * @param share - between 0 and 1
 */
export function holdOut<V extends { id: string; label: 0 | 1 }>(
  videos: readonly V[],
  share: number,
  seed: number,
): { train: V[]; held: V[] } {
  const held = new Set<V>();
  for (const label of [0, 1]) {
    const ranked = videos
      .filter((video) => video.label === label)
      .map((video) => ({ video, hash: deriveSeed(seed, 'holdout', video.id) }))
      .sort((a, b) => a.hash - b.hash || (a.video.id < b.video.id ? -1 : 1));
    const count = Math.max(1, Math.round(share * ranked.length));
    for (const { video } of ranked.slice(0, count)) held.add(video);
  }
  return {
    train: videos.filter((video) => !held.has(video)),
    held: videos.filter((video) => held.has(video)),
  };
}

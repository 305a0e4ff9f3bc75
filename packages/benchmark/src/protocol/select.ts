import { deriveSeed, RobustaError } from '@robusta/core';

/** Shares of corrupted test videos that the tables report, percent (paper, Section V-A). */
export const LEVELS = [0, 10, 30, 50, 70, 90, 100] as const;

/** How many of n videos a level chooses: ⌊level·n/100 + ½⌋. */
export function chosenCount(level: number, n: number): number {
  return Math.floor((level * n) / 100 + 0.5);
}

/**
 * The order in which videos are corrupted as the level grows. Every prefix holds the classes in proportion: a video
 * ranked r of the n of its class (by a hash of seed and id) comes at (r + ½)/n; ties are broken by the hash. The order
 * does not depend on the order of the arguments, nor on the corruption.
 * @param videoIds - distinct ids
 * @param seed - of the run
 * @param labels - class of each id; without it the order is the plain order of the hashes
 * @throws BAD_INPUT for an id given twice; LENGTH_MISMATCH
 */
export function corruptionOrder(
  videoIds: readonly string[],
  seed: number,
  labels?: ArrayLike<number>,
): string[] {
  if (labels && labels.length !== videoIds.length) {
    throw new RobustaError('LENGTH_MISMATCH', `${videoIds.length} video ids but ${labels.length} labels`);
  }
  const seen = new Set<string>();
  const videos = videoIds.map((id, index) => {
    if (seen.has(id)) throw new RobustaError('BAD_INPUT', `video id "${id}" is given twice`);
    seen.add(id);
    return { id, label: labels?.[index] ?? 0, hash: deriveSeed(seed, 'subset', id), position: 0 };
  });
  // Ids break the tie of equal hashes, so that the order is total.
  videos.sort((a, b) => a.hash - b.hash || (a.id < b.id ? -1 : 1));
  const sizes = new Map<number, number>();
  for (const { label } of videos) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  const ranks = new Map<number, number>();
  for (const video of videos) {
    const rank = ranks.get(video.label) ?? 0;
    ranks.set(video.label, rank + 1);
    video.position = (rank + 0.5) / sizes.get(video.label)!;
  }
  // The sort is stable: equal positions stay in the order of their hashes.
  return videos.sort((a, b) => a.position - b.position).map(({ id }) => id);
}

/**
 * The videos that are corrupted at a level: the first ⌊level·n/100 + ½⌋ of {@link corruptionOrder}. Nested: a lower
 * level selects a subset of what a higher one selects.
 * @param videoIds - distinct ids of the test videos, in any order
 * @param level - percent, 0 to 100; the published tables use {@link LEVELS}
 * @param seed - of the run: other seeds give replicates
 * @param labels - class of each id, for a choice that holds the classes in proportion
 * @throws BAD_OPTION for a level outside 0…100; BAD_INPUT for an id given twice; LENGTH_MISMATCH
 */
export function selectCorrupted(
  videoIds: readonly string[],
  level: number,
  seed: number,
  labels?: ArrayLike<number>,
): Set<string> {
  if (!(level >= 0 && level <= 100)) {
    throw new RobustaError('BAD_OPTION', `level must be between 0 and 100 percent, received ${level}`);
  }
  return new Set(corruptionOrder(videoIds, seed, labels).slice(0, chosenCount(level, videoIds.length)));
}

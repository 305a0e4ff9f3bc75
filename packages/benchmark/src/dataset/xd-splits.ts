import { RobustaError } from '@robusta/core';
import type { VideoList } from './lists.js';
import type { DatasetProblem, VideoRecord } from './model.js';
import { problemOf } from './rules.js';

export type Split = VideoRecord['split'];
export type Lists = Partial<Record<Split, VideoList>>;

/** For those whose folder is another one. */
export const EXPECTED_LAYOUT =
  'expected videos/train/*.mp4, videos/test/*.mp4 and annotations.txt, or the folders of the published archives';

/** A video as it was found: by its file, or by its features. */
export interface FoundVideo {
  /** For messages. */
  path: string;
  /** What its folder says. */
  split: Split | undefined;
}

/**
 * The split of each listed video, and of each found one of a split without a list. Where folders name one split only,
 * the others are of the other one: test videos among videos (the test archive of XD-Violence unpacks to `videos/`), both
 * ways among features (`RGB`, `RGBTest`).
 * @param root - for messages
 * @throws BAD_DATASET for a video of which nothing tells the split, and where one split is empty
 */
export function splitVideos(
  root: string,
  found: ReadonlyMap<string, FoundVideo>,
  lists: Lists,
  kind: 'videos' | 'features',
): Map<string, Split> {
  const splits = new Map<string, Split>();
  for (const split of ['train', 'test'] as const) {
    // A video that both lists name is tested on, and not trained on.
    for (const id of lists[split]?.ids ?? []) splits.set(id, split);
  }
  if (!lists.train || !lists.test) {
    const unlisted = [...found].filter(([id]) => !splits.has(id));
    const rest = splitOfRest(
      unlisted.map(([, video]) => video),
      lists,
      kind,
    );
    for (const [id, { path, split = rest }] of unlisted) {
      if (split === undefined) refuse(root, `${path} is neither in a training nor in a test folder`);
      if (!lists[split]) splits.set(id, split);
    }
  }
  const present = new Set(splits.values());
  if (present.size === 0) refuse(root, 'no videos in it');
  if (!present.has('train')) refuse(root, 'no training videos in it');
  if (!present.has('test')) refuse(root, 'no test videos in it');
  return splits;
}

function splitOfRest(
  videos: readonly FoundVideo[],
  lists: Lists,
  kind: 'videos' | 'features',
): Split | undefined {
  if (lists.train) return 'test';
  if (lists.test) return 'train';
  const named = new Set(videos.map(({ split }) => split));
  if (named.has('train') && !named.has('test')) return 'test';
  return kind === 'features' && named.has('test') ? 'train' : undefined;
}

function refuse(root: string, problem: string): never {
  throw new RobustaError('BAD_DATASET', `${root} is not a dataset laid out as XD-Violence is: ${problem}`, {
    hint: EXPECTED_LAYOUT,
    details: { root },
  });
}

/** Compares what was found with the lists. */
export function checkListed(
  splits: ReadonlyMap<string, Split>,
  found: ReadonlyMap<string, FoundVideo>,
  rule: 'unlisted-media' | 'unlisted-features',
  problems: DatasetProblem[],
): void {
  for (const [id, { path, split }] of found) {
    const listed = splits.get(id);
    if (listed === undefined) {
      problems.push(problemOf(rule, id, `${path} is in no list`, { skipped: true }));
    } else if (split && split !== listed) {
      const purpose = listed === 'test' ? 'testing' : 'training';
      problems.push(problemOf('split-differs', id, `${path} is listed for ${purpose}`));
    }
  }
}

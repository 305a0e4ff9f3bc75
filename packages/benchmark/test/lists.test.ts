import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeShared } from '@robusta/test-kit';
import { mergeLists, parseVideoList, splitOfList } from '../src/dataset/lists.js';
import type { DatasetProblem } from '../src/dataset/model.js';
import { checkNames } from '../src/dataset/parts.js';
import { parseXdName } from '../src/index.js';

const rulesOf = (problems: readonly DatasetProblem[]) => problems.map(({ rule, video }) => [rule, video]);
const countRules = (problems: readonly DatasetProblem[]) => {
  const counts: Record<string, number> = {};
  for (const { rule } of problems) counts[rule!] = (counts[rule!] ?? 0) + 1;
  return counts;
};

test('a name tells source, part, time and codes', () => {
  expect(parseXdName('Bad.Boys.1995__#01-11-55_01-12-40_label_G-B2-B6')).toEqual({
    source: 'Bad.Boys.1995',
    part: '01-11-55_01-12-40',
    range: [4315, 4360],
    codes: ['G', 'B2', 'B6'],
    label: 1,
  });
  // An id of YouTube may hold the separator.
  expect(parseXdName('v=251___mEwZA__#1_label_A')).toEqual({
    source: 'v=251___mEwZA',
    part: '1',
    codes: ['A'],
    label: 0,
  });
  for (const name of ['film_label_A', 'a__#1_label_C', 'a__#1', 'a__#1-2_label_A', '']) {
    expect(parseXdName(name)).toBeUndefined();
  }
});

test.each([
  ['list/rgb.list', 'train'],
  ['rgb_test.list', 'test'],
  ['audio.list', 'train'],
  ['audio_test.list', 'test'],
  ['train-videos.txt', 'train'],
  ['test_list.txt', 'test'],
  ['TESTING.list', 'test'],
  ['train_videos.list', 'train'],
  ['train.txt', undefined],
  ['flow.list', undefined],
  ['annotations.txt', undefined],
  ['contest.txt', undefined],
])('%s lists videos of %s', (path, split) => {
  expect(splitOfList(path)).toBe(split);
});

test('of a line only the name counts; the crops of a video are one; doubles are told with both lines', () => {
  const problems: DatasetProblem[] = [];
  const crops = [0, 1, 2].map((crop) => `C:\\features\\a__#1_label_A__${crop}.npy`);
  const text = [...crops, '', '/x/b__#1_label_A__vggish.npy', '/y/b__#1_label_A__vggish.npy'].join('\r\n');
  expect(parseVideoList(text, 'rgb.list', problems).ids).toEqual(['a__#1_label_A', 'b__#1_label_A']);
  expect(problems).toMatchObject([
    { rule: 'listed-twice', video: 'b__#1_label_A', message: 'rgb.list:6: is on line 5 already' },
  ]);
});

test('an extension is odd only among names without', () => {
  const problems: DatasetProblem[] = [];
  expect(parseVideoList('a.mp4\nb.mp4\n', 'f', problems).ids).toEqual(['a', 'b']);
  expect(problems).toEqual([]);
  expect(parseVideoList('Film.1995\nb.mp4\n', 'f', problems).ids).toEqual(['Film.1995', 'b']);
  expect(rulesOf(problems)).toEqual([['stray-extension', 'b']]);
});

test('lists of one split are compared both ways; the first counts', () => {
  const problems: DatasetProblem[] = [];
  const merged = mergeLists(
    [
      { file: 'audio.list', ids: ['a', 'b'] },
      { file: 'rgb.list', ids: ['b', 'c'] },
    ],
    problems,
  );
  expect(merged?.ids).toEqual(['a', 'b']);
  expect(problems.map(({ video, message }) => [video, message])).toEqual([
    ['a', 'is in audio.list, but not in rgb.list'],
    ['c', 'is in rgb.list, but not in audio.list'],
  ]);
});

test('names in both splits, shared footage and contradicting labels are found, parts side by side are not', () => {
  const problems: DatasetProblem[] = [];
  const train = [
    'a__#00-00-10_00-00-20_label_A',
    'a__#00-00-20_00-00-30_label_B1-0-0',
    'b__#1_label_A',
    'b__#1_label_B2-0-0',
    'c__#1_label_G-0-0',
    'd__#00-00-00_00-01-00_label_A',
    'd__#00-00-50_00-02-00_label_A',
  ];
  const test = ['a__#00-00-29_00-00-40_label_A', 'c__#1_label_G-0-0', 'e__#3_label_B1'];
  checkNames({ train, test }, problems);
  expect(rulesOf(problems)).toEqual([
    ['in-both-splits', 'c__#1_label_G-0-0'],
    ['unpadded-label', 'e__#3_label_B1'],
    ['shared-source', 'a'],
    ['shared-footage', 'a__#00-00-20_00-00-30_label_B1-0-0'],
    ['two-labels', 'b__#1_label_A'],
    ['overlapping-parts', 'd__#00-00-00_00-01-00_label_A'],
  ]);
  expect(problems[3]!.message).toBe('(train) shares 1 s with a__#00-00-29_00-00-40_label_A (test)');
});

describeShared('data/xd-violence', (folder) => {
  const list = (name: string, problems: DatasetProblem[]) =>
    parseVideoList(readFileSync(join(folder, name), 'utf8'), name, problems).ids;

  test('the published lists hold what is known of them', () => {
    const problems: DatasetProblem[] = [];
    const [train, test] = [list('train-videos.txt', problems), list('test-videos.txt', problems)];
    expect([train.length, test.length, problems.length]).toEqual([3954, 800, 0]);
    expect([...train, ...test].filter((id) => !parseXdName(id))).toEqual([]);
    checkNames({ train, test }, problems);
    expect(countRules(problems)).toEqual({
      'two-labels': 2,
      'shared-footage': 2,
      'overlapping-parts': 2,
      'unpadded-label': 2,
      'shared-source': 184,
    });
  });
});

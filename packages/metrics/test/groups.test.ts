import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeShared, expectClose } from '@robusta/test-kit';
import fc from 'fast-check';
import {
  abnormalVideos,
  averagePrecision,
  metricByClass,
  microMacro,
  normalVideos,
  rocAuc,
  XD_CLASSES,
  xdClasses,
} from '../src/index.js';
import { stepDefinition } from './definitions.js';
import { binary, failing, video } from './support.js';

test('abnormal videos have an anomalous frame, normal ones none', () => {
  const list = [video([0, 1], [0, 1]), video([0, 0], [0, 0]), video([], [])];
  expect(abnormalVideos(list)).toEqual([list[0]]);
  expect(normalVideos(list)).toEqual([list[1], list[2]]);
});

describe('micro and macro', () => {
  test('one ranking for all, and the mean of one each', () => {
    const list = [video([1, 0], [0.2, 0.1]), video([1, 0], [0.9, 0.8]), video([0, 0], [0.5, 0.5])];
    // Each video ranks perfectly; together the ranking is 1 0 0 0 1 0 with a tie of two.
    expect(microMacro(list, averagePrecision)).toEqual({ micro: 0.5 + 0.5 * (2 / 5), macro: 1, videos: 2 });
    expect(microMacro(list, rocAuc)).toEqual({ micro: (4 + 1) / 8, macro: 1, videos: 2 });
  });

  test('are one and the same for one video, or for copies of it', () => {
    fc.assert(
      fc.property(binary, fc.integer({ min: 1, max: 4 }), ({ labels, scores }, copies) => {
        const { micro, macro, videos } = microMacro(
          new Array(copies).fill({ labels, scores }),
          averagePrecision,
        );
        const expected = stepDefinition(labels, scores);
        expectClose([micro, macro], [expected, expected], { absolute: 1e-14 });
        expect(videos).toBe(copies);
      }),
    );
  });

  test('refusals', () => {
    const split = [video([1, 1], [0, 1]), video([0, 0], [0, 1])];
    expect(() => microMacro(split, rocAuc)).toThrow(failing('NO_POSITIVE'));
    expect(() => microMacro([split[1]!], averagePrecision)).toThrow(failing('NO_POSITIVE'));
    expect(() => microMacro([], averagePrecision)).toThrow(failing('EMPTY_INPUT'));
    expect(() => microMacro([video([1], [Number.NaN])], averagePrecision)).toThrow(failing('NON_FINITE'));
  });
});

describe('by class', () => {
  const fight = { ...video([0, 1], [0.1, 0.6]), classes: ['B1'] };
  const both = { ...video([1, 0], [0.3, 0.8]), classes: ['G', 'B1'] };
  const calm = { ...video([0, 0], [0.5, 0.2]), classes: ['A'] };
  const calmToo = { ...video([0], [0.9]), classes: [] };
  const unmarked = { ...video([0, 0], [0.9, 0.9]), classes: ['B6'] };
  const list = [fight, both, calm, calmToo, unmarked];
  const ap = (videos: { labels: number[]; scores: number[] }[]) =>
    stepDefinition(
      videos.flatMap(({ labels }) => labels),
      videos.flatMap(({ scores }) => scores),
    );

  test('the videos of a class and the normal ones; several classes; no anomalous frame', () => {
    const { classes, macro, micro } = metricByClass(list, averagePrecision);
    const [b1, g] = [ap([fight, both, calm, calmToo]), ap([both, calm, calmToo])];
    expect(classes).toEqual([
      { class: 'B1', videos: 2, value: expect.closeTo(b1, 14) },
      { class: 'B6', videos: 1, value: null },
      { class: 'G', videos: 1, value: expect.closeTo(g, 14) },
    ]);
    expect(macro).toBeCloseTo((b1 + g) / 2, 14);
    expect(micro).toBeCloseTo(ap(list), 14);
  });

  test('without the normal videos', () => {
    const { classes } = metricByClass(list, averagePrecision, { withNormal: false });
    expect(classes.map(({ value }) => value)).toEqual([ap([fight, both]), null, ap([both])]);
  });

  test('another name for normal', () => {
    const named = list.map((one) => ({
      ...one,
      classes: one.classes.map((name) => (name === 'A' ? 'Normal' : name)),
    }));
    expect(metricByClass(named, averagePrecision, { normalClass: 'Normal' })).toEqual(
      metricByClass(list, averagePrecision),
    );
  });

  test('the order of the videos does not matter', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(list, { minLength: list.length }), (shuffled) => {
        expect(metricByClass(shuffled, averagePrecision)).toEqual(metricByClass(list, averagePrecision));
      }),
    );
  });

  test('refusals', () => {
    expect(() => metricByClass([calm], averagePrecision)).toThrow(failing('NO_POSITIVE'));
    expect(() => metricByClass([{ ...fight, classes: [] }], averagePrecision)).toThrow(
      failing('NO_POSITIVE', /every class/),
    );
    expect(() => metricByClass([fight], averagePrecision, { normal: 'A' } as never)).toThrow(
      failing('BAD_OPTION'),
    );
  });
});

describe('names of XD-Violence', () => {
  test.each([
    ['Bad.Boys.1995__#01-11-55_01-12-40_label_G-B2-B6', ['G', 'B2', 'B6']],
    ['v=251___mEwZA__#1_label_B2-G-0.mp4', ['B2', 'G']],
    ['v=x__#00-01-25_00-03-31_label_B1-0-0__vggish.npy', ['B1']],
    ['v=x__#1_label_A__0.npy', ['A']],
    ['v=x__#1_label_G__', ['G']],
    ['a_label_A_film__#1_label_B5-0-0', ['B5']],
  ])('%s', (name, classes) => expect(xdClasses(name)).toEqual(classes));

  test.each([
    '',
    'Bad.Boys.1995',
    'x_label_',
    'x_label_B3-0-0',
    'x_label_0-0-0',
    'x_label_A-B1',
    'x_label_toString',
  ])('%j is refused', (name) => expect(() => xdClasses(name)).toThrow(failing('BAD_INPUT')));
});

describeShared('data/xd-violence', (folder) => {
  test.each([
    ['train-videos.txt', 3954, 2049],
    ['test-videos.txt', 800, 300],
  ])('every name of %s', (file, count, normal) => {
    const names = readFileSync(join(folder, file), 'utf8').split('\n').filter(Boolean);
    const classes = names.map(xdClasses);
    expect([classes.length, classes.filter(([first]) => first === 'A').length]).toEqual([count, normal]);
    expect(new Set(classes.flat())).toEqual(new Set(Object.keys(XD_CLASSES)));
  });
});

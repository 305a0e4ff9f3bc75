import { RobustaError } from '@robusta/core';
import { bestOf, type Cell } from '../src/table.js';
import { summarize } from '../src/table-data.js';
import { apOf, LEVELS, makeResult } from './fixture.js';

const codeOf = (action: () => unknown) => {
  try {
    action();
  } catch (error) {
    if (RobustaError.isInstance(error)) return error.code;
  }
  return undefined;
};

describe('summarize', () => {
  test('orders levels, seeds and methods, groups by modality, visual first', () => {
    const result = makeResult({ methods: ['other', 'dynamic', 'concat', 'average'], seeds: [2, 0, 1] });
    result.records.reverse();
    const { columns, seeds, methods, groups } = summarize(result);
    expect(columns.map(({ value }) => value)).toEqual(LEVELS);
    expect(seeds).toEqual([0, 1, 2]);
    expect(methods).toEqual(['concat', 'average', 'dynamic', 'other']);
    expect(groups.map(({ name, rows }) => [name, rows.map(({ name }) => name)])).toEqual([
      ['visual', ['fog', 'brightness']],
      ['audio', ['white']],
    ]);
  });

  test('mean and sample standard deviation over seeds, in percent', () => {
    const { groups } = summarize(makeResult());
    const { seeds, ap, prAuc, rocAuc } = groups[0]!.rows[1]!.cells[6]![2]!;
    const center = 100 * apOf('dynamic', 'fog', 100, 1);
    expect(seeds).toBe(3);
    expect(ap.mean).toBeCloseTo(center, 10);
    expect(ap.sd).toBeCloseTo(0.4, 10); // of -0.4, 0, 0.4
    expect(prAuc!.mean).toBeCloseTo(center - 1, 10);
    expect(rocAuc.mean).toBeCloseTo(center + 10, 10);
  });

  test('one seed has no standard deviation', () => {
    expect(summarize(makeResult({ seeds: [4] })).groups[0]!.rows[0]!.cells[0]![0]!.ap.sd).toBeUndefined();
  });

  test('the average is over corruptions, seed by seed', () => {
    const [visual, audio] = summarize(makeResult()).groups;
    const expected = 50 * (apOf('concat', 'brightness', 90, 1) + apOf('concat', 'fog', 90, 1));
    expect(visual!.average!.cells[5]![0]!.ap.mean).toBeCloseTo(expected, 10);
    expect(visual!.average!.cells[5]![0]!.ap.sd).toBeCloseTo(0.4, 10);
    expect(audio!.average!.cells).toEqual(audio!.rows[0]!.cells);
  });

  test('cells without records stay empty, and so does the average over them', () => {
    const result = makeResult();
    result.records = result.records.filter(({ corruption, level }) => corruption !== 'fog' || level !== 30);
    const { rows, average } = summarize(result).groups[0]!;
    expect(rows[1]!.cells[2]).toEqual([undefined, undefined, undefined]);
    expect(rows[0]!.cells[2]![0]).toBeDefined();
    expect(average!.cells[2]).toEqual([undefined, undefined, undefined]);
  });

  test('a seed that one corruption lacks does not enter the average', () => {
    const result = makeResult();
    result.records = result.records.filter(({ corruption, seed }) => corruption !== 'fog' || seed !== 2);
    const { average } = summarize(result).groups[0]!;
    expect(average!.cells[0]![0]!.seeds).toBe(2);
    expect(average!.cells[0]![0]!.ap.mean).toBeCloseTo(80 - 0.2, 10);
  });

  test('the same corruption name in both modalities is two rows', () => {
    const result = makeResult({ seeds: [0], levels: [0] });
    for (const record of result.records)
      record.corruption = record.modality === 'visual' ? record.corruption : 'fog';
    const [visual, audio] = summarize(result).groups;
    expect([visual!.rows.length, audio!.rows[0]!.name]).toEqual([2, 'fog']);
  });

  test('refuses a result without records, and two records for one cell and seed', () => {
    expect(codeOf(() => summarize({ ...makeResult(), records: [] }))).toBe('EMPTY_INPUT');
    const result = makeResult();
    result.records.push({ ...result.records[5]!, ap: 0.1 });
    expect(codeOf(() => summarize(result))).toBe('BAD_INPUT');
  });
});

describe('bestOf', () => {
  const cell = (mean: number): Cell => {
    const statistic = { mean, sd: undefined };
    return { seeds: 1, ap: statistic, prAuc: statistic, rocAuc: statistic };
  };

  test.each([
    ['the highest', [50, 60, 55], [false, true, false]],
    ['both of two that look the same', [50, 60.001, 59.999], [false, true, true]],
    ['none where all look the same', [50, 50.001, 50], [false, false, false]],
    ['none where there is one', [50], [false]],
  ])('%s', (_, means, marks) => {
    expect(bestOf(means.map(cell))).toEqual(marks);
  });

  test('missing cells do not compete', () => {
    expect(bestOf([undefined, cell(3), cell(2)])).toEqual([false, true, false]);
    expect(bestOf([undefined, cell(3)])).toEqual([false, false]);
    expect(bestOf([undefined, undefined])).toEqual([false, false]);
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeShared } from '@robusta/test-kit';
import { PUBLISHED, type PublishedRow } from '../src/index.js';
import { ROWS_I, ROWS_II } from './fixture.js';

const averages = ['visual-average', 'audio-average'];
const names = (rows: readonly PublishedRow[]) => rows.map(({ row }) => row).sort();

test('tables I and II have the rows of the protocol, each of both methods at every level', () => {
  expect(names(PUBLISHED.tableI.rows)).toEqual([...ROWS_I, ...averages].sort());
  expect(names(PUBLISHED.tableII.rows)).toEqual([...ROWS_II, ...averages].sort());
  for (const { levels, rows } of [
    PUBLISHED.tableI,
    PUBLISHED.tableII,
    PUBLISHED.tableIII,
    PUBLISHED.tableV,
  ]) {
    for (const { values } of rows) {
      expect(values.concat).toHaveLength(levels.length);
      expect(values.dynamic).toHaveLength(levels.length);
    }
  }
});

test('averages of the paper are those of its rows, but for the two that it has otherwise', () => {
  const strangers: string[] = [];
  for (const [table, suffix] of [
    [PUBLISHED.tableI, { visual: '', audio: '' }],
    [PUBLISHED.tableII, { visual: '@missing-audio', audio: '@missing-visual' }],
  ] as const) {
    for (const modality of ['visual', 'audio'] as const) {
      const singles = ROWS_I.slice(...(modality === 'visual' ? [0, 8] : [8, 16])).map(
        (name) => name + suffix[modality],
      );
      const own = table.rows.filter(({ row }) => singles.includes(row));
      expect(own).toHaveLength(8);
      const average = table.rows.find(({ row }) => row === `${modality}-average`)!;
      for (const method of ['concat', 'dynamic'] as const) {
        table.levels.forEach((level, l) => {
          const mean = own.reduce((sum, { values }) => sum + values[method]![l]!, 0) / own.length;
          // Printed with two decimals.
          if (Math.abs(mean - average.values[method]![l]!) > 0.0051)
            strangers.push(`${modality} ${method} ${level}`);
        });
      }
    }
  }
  expect(strangers).toEqual(['audio concat 50', 'audio dynamic 30']);
});

interface Line {
  modality: string;
  baseline: number[];
  ours: number[];
}

describeShared('paper', (path) => {
  const paper = JSON.parse(readFileSync(join(path, 'tables.json'), 'utf8'));

  test.each([
    ['table1', PUBLISHED.tableI],
    ['table2', PUBLISHED.tableII],
  ] as const)('%s is the one of the paper', (key, table) => {
    expect(table.levels).toEqual(paper[key].levels);
    const bag = (values: (readonly number[] | undefined)[][]) =>
      values.map((pair) => JSON.stringify(pair)).sort();
    expect(bag(table.rows.map(({ values }) => [values.concat, values.dynamic]))).toEqual(
      bag(paper[key].rows.map(({ baseline, ours }: Line) => [baseline, ours])),
    );
  });

  test('single rows of Table I by name', () => {
    const plainName = (name: string) =>
      name
        .toLowerCase()
        .replace('rand.', 'random')
        .replace(/ noise$/, '')
        .replace(/[ -]/g, '');
    for (const { row, values } of PUBLISHED.tableI.rows) {
      const found = paper.table1.rows.find((line: Line & { corruption: string }) => {
        const modality = line.modality.toLowerCase();
        if (row.endsWith('-average')) return row === `${modality}-average` && line.corruption === 'Average';
        if (row.startsWith('mixed-'))
          return row === `mixed-${modality}` && line.corruption === 'Mixed Corruptions';
        return plainName(line.corruption) === plainName(row === 'shot-noise' ? 'shot' : row);
      });
      expect([row, values.concat, values.dynamic]).toEqual([row, found?.baseline, found?.ours]);
    }
  });

  test('tables III, IV and V', () => {
    const backbones: Record<string, string> = { XDViD: 'xdviodet', HyperVD: 'hypervd', RTFM: 'rtfm' };
    for (const { backbone, method, ...columns } of paper.table3) {
      for (const modality of ['visual', 'audio']) {
        const row = PUBLISHED.tableIII.rows.find(
          (line) => line.row === `${modality} ${backbones[backbone]}`,
        )!;
        const values = row.values[method === 'ours' ? 'dynamic' : 'concat'];
        expect(values).toEqual([columns[modality]['0'], columns[modality]['100']]);
      }
    }
    const { rows, unsupervised } = PUBLISHED.tableIV;
    const auc = (name: string) => paper.table4.find(({ method }: { method: string }) => method === name).auc;
    expect(rows).toEqual([
      { row: 'rtfm', values: { concat: [auc('RTFM (baseline)')], dynamic: [auc('RTFM (ours)')] } },
      { row: 'xdviodet', values: { concat: [auc('XDViDet (baseline)')], dynamic: [auc('XDViDet (ours)')] } },
    ]);
    for (const { method, rocAuc } of unsupervised) expect(rocAuc).toBe(auc(method));
    const { baseline, padding, levels } = paper.table5;
    expect(PUBLISHED.tableV).toEqual({
      levels,
      rows: [
        {
          row: 'pitch-shift',
          values: { concat: baseline, padding, dynamic: paper.table5['linear-projection'] },
        },
      ],
    });
  });
});

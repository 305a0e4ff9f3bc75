import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchmarkResult } from '@robusta/core';
import {
  availableTables,
  PUBLISHED,
  renderCosts,
  renderReport,
  renderTable,
  TABLE_FORMATS,
  TABLES,
  type TableFormat,
} from '../src/index.js';
import { fullApOf, LEVELS, makeFullResult, makeResult, ROWS_I, ROWS_II } from './fixture.js';
import { parseHtml } from './html.js';

const full = makeFullResult();
const several = ['rtfm', 'hypervd', 'xdviodet'].map((backbone) => makeFullResult({ backbone }));

interface JsonCell {
  group: string;
  method: string;
  best: boolean;
  seeds: number;
  ap: { mean: number; sd?: number };
  rocAuc: { mean: number };
  published?: number;
  difference?: number;
  differs?: boolean;
  [key: string]: unknown;
}
const cellsOf = (result: BenchmarkResult | BenchmarkResult[], table: (typeof TABLES)[number]): JsonCell[] =>
  JSON.parse(renderTable(result, 'json', { table })).cells;
const failing = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

describe('Table I', () => {
  const cells = cellsOf(full, 'I');

  test('has 25 rows in the order of the paper: both averages, missing, mixed and paired ones', () => {
    const rows = [...new Set(cells.map(({ group, corruption }) => `${group}: ${corruption}`))];
    expect(rows).toEqual([
      ...ROWS_I.slice(0, 8).map((name) => `visual: ${name}`),
      'visual: average',
      ...ROWS_I.slice(8, 16).map((name) => `audio: ${name}`),
      'audio: average',
      ...ROWS_I.slice(16, 18).map((name) => `missing: ${name}`),
      ...ROWS_I.slice(18, 20).map((name) => `mixed: ${name}`),
      ...ROWS_I.slice(20).map((name) => `audio+visual: ${name}`),
    ]);
    expect(cells).toHaveLength(25 * LEVELS.length * 4);
  });

  test('averages are over the single corruptions of a modality, nothing else', () => {
    const average = cells.find(
      (c) => c.group === 'audio' && c.corruption === 'average' && c.level_percent === 100,
    );
    const single = ROWS_I.slice(8, 16).map(
      (name) => 50 * (fullApOf('concat', name, 100, 0) + fullApOf('concat', name, 100, 1)),
    );
    expect(average!.method).toBe('concat');
    expect(average!.ap.mean).toBeCloseTo(single.reduce((sum, ap) => sum + ap, 0) / 8, 10);
  });

  test('the published number stands in every cell of both methods of the paper, and in no other', () => {
    for (const cell of cells) {
      const { corruption, group, method, level_percent, published, difference } = cell;
      const key = corruption === 'average' ? `${group}-average` : corruption;
      const values = PUBLISHED.tableI.rows.find(({ row }) => row === key)!.values;
      const expected =
        method === 'concat' ? values.concat : method === 'dynamic' ? values.dynamic : undefined;
      expect(published).toBe(expected?.[LEVELS.indexOf(level_percent as number)]);
      if (published !== undefined) expect(difference).toBeCloseTo(cell.ap.mean - published, 10);
    }
  });

  test('another dataset has none', () => {
    const synthetic = makeFullResult({ dataset: 'synthetic' });
    for (const table of ['I', 'II', 'III', 'IV', 'V'] as const) {
      expect(cellsOf(synthetic, table).filter(({ published }) => published !== undefined)).toEqual([]);
    }
    expect(renderTable(synthetic, 'text', { table: 'I' })).not.toMatch(/published/i);
  });

  test('says so where the test set is not that of the paper', () => {
    const small = { ...full, dataset: { ...full.dataset, testVideos: 30 } };
    expect(renderTable(small, 'markdown', { table: 'I' })).toContain('this run has 30: not the same data');
    expect(renderTable(full, 'markdown', { table: 'I' })).not.toContain('not the same data');
  });

  test('a difference counts where p is small with every seed and the sign stays', () => {
    const tested = cells.filter(({ differs }) => differs !== undefined);
    expect(
      tested.map(({ corruption, level_percent, method, differs }) => [
        corruption,
        level_percent,
        method,
        differs,
      ]),
    ).toEqual([
      ['fog', 100, 'padding', false],
      ['fog', 100, 'average', false],
      ['fog', 100, 'dynamic', true],
    ]);
    const text = renderTable(full, 'text', { table: 'I' });
    expect(text).toMatch(/\d\*\+$/m);
    expect(text.replaceAll('\n', ' ')).toContain('with every seed, and the same sign.');
    const once = { ...full, comparisons: full.comparisons!.filter(({ seed }) => seed === 1) };
    expect(renderTable(once, 'text', { table: 'I' }).replaceAll('\n', ' ')).toContain(
      'with seed 1, which alone',
    );
    expect(renderTable(full, 'markdown', { table: 'I' })).toContain('±0.28 † |');
  });

  test('other severities than that of the run do not enter', () => {
    const fog = cells.find(
      (c) => c.corruption === 'fog' && c.level_percent === 100 && c.method === 'concat',
    )!;
    expect(fog.seeds).toBe(2);
    expect(fog.ap.mean).toBeCloseTo(
      50 * (fullApOf('concat', 'fog', 100, 0) + fullApOf('concat', 'fog', 100, 1)),
      10,
    );
  });
});

test('Table II: one modality alone, with averages and published numbers', () => {
  const cells = cellsOf(full, 'II');
  expect(new Set(cells.map(({ corruption }) => corruption))).toEqual(new Set([...ROWS_II, 'average']));
  const find = (corruption: string, level: number) =>
    cells.find((c) => c.corruption === corruption && c.level_percent === level && c.method === 'dynamic');
  expect(find('pitch-shift@missing-visual', 70)!.published).toBe(34.9);
  expect(find('pitch-shift@missing-visual', 50)!.published).toBeUndefined();
  expect(cells.find((c) => c.group === 'audio' && c.corruption === 'average')!.published).toBe(49.5);
});

test('Table III: a row for each backbone, from several results', () => {
  const cells = cellsOf(several, 'III');
  expect([...new Set(cells.map(({ backbone }) => backbone))]).toEqual(['xdviodet', 'hypervd', 'rtfm']);
  expect(new Set(cells.map(({ level_percent }) => level_percent))).toEqual(new Set([0, 100]));
  const published = cells.filter(({ published }) => published !== undefined);
  expect(published).toHaveLength(3 * 2 * 2 * 2);
  const rtfm = published.find((c) => c.backbone === 'rtfm' && c.group === 'audio' && c.level_percent === 100);
  expect([rtfm!.method, rtfm!.published]).toEqual(['concat', 77.44]);
});

test('Table IV: ROC-AUC on the other dataset', () => {
  const cells = cellsOf(several, 'IV');
  expect(
    cells.map(({ backbone, dataset, method, published }) => [backbone, dataset, method, published]),
  ).toContainEqual(['rtfm', 'ucf-crime', 'dynamic', 68.9]);
  expect(cells.find(({ method }) => method === 'concat')!.rocAuc.mean).toBeCloseTo(62, 10);
  const text = renderTable(several, 'text', { table: 'IV' });
  expect(text).toContain('ucf-crime');
  expect(text.replaceAll('\n', ' ')).toContain('GCL 65.32');
  expect(text).toContain('62.00');
});

test('Table V: pitch shift with concatenation, padding and projection', () => {
  const cells = cellsOf(full, 'V');
  expect(new Set(cells.map(({ corruption }) => corruption))).toEqual(new Set(['pitch-shift']));
  expect(cells.filter((c) => c.level_percent === 100).map((c) => [c.method, c.published])).toEqual([
    ['concat', 63.07],
    ['padding', 55.86],
    ['average', undefined],
    ['dynamic', 66.39],
  ]);
});

test('AP by severity, for the rows that were measured at several', () => {
  const cells = cellsOf(full, 'severity').filter(
    ({ method, corruption }) => method === 'concat' && corruption === 'fog',
  );
  expect(cells.map(({ severity }) => severity)).toEqual([1, 3, 5]);
  expect(cells[0]!.ap.mean - cells[2]!.ap.mean).toBeCloseTo(4, 10);
});

test('weights are means over seeds, visual first', () => {
  const { rows } = JSON.parse(renderTable(full, 'json', { table: 'weights' }));
  expect(rows.map((row: Record<string, unknown>) => [row.corruption, row['weight of']])).toEqual([
    ['fog', 'visual'],
    ['white', 'audio'],
  ]);
  expect(rows[0]['clean mean']).toBeCloseTo(0.51, 10);
  expect(rows[0]['corrupted q95']).toBeCloseTo(0.45, 10);
});

describe('every table in every format', () => {
  test('a result with everything has all of them, one without has Table I alone', () => {
    expect(availableTables(full)).toEqual(TABLES);
    expect(availableTables(makeResult())).toEqual(['I']);
  });

  test.each(TABLES)('%s', (table) => {
    const texts = Object.fromEntries(
      TABLE_FORMATS.map((format) => [format, renderTable(full, format, { table })]),
    ) as Record<TableFormat, string>;
    for (const text of Object.values(texts)) {
      expect(text).toMatch(/[^\n]\n$/);
      expect(text).not.toMatch(/NaN|undefined|Infinity/);
    }
    parseHtml(texts.html);
    const lines = texts.csv.trimEnd().split('\n');
    expect(new Set(lines.map((line) => line.split(',').length)).size).toBe(1);
    expect(lines.length).toBeGreaterThan(1);
    const rows = texts.markdown.split('\n').filter((line) => line.startsWith('| '));
    expect(new Set(rows.map((line) => line.split('|').length)).size).toBe(1);
    expectLatex(texts.latex);
  });

  test('tables of the paper fit a terminal of 100 columns', () => {
    for (const table of ['I', 'III', 'IV', 'V'] as const) {
      const lines = renderTable(full, 'text', { table }).split('\n');
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
    }
  });

  test('a text that ran once more is the same', () => {
    for (const format of ['text', 'json'] as const) {
      expect(renderTable(makeFullResult(), format, { table: 'I' })).toBe(
        renderTable(full, format, { table: 'I' }),
      );
    }
  });
});

describe('LaTeX', () => {
  const hostile = makeFullResult();
  hostile.dataset.name = '\\input{/etc/passwd} $x$ 5% #1 ~ ^ {a} _b & <c> "q" [d] *e µ→Ð';
  for (const record of hostile.records) if (record.corruption === 'fog') record.corruption = '[1pt] \\\\ & %';

  test('names are escaped', () => {
    const text = renderTable(hostile, 'latex', { table: 'I' });
    expectLatex(text);
    expect(text).toContain('\\textbackslash{}input\\{/etc/passwd\\}');
    expect(text).toContain('{[}1pt] \\textbackslash{}\\textbackslash{} \\& \\%');
  });

  const hasLatex = spawnSync('pdflatex', ['--version']).status === 0;
  (hasLatex ? test : test.skip)(
    'all tables compile (skipped without pdflatex)',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'robusta-latex-'));
      try {
        const tables = TABLES.map((table) => renderTable(hostile, 'latex', { table }));
        const costs = renderCosts([{ stage: 'a_b', seconds: 1, items: 2 }], 'latex');
        const document = `\\documentclass{article}\n\\usepackage{booktabs}\n\\usepackage{graphicx}\n\\begin{document}\n${[...tables, costs].join('\\clearpage\n')}\\end{document}\n`;
        await writeFile(join(folder, 'all.tex'), document);
        const { status, stdout } = spawnSync(
          'pdflatex',
          ['-interaction=nonstopmode', '-halt-on-error', 'all.tex'],
          {
            cwd: folder,
            encoding: 'utf8',
          },
        );
        expect({ status, stdout: status === 0 ? '' : stdout }).toEqual({ status: 0, stdout: '' });
      } finally {
        await rm(folder, { recursive: true });
      }
    },
    60_000,
  );
});

/** Environments closed in order, braces paired, and the same number of cells in every line of the table. */
function expectLatex(text: string): void {
  const plain = text.replace(/\\[\\{}%&#$_]/g, (escaped) => (escaped === '\\\\' ? '\\\\' : ''));
  const open: string[] = [];
  for (const [, kind, name] of plain.matchAll(/\\(begin|end)\{([a-z*]+)\}/g)) {
    if (kind === 'begin') open.push(name!);
    else expect(open.pop()).toBe(name);
  }
  expect(open).toEqual([]);
  expect(plain.split('{').length).toBe(plain.split('}').length);
  const rows = plain.split('\n').filter((line) => line.endsWith('\\\\'));
  const cells = rows.map((line) =>
    line.split('&').reduce((sum, cell) => sum + Number(/\\multicolumn\{(\d+)\}/.exec(cell)?.[1] ?? 1), 0),
  );
  expect(rows.length).toBeGreaterThan(1);
  expect(new Set(cells).size).toBe(1);
}

describe('the page', () => {
  test('has a section for each table, and stays well-formed', () => {
    const { tags, text } = parseHtml(
      renderReport(several, { costs: [{ stage: 'training', seconds: 3, items: 2 }] }),
    );
    const ids = tags.flatMap(({ attributes }) => attributes.id ?? []);
    expect(ids).toEqual([...TABLES, 'costs'].map((name) => `table-${name}`));
    expect(text).toContain('paper 58.70');
    expect(text).toContain('Scores over time (figure 5)');
  });
});

describe('costs', () => {
  test('shares of the whole and the time of an item', () => {
    const costs = [
      { stage: 'training', seconds: 30, items: 10 },
      { stage: 'scoring', seconds: 10, items: 0 },
    ];
    expect(renderCosts(costs, 'text').split('\n').slice(-4)).toEqual([
      'training     10     30.0     75.0      3000.0',
      'scoring       0     10.0     25.0',
      'total               40.0    100.0',
      '',
    ]);
  });

  test('other costs', () => {
    expect(() => renderCosts([{ stage: 'x', seconds: -1, items: 0 }], 'text')).toThrow(
      failing('BAD_OPTION', /costs/),
    );
  });
});

describe('refusals', () => {
  test('what a result has no numbers for', () => {
    for (const table of TABLES.slice(1)) {
      expect(() => renderTable(makeResult(), 'text', { table })).toThrow(
        failing('EMPTY_INPUT', new RegExp(`table ${table}`)),
      );
    }
  });

  test('another table, another option', () => {
    expect(() => renderTable(full, 'text', { table: 'VI' as never })).toThrow(failing('BAD_OPTION', /table/));
    expect(() => renderTable(full, 'text', { tables: 'I' } as never)).toThrow(
      failing('BAD_OPTION', /tables/),
    );
  });

  test('results that cannot share a table', () => {
    expect(() => renderTable([full, makeFullResult()], 'text', { table: 'III' })).toThrow(
      failing('BAD_INPUT', /both of xdviodet/),
    );
    const [first, second] = several;
    const other = { ...second!, dataset: { ...second!.dataset, sha256: 'cd' } };
    expect(() => renderTable([first!, other], 'text', { table: 'III' })).toThrow(
      failing('BAD_INPUT', /different data/),
    );
    expect(() => renderTable(several, 'text', { table: 'I' })).toThrow(failing('BAD_INPUT', /one result/));
    expect(() => renderTable([], 'text')).toThrow(failing('BAD_INPUT', /no result/));
  });
});

import { RobustaError } from '@robusta/core';
import fc from 'fast-check';
import { renderReport, renderTable } from '../src/index.js';
import { LEVELS, makeResult } from './fixture.js';
import { parseHtml } from './html.js';

const HOSTILE = `<script>alert('x')</script>&"|*_\`[a](b)\n\u001b[31m,`;

function hostileResult(text: string) {
  const result = makeResult({ seeds: [0, 1], levels: [0, 100] });
  result.run = text;
  result.dataset.name = text;
  result.configuration = { severity: text, [text]: [text] };
  result.software = { [text]: text };
  result.skipped = [{ video: text, code: text, message: text }];
  for (const record of result.records) {
    record.corruption += text;
    if (record.method === 'concat') record.method = text;
  }
  return result;
}

describe('text', () => {
  const text = renderTable(makeResult(), 'text');
  const lines = text.split('\n');

  test('fits a terminal of 100 columns and ends with one line feed', () => {
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(text.endsWith('\n') && !text.endsWith('\n\n')).toBe(true);
  });

  test('has a line for each corruption and method, the average of each modality, the best marked', () => {
    const numbers = lines.filter((line) => /\d\d\.\d\d\*?$/.test(line) && !line.includes('Mean'));
    expect(numbers).toHaveLength((3 + 2) * 3);
    expect(lines).toContain('fog         concat    80.00   78.75   76.25   73.75   71.25   68.75   67.50');
    expect(lines).toContain('            dynamic   80.00   79.50*  78.50*  77.50*  76.50*  75.50*  75.00*');
    expect(lines).toContain('average     concat    80.00   77.29   71.88   66.46   61.04   55.63   52.92');
  });

  test('says what the numbers are', () => {
    const flat = text.replaceAll('\n', ' ');
    expect(flat).toContain(
      'Dataset synthetic: 100 test videos, 48,000 frames, 12,000 of them anomalous (25.00 %,',
    );
    expect(flat).toContain(
      'Mean over 3 training seeds (0, 1, 2), standard deviation at most 0.40. Severity 3. Backbone rtfm.',
    );
    expect(renderTable(makeResult({ seeds: [7] }), 'text')).toContain(
      'One training seed (7). Severity 3. Backbone rtfm.',
    );
  });

  test('no text from outside moves the cursor or adds a line', () => {
    const hostile = renderTable(hostileResult(HOSTILE), 'text');
    expect(hostile).not.toMatch(/[^\P{Cc}\n]/u);
    const without = (line: string) => !line.startsWith('-') && line !== '';
    const count = (table: string) =>
      table.slice(table.indexOf('\nvisual')).split('\n').filter(without).length;
    expect(count(hostile)).toBe(count(renderTable(makeResult({ levels: [0, 100] }), 'text')));
  });
});

describe('markdown', () => {
  test('every row has the same number of cells, whatever the names', () => {
    for (const result of [makeResult({ seeds: [0, 1], levels: [0, 100] }), hostileResult(HOSTILE)]) {
      const table = renderTable(result, 'markdown')
        .split('\n')
        .filter((line) => line.startsWith('| '));
      expect(table).toHaveLength(2 + (3 + 2) * 3);
      for (const line of table) expect(line.replaceAll('\\|', '').split('|')).toHaveLength(3 + 2 + 2);
    }
  });

  test('marks the best in bold and escapes what Markdown or HTML would act on', () => {
    const text = renderTable(makeResult(), 'markdown');
    expect(text).toContain(
      '| visual | fog | dynamic | 80.00 | **79.50** | **78.50** | **77.50** | **76.50** | **75.50** | **75.00** |',
    );
    expect(renderTable(hostileResult(HOSTILE), 'markdown')).not.toMatch(/(?<!\\)</);
  });
});

describe('csv', () => {
  const lines = renderTable(makeResult(), 'csv').trimEnd().split('\n');

  test('has a line for each cell with all areas, deviations and the number of seeds', () => {
    expect(lines[0]).toBe(
      'modality,corruption,method,level_percent,seeds,ap_percent,ap_sd,pr_auc_percent,pr_auc_sd,roc_auc_percent,roc_auc_sd',
    );
    expect(lines).toHaveLength(1 + (3 + 2) * 3 * LEVELS.length);
    expect(lines).toContain('visual,fog,dynamic,100,3,75.0000,0.4000,74.0000,0.4000,85.0000,0.4000');
    expect(lines).toContain('audio,average,concat,100,3,59.1667,0.4000,58.1667,0.4000,69.1667,0.4000');
  });

  test('leaves the deviation of one seed empty, and cells without a record out', () => {
    const result = makeResult({ seeds: [1] });
    result.records = result.records.filter(({ corruption, level }) => corruption !== 'white' || level === 0);
    const text = renderTable(result, 'csv');
    expect(text).toContain('visual,fog,dynamic,100,1,75.0000,,74.0000,,85.0000,\n');
    expect(text).not.toContain('audio,white,dynamic,100');
  });

  test('quotes names that need it', () => {
    const result = makeResult({ seeds: [1], levels: [0] });
    for (const record of result.records) if (record.method === 'concat') record.method = 'a,"b"';
    expect(renderTable(result, 'csv')).toContain('visual,fog,"a,""b""",0,1,');
  });
});

describe('html table', () => {
  const { tags, text } = parseHtml(renderTable(makeResult(), 'html'));
  const named = (name: string) => tags.filter((tag) => tag.name === name);

  test('has a row for each corruption and average, the methods side by side at each level', () => {
    expect(named('tbody')).toHaveLength(2);
    expect(named('td')).toHaveLength((3 + 2) * 3 * LEVELS.length);
    expect(named('th').filter(({ attributes }) => attributes.scope === 'row')).toHaveLength(3 + 2);
    expect(named('th').filter(({ attributes }) => attributes.colspan === '3')).toHaveLength(LEVELS.length);
  });

  test('shows the deviation, and one best method in every comparison that differs', () => {
    expect(text).toContain('75.00 ±0.40');
    // At level 0 all methods are equal; one more is in the caption.
    expect(named('strong')).toHaveLength((3 + 2) * (LEVELS.length - 1) + 1);
  });
});

describe('report page', () => {
  test('is well-formed, loads nothing and runs nothing', () => {
    const page = renderReport(hostileResult(HOSTILE));
    expect(page.startsWith('<!doctype html>\n<html lang="en">')).toBe(true);
    const { tags } = parseHtml(page);
    const names = new Set(tags.map(({ name }) => name));
    for (const name of ['script', 'link', 'img', 'iframe', 'a', 'use', 'image'])
      expect(names).not.toContain(name);
    for (const { attributes } of tags) {
      for (const name of Object.keys(attributes)) expect(name).not.toMatch(/^(src|href|on.*|style|xlink.*)$/);
    }
    expect(page).not.toMatch(/url\(|@import|https?:|\/\//);
    expect(page).toContain('&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;');
  });

  test('any text comes out as it went in, and only as text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (name) => {
        const result = makeResult({ seeds: [0], levels: [0], methods: ['concat'] });
        const plainTags = parseHtml(
          renderReport({ ...result, skipped: [{ video: 'v', code: 'C', message: 'm' }] }),
        ).tags;
        const { tags, text } = parseHtml(
          renderReport({ ...result, skipped: [{ video: name, code: 'C', message: 'm' }] }),
        );
        expect(tags.length).toBe(plainTags.length);
        expect(text).toContain(
          name.replace(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '\ufffd'),
        );
      }),
      { numRuns: 50 },
    );
  });

  test('has a plot for each corruption and for each average over several, with a point for each value, at the right height', () => {
    const { tags } = parseHtml(renderReport(makeResult()));
    const plots = tags.filter(({ name, attributes }) => name === 'svg' && attributes.role === 'img');
    expect(plots).toHaveLength(3 + 1);
    const circles = tags.filter(({ name, path }) => name === 'circle' && path.includes('figure'));
    expect(circles).toHaveLength((3 + 1) * LEVELS.length);
    // The scale runs from 20 to 90 over 190 pixels; concat starts at 80.
    const { cx, cy } = circles[0]!.attributes;
    expect(Number(cx)).toBe(40);
    expect(Number(cy)).toBeCloseTo(10 + (190 * (90 - 80)) / (90 - 20), 1);
    expect(tags.filter(({ attributes }) => attributes.class === 'sd')).toHaveLength(
      (3 + 1) * 3 * LEVELS.length,
    );
  });

  test('stays drawable at the ends: AP 1 everywhere, AP 0 everywhere, no frames at all', () => {
    for (const ap of [0, 1]) {
      const result = makeResult({ seeds: [0] });
      for (const record of result.records) record.ap = ap;
      Object.assign(result.dataset, { testFrames: ap, anomalousFrames: ap });
      const page = renderReport(result);
      expect(page).not.toMatch(/NaN|Infinity/);
      for (const { name, attributes } of parseHtml(page).tags) {
        if (name !== 'circle') continue;
        expect(Number(attributes.cy)).toBeGreaterThanOrEqual(6);
        expect(Number(attributes.cy)).toBeLessThanOrEqual(200);
      }
    }
  });

  test('holds the configuration, the software and the skipped videos', () => {
    const result = makeResult();
    result.skipped = [{ video: 'a/b.mp4', code: 'TRUNCATED', message: 'ends early' }];
    const { text } = parseHtml(renderReport(result));
    for (const part of [
      '"severity": 3',
      '@robusta/benchmark',
      'a/b.mp4',
      'TRUNCATED',
      'ends early',
      'ab'.repeat(32),
    ]) {
      expect(text).toContain(part);
    }
  });

  test('is the same for the same result', () => {
    expect(renderReport(makeResult())).toBe(renderReport(makeResult()));
  });
});

describe('refusals', () => {
  const failing = (code: string, message: RegExp) =>
    expect.objectContaining({ code, message: expect.stringMatching(message) });

  test('another format', () => {
    expect(() => renderTable(makeResult(), 'pdf' as never)).toThrow(failing('BAD_OPTION', /format/));
  });

  test.each([
    ['null', null, /result/],
    ['another version', { ...makeResult(), version: 2 }, /version/],
    [
      'AP in percent',
      { ...makeResult(), records: [{ ...makeResult().records[0], ap: 80 }] },
      /records\.0\.ap/,
    ],
  ])('%s is no result', (_, result, message) => {
    for (const render of [renderReport, (value: never) => renderTable(value, 'csv')]) {
      expect(() => render(result as never)).toThrow(failing('BAD_INPUT', message));
      expect(() => render(result as never)).toThrow(RobustaError);
    }
  });

  test('a result without records', () => {
    expect(() => renderTable({ ...makeResult(), records: [] }, 'text')).toThrow(
      failing('EMPTY_INPUT', /no records/),
    );
  });
});

import fc from 'fast-check';
import { parseCsv } from '../src/dataset/csv.js';

const fail = (line: number, problem: string): never => {
  throw new Error(`${line}: ${problem}`);
};

test('rows that are written as RFC 4180 says come back, with the lines that they begin on', () => {
  const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r\n', ' ', ';', 'é') });
  const row = fc.array(field, { minLength: 2, maxLength: 4 });
  fc.assert(
    fc.property(fc.array(row), fc.constantFrom('\n', '\r\n'), fc.boolean(), (rows, end, last) => {
      const quoted = rows.map((fields) => fields.map((text) => `"${text.replaceAll('"', '""')}"`).join(','));
      const text = quoted.join(end) + (last ? end : '');
      let line = 1;
      const expected = rows.map((fields) => {
        const begin = line;
        line += 1 + fields.join('').split('\n').length - 1;
        return { line: begin, fields };
      });
      expect(parseCsv(text, fail)).toEqual(expected);
    }),
    { numRuns: 300, seed: 1 },
  );
});

test('fields without quotes, empty ones, empty lines and a byte-order mark', () => {
  expect(parseCsv('\uFEFFa,b\n\n1,\r\n ,2\n,', fail)).toEqual([
    { line: 1, fields: ['a', 'b'] },
    { line: 3, fields: ['1', ''] },
    { line: 4, fields: [' ', '2'] },
    { line: 5, fields: ['', ''] },
  ]);
  expect(parseCsv('', fail)).toEqual([]);
});

test.each([
  ['a,b\n"1,2\n3', '2: a quote is not closed'],
  ['a,b\n"1"x,2', '2: text after a closing quote'],
  ['a,b\n"1\n2"x,2', '3: text after a closing quote'],
  ['a,b\n1"2,3', '2: a quote inside a field that does not begin with one'],
])('%j: %s', (text, message) => {
  expect(() => parseCsv(text, fail)).toThrow(message);
});

import { type Caption, sentences } from './caption.js';
import { plain } from './escape.js';
import { bestOf, has, type Row, rowsOf, shown, type Table } from './table.js';

const COLUMN_WIDTH = 8;
const CAPTION_WIDTH = 100;

/** The table for a terminal: a line for each row and method, about 80 columns wide. */
export function renderText(about: Caption, table: Table): string {
  const { columns, methods, groups, metric } = table;
  const isPublished = has(table, 'published');
  const isTested = has(table, 'differs');
  const columnWidth = Math.max(COLUMN_WIDTH, width(columns.map(({ label }) => label)) + 3);
  const names = groups.flatMap(({ name, rows }) => [name, ...rows.map((row) => row.name)]);
  const nameWidth = width([...names, 'average']) + 2;
  const methodWidth = width([...methods, 'method', ...(isPublished ? ['  published'] : [])]) + 1;
  const rule = '-'.repeat(nameWidth + methodWidth + columnWidth * columns.length);
  const marks = [
    '* marks the best method of a comparison.',
    ...(isTested ? ['+ differs from the first method.'] : []),
  ];
  const lines = [about.title, ...[...sentences(about), ...marks].flatMap((note) => wrap(plain(note)))];
  const blank = isTested ? '  ' : ' ';

  const block = ({ name, cells }: Row) => {
    const best = cells.map((column) => bestOf(column, metric));
    methods.forEach((method, m) => {
      const own = cells.map((column) => column[m]);
      const values = own.map((cell, c) => {
        const marks = `${best[c]![m] ? '*' : ''}${cell?.differs ? '+' : ''}`.padEnd(blank.length);
        return `${cell ? shown(cell[metric]) : '-'}${marks}`.padStart(columnWidth);
      });
      lines.push(pad(m === 0 ? name : '', nameWidth) + pad(method, methodWidth) + values.join(''));
      if (own.every((cell) => cell?.published === undefined)) return;
      const published = own.map((cell) =>
        `${cell?.published?.toFixed(2) ?? '-'}${blank}`.padStart(columnWidth),
      );
      lines.push(pad('', nameWidth) + pad('  published', methodWidth) + published.join(''));
    });
  };
  for (const group of groups) {
    const heads = columns.map(({ label }) => `${plain(label)}${blank}`.padStart(columnWidth)).join('');
    lines.push('', pad(group.name, nameWidth) + pad('method', methodWidth) + heads, rule);
    for (const row of rowsOf(group)) {
      if (row === group.average) lines.push(rule);
      block(row);
    }
  }
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

/** Lines of at most 100 columns, broken at spaces. */
export function wrap(text: string): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line !== '' && line.length + 1 + word.length > CAPTION_WIDTH) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}

/** Columns of a terminal that the longest of the texts takes. */
export function width(texts: string[]): number {
  return Math.max(...texts.map((text) => [...plain(text)].length));
}

/** Text from outside with spaces behind it. */
export function pad(text: string, columns: number): string {
  const clean = plain(text);
  return clean + ' '.repeat(Math.max(0, columns - [...clean].length));
}

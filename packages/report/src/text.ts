import type { Caption } from './caption.js';
import { plain } from './escape.js';
import { bestOf, type Row, rowsOf, type Summary, shown } from './summary.js';

const LEVEL_WIDTH = 8;
const CAPTION_WIDTH = 100;

/** The table for a terminal: a line for each corruption and method, about 80 columns wide. */
export function renderText({ title, dataset, protocol }: Caption, summary: Summary): string {
  const { levels, methods, groups } = summary;
  const names = groups.flatMap(({ modality, rows }) => [modality, ...rows.map(({ name }) => name)]);
  const nameWidth = width([...names, 'average']) + 2;
  const methodWidth = width([...methods, 'method']) + 1;
  const rule = '-'.repeat(nameWidth + methodWidth + LEVEL_WIDTH * levels.length);
  const notes = [dataset, protocol, '* marks the best method of a comparison.'];
  const lines = [title, ...notes.flatMap((note) => wrap(plain(note)))];

  const block = ({ name, cells }: Row) => {
    const best = cells.map(bestOf);
    methods.forEach((method, m) => {
      const values = cells.map((level, l) => {
        const cell = level[m];
        return `${cell ? shown(cell.ap) : '-'}${best[l]![m] ? '*' : ' '}`.padStart(LEVEL_WIDTH);
      });
      lines.push(pad(m === 0 ? name : '', nameWidth) + pad(method, methodWidth) + values.join(''));
    });
  };
  for (const group of groups) {
    const heads = levels.map((level) => `${level} % `.padStart(LEVEL_WIDTH)).join('');
    lines.push('', pad(group.modality, nameWidth) + pad('method', methodWidth) + heads, rule);
    for (const row of rowsOf(group)) {
      if (row === group.average) lines.push(rule);
      block(row);
    }
  }
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

function wrap(text: string): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line !== '' && line.length + 1 + word.length > CAPTION_WIDTH) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}

function width(texts: string[]): number {
  return Math.max(...texts.map((text) => [...plain(text)].length));
}

function pad(text: string, columns: number): string {
  const clean = plain(text);
  return clean + ' '.repeat(Math.max(0, columns - [...clean].length));
}

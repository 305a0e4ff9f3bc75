import { type Caption, sentences } from './caption.js';
import { escapeMarkdown } from './escape.js';
import { bestOf, type Cell, has, rowsOf, shown, type Table } from './table.js';

/**
 * The table as GitHub-flavored Markdown: a line for each row and method, the best in bold.
 * @param isWhole - with deviations, and what the paper has
 */
export function renderMarkdown(about: Caption, table: Table, isWhole = false): string {
  const { columns, methods, groups, metric } = table;
  const heads = ['modality', table.rowHead, 'method', ...columns.map(({ label }) => escapeMarkdown(label))];
  const lines = [
    `| ${heads.join(' | ')} |`,
    `| ${heads.map((_, i) => (i < 3 ? '---' : '---:')).join(' | ')} |`,
  ];
  const value = (cell: Cell, isBest: boolean) => {
    const { [metric]: area, differs } = cell;
    const number = isBest ? `**${shown(area)}**` : shown(area);
    const sd = isWhole && area.sd !== undefined ? ` ±${area.sd.toFixed(2)}` : '';
    return `${number}${sd}${differs ? ' †' : ''}`;
  };
  for (const group of groups) {
    for (const row of rowsOf(group)) {
      const { name, cells } = row;
      const best = cells.map((column) => bestOf(column, metric));
      const label = row === group.average ? `*${name}*` : escapeMarkdown(name);
      const line = (method: string, values: string[]) =>
        lines.push(`| ${[escapeMarkdown(group.name), label, method, ...values].join(' | ')} |`);
      methods.forEach((method, m) => {
        const own = cells.map((column) => column[m]);
        line(
          escapeMarkdown(method),
          own.map((cell, c) => (cell ? value(cell, best[c]![m]!) : '–')),
        );
        if (own.every((cell) => cell?.published === undefined)) return;
        line(
          `*${escapeMarkdown(method)}, published*`,
          own.map((cell) => cell?.published?.toFixed(2) ?? '–'),
        );
      });
    }
  }
  const notes = [
    ...sentences(about).map(escapeMarkdown),
    'Bold marks the best method of a comparison.',
    ...(has(table, 'differs') ? ['† differs from the first method.'] : []),
  ];
  return `**${about.title}**\n\n${notes.join(' ')}\n\n${lines.join('\n')}\n`;
}

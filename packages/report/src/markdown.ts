import type { Caption } from './caption.js';
import { escapeMarkdown } from './escape.js';
import { bestOf, rowsOf, type Summary, shown } from './summary.js';

/** The table as GitHub-flavored Markdown: a line for each corruption and method, the best in bold. */
export function renderMarkdown(
  { title, dataset, protocol }: Caption,
  { levels, methods, groups }: Summary,
): string {
  const heads = ['modality', 'corruption', 'method', ...levels.map((level) => `${level} %`)];
  const lines = [
    `| ${heads.join(' | ')} |`,
    `| ${heads.map((_, i) => (i < 3 ? '---' : '---:')).join(' | ')} |`,
  ];
  for (const group of groups) {
    for (const { name, cells } of rowsOf(group)) {
      const best = cells.map(bestOf);
      methods.forEach((method, m) => {
        const values = cells.map((level, l) => {
          const cell = level[m];
          if (!cell) return '–';
          return best[l]![m] ? `**${shown(cell.ap)}**` : shown(cell.ap);
        });
        const label = name === group.average.name ? `*${name}*` : escapeMarkdown(name);
        lines.push(`| ${[group.modality, label, escapeMarkdown(method), ...values].join(' | ')} |`);
      });
    }
  }
  const notes = `${escapeMarkdown(dataset)} ${escapeMarkdown(protocol)} Bold marks the best method of a comparison.`;
  return `**${title}**\n\n${notes}\n\n${lines.join('\n')}\n`;
}

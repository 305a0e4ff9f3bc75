import { type Caption, sentences } from './caption.js';
import { escapeLatex } from './escape.js';
import { bestOf, type Cell, has, type Row, rowsOf, shown, type Table } from './table.js';

/**
 * The table as a LaTeX float over the width of the page, for the packages `booktabs` and `graphicx`: a line for each
 * row, the methods side by side in each column as in the paper, below it what the paper has.
 */
export function renderLatex(about: Caption, table: Table, label: string): string {
  const { columns, methods, groups, metric } = table;
  const span = columns.map((_, c) => [2 + c * methods.length, 1 + (c + 1) * methods.length] as const);
  const heads = columns.map((column) => `\\multicolumn{${methods.length}}{c}{${escapeLatex(column.label)}}`);
  const rules = span.map(([from, to]) => `\\cmidrule(lr){${from}-${to}}`);
  const methodHeads = columns.flatMap(() => methods.map(escapeLatex));
  const lines = [line('', heads), rules.join(''), line(escapeLatex(table.rowHead), methodHeads)];
  for (const group of groups) {
    lines.push(
      '\\midrule',
      `\\multicolumn{${1 + columns.length * methods.length}}{l}{\\textit{${escapeLatex(group.name)}}} \\\\`,
    );
    for (const row of rowsOf(group)) {
      if (row === group.average) lines.push(`\\cmidrule{1-${1 + columns.length * methods.length}}`);
      lines.push(...renderRow(row, metric));
    }
  }
  const notes = [
    ...sentences(about).map(escapeLatex),
    'Bold marks the best method of a comparison.',
    ...(has(table, 'differs') ? ['$^{\\dagger}$ differs from the first method.'] : []),
  ];
  return `% needs \\usepackage{booktabs} and \\usepackage{graphicx}
\\begin{table*}
\\centering
\\caption{${escapeLatex(about.title)}. ${notes.join(' ')}}
\\label{${label}}
\\resizebox{\\textwidth}{!}{%
\\begin{tabular}{l*{${columns.length * methods.length}}{r}}
\\toprule
${lines.join('\n')}
\\bottomrule
\\end{tabular}}
\\end{table*}
`;
}

function renderRow({ name, cells }: Row, metric: Table['metric']): string[] {
  const values = cells.flatMap((column) => {
    const best = bestOf(column, metric);
    return column.map((cell, m) => (cell ? renderCell(cell, best[m]!, metric) : '--'));
  });
  const own = line(escapeLatex(name), values);
  if (cells.flat().every((cell) => cell?.published === undefined)) return [own];
  const published = cells.flat().map((cell) => small(cell?.published?.toFixed(2) ?? ''));
  return [own, line('\\quad\\textit{published}', published)];
}

function renderCell(cell: Cell, isBest: boolean, metric: Table['metric']): string {
  const { [metric]: area, differs } = cell;
  const number = isBest ? `\\textbf{${shown(area)}}` : shown(area);
  const mark = differs ? '$^{\\dagger}$' : '';
  return number + mark + (area.sd === undefined ? '' : small(`$\\pm$${area.sd.toFixed(2)}`));
}

function small(text: string): string {
  return text === '' ? '' : `{\\scriptsize ${text}}`;
}

function line(head: string, cells: readonly string[]): string {
  return `${[head, ...cells].join(' & ')} \\\\`;
}

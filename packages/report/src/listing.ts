import { escapeCsv, escapeHtml, escapeLatex, escapeMarkdown, plain } from './escape.js';
import { pad, width, wrap } from './text.js';

/** What all formats print of {@link Listing}. */
export type TableFormat = 'text' | 'markdown' | 'csv' | 'html' | 'latex' | 'json';

/** A column of a {@link Listing}. */
export interface Field {
  name: string;
  /** Digits behind the point; a column without is text. */
  digits?: number;
}

/** A table with one value in each cell. */
export interface Listing {
  id: string;
  title: string;
  notes: readonly string[];
  fields: readonly Field[];
  rows: readonly (readonly (string | number)[])[];
}

/** @returns text that ends with a line feed */
export function renderListing(listing: Listing, format: TableFormat): string {
  return RENDERERS[format](listing);
}

const RENDERERS: Record<TableFormat, (listing: Listing) => string> = {
  text({ title, notes, fields, rows }) {
    const cells = [
      fields.map(({ name }) => name),
      ...rows.map((row) => row.map((_, f) => cellOf(row, f, fields))),
    ];
    const widths = fields.map((_, f) => width(cells.map((row) => row[f]!)));
    const lines = cells.map((row) =>
      row
        .map((cell, f) =>
          fields[f]!.digits === undefined ? pad(cell, widths[f]!) : plain(cell).padStart(widths[f]!),
        )
        .join('  ')
        .trimEnd(),
    );
    const rule = '-'.repeat(widths.reduce((sum, size) => sum + size, 2 * (widths.length - 1)));
    return `${[title, ...notes.flatMap((note) => wrap(plain(note))), '', lines[0], rule, ...lines.slice(1)].join('\n')}\n`;
  },
  markdown({ title, notes, fields, rows }) {
    const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
    const lines = [
      line(fields.map(({ name }) => escapeMarkdown(name))),
      line(fields.map(({ digits }) => (digits === undefined ? '---' : '---:'))),
      ...rows.map((row) => line(row.map((_, f) => escapeMarkdown(cellOf(row, f, fields))))),
    ];
    const about = notes.length > 0 ? `${notes.map(escapeMarkdown).join(' ')}\n\n` : '';
    return `**${escapeMarkdown(title)}**\n\n${about}${lines.join('\n')}\n`;
  },
  csv({ fields, rows }) {
    const field = (value: string | number) =>
      typeof value === 'number' ? String(value) : escapeCsv(plain(value));
    const heads = fields.map(({ name }) => name.replaceAll(' ', '_'));
    return `${[heads, ...rows.map((row) => row.map(field))].map((row) => row.join(',')).join('\n')}\n`;
  },
  html({ title, notes, fields, rows }) {
    const heads = fields.map(
      ({ name, digits }) => `<th scope="col"${right(digits)}>${escapeHtml(name)}</th>`,
    );
    const lines = rows.map((row) => {
      const cells = row.map(
        (_, f) => `<td${right(fields[f]!.digits)}>${escapeHtml(cellOf(row, f, fields))}</td>`,
      );
      return `<tr>${cells.join('')}</tr>`;
    });
    return `<table class="listing">
<caption><span><strong>${escapeHtml(title)}.</strong> ${notes.map(escapeHtml).join(' ')}</span></caption>
<thead><tr>${heads.join('')}</tr></thead>
<tbody>
${lines.join('\n')}
</tbody>
</table>
`;
  },
  latex({ id, title, notes, fields, rows }) {
    const line = (cells: readonly string[]) => `${cells.join(' & ')} \\\\`;
    const lines = rows.map((row) => line(row.map((_, f) => escapeLatex(cellOf(row, f, fields)))));
    return `% needs \\usepackage{booktabs}
\\begin{table}
\\centering
\\caption{${[`${escapeLatex(title)}.`, ...notes.map(escapeLatex)].join(' ')}}
\\label{tab:${id}}
\\begin{tabular}{${fields.map(({ digits }) => (digits === undefined ? 'l' : 'r')).join('')}}
\\toprule
${line(fields.map(({ name }) => escapeLatex(name)))}
\\midrule
${lines.join('\n')}
\\bottomrule
\\end{tabular}
\\end{table}
`;
  },
  json({ id, title, notes, fields, rows }) {
    const named = rows.map((row) => Object.fromEntries(fields.map(({ name }, f) => [name, row[f]])));
    return `${JSON.stringify({ table: id, title, notes, rows: named }, null, 2)}\n`;
  },
};

function cellOf(row: readonly (string | number)[], index: number, fields: readonly Field[]): string {
  const value = row[index]!;
  return typeof value === 'number' ? value.toFixed(fields[index]!.digits) : value;
}

function right(digits: number | undefined): string {
  return digits === undefined ? '' : ' class="number"';
}

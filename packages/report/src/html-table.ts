import { type Caption, sentences } from './caption.js';
import { escapeHtml } from './escape.js';
import { bestOf, type Cell, has, type Row, rowsOf, shown, type Table } from './table.js';

/** The table as an HTML `table` element: a line for each row, the methods side by side in each column. */
export function renderHtmlTable(about: Caption, table: Table): string {
  const { columns, methods, groups } = table;
  const width = 1 + columns.length * methods.length;
  const columnHeads = columns.map(
    ({ label }) => `<th scope="colgroup" colspan="${methods.length}">${escapeHtml(label)}</th>`,
  );
  const methodHeads = columns.flatMap(() =>
    methods.map((method, m) => `<th scope="col"${edge(m)}>${escapeHtml(method)}</th>`),
  );
  const bodies = groups.map((group) => {
    const rows = rowsOf(group).map((row) => renderRow(row, row === group.average, table.metric));
    return `<tbody>
<tr class="group"><th scope="rowgroup" colspan="${width}">${escapeHtml(group.name)}</th></tr>
${rows.join('\n')}
</tbody>`;
  });
  const notes = [
    ...sentences(about).map(escapeHtml),
    'Bold marks the best method of a comparison.',
    ...(has(table, 'differs') ? ['† differs from the first method.'] : []),
  ];
  return `<table class="results">
<caption><span><strong>${escapeHtml(about.title)}.</strong> ${notes.join(' ')}</span></caption>
<colgroup><col></colgroup>
${columns.map(() => `<colgroup>${'<col>'.repeat(methods.length)}</colgroup>`).join('\n')}
<thead>
<tr><th scope="col" rowspan="2">${table.rowHead}</th>${columnHeads.join('')}</tr>
<tr>${methodHeads.join('')}</tr>
</thead>
${bodies.join('\n')}
</table>
`;
}

function renderRow({ name, cells }: Row, isAverage: boolean, metric: Table['metric']): string {
  const values = cells.flatMap((column) => {
    const best = bestOf(column, metric);
    return column.map((cell, m) => `<td${edge(m)}>${cell ? renderCell(cell, best[m]!, metric) : '–'}</td>`);
  });
  return `<tr${isAverage ? ' class="average"' : ''}><th scope="row">${escapeHtml(name)}</th>${values.join('')}</tr>`;
}

function renderCell(cell: Cell, isBest: boolean, metric: Table['metric']): string {
  const { [metric]: area, published, differs } = cell;
  const value = isBest ? `<strong>${shown(area)}</strong>` : shown(area);
  return [
    `${value}${differs ? '†' : ''}`,
    ...(area.sd === undefined ? [] : [`<small>±${area.sd.toFixed(2)}</small>`]),
    ...(published === undefined ? [] : [`<small class="paper">paper ${published.toFixed(2)}</small>`]),
  ].join(' ');
}

/** A line between the columns. */
function edge(method: number): string {
  return method === 0 ? ' class="edge"' : '';
}

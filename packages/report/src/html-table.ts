import type { Caption } from './caption.js';
import { escapeHtml } from './escape.js';
import { bestOf, type Cell, type Row, rowsOf, type Summary, shown } from './summary.js';

/** The table as an HTML `table` element: a row for each corruption, the methods side by side at each level. */
export function renderHtmlTable(about: Caption, { levels, methods, groups }: Summary): string {
  const columns = 1 + levels.length * methods.length;
  const levelHeads = levels.map(
    (level) => `<th scope="colgroup" colspan="${methods.length}">${level} %</th>`,
  );
  const methodHeads = levels.flatMap(() =>
    methods.map((method, m) => `<th scope="col"${edge(m)}>${escapeHtml(method)}</th>`),
  );
  const bodies = groups.map((group) => {
    const rows = rowsOf(group).map((row) => renderRow(row, row === group.average));
    return `<tbody>
<tr class="group"><th scope="rowgroup" colspan="${columns}">${group.modality}</th></tr>
${rows.join('\n')}
</tbody>`;
  });
  return `<table class="results">
<caption><span><strong>${escapeHtml(about.title)}.</strong> ${escapeHtml(about.dataset)} ${escapeHtml(about.protocol)} Bold marks the best method of a comparison.</span></caption>
<colgroup><col></colgroup>
${levels.map(() => `<colgroup>${'<col>'.repeat(methods.length)}</colgroup>`).join('\n')}
<thead>
<tr><th scope="col" rowspan="2">corruption</th>${levelHeads.join('')}</tr>
<tr>${methodHeads.join('')}</tr>
</thead>
${bodies.join('\n')}
</table>
`;
}

function renderRow({ name, cells }: Row, isAverage: boolean): string {
  const values = cells.flatMap((level) => {
    const best = bestOf(level);
    return level.map((cell, m) => `<td${edge(m)}>${cell ? renderCell(cell, best[m]!) : '–'}</td>`);
  });
  return `<tr${isAverage ? ' class="average"' : ''}><th scope="row">${escapeHtml(name)}</th>${values.join('')}</tr>`;
}

function renderCell({ ap }: Cell, isBest: boolean): string {
  const value = isBest ? `<strong>${shown(ap)}</strong>` : shown(ap);
  return ap.sd === undefined ? value : `${value} <small>±${ap.sd.toFixed(2)}</small>`;
}

/** A line between the levels. */
function edge(method: number): string {
  return method === 0 ? ' class="edge"' : '';
}

import type { Caption } from './caption.js';
import { bestOf, type Cell, has, type Row, rowsOf, type Table } from './table.js';

/** The table as JSON: the numbers unrounded, in percent, by row, column and method. */
export function renderJson(id: string, about: Caption, table: Table): string {
  const { columns, methods, groups, metric, seeds } = table;
  const rows = groups.flatMap((group) =>
    rowsOf(group).flatMap((row) => columns.flatMap((_, c) => cellsOf(group.name, row, c, table))),
  );
  const value = {
    table: id,
    title: about.title,
    notes: [about.dataset, about.protocol, ...(about.notes ?? [])].filter(Boolean),
    metric,
    columns: { [table.columnHead]: columns.map((column) => column.value) },
    methods,
    seeds,
    published: has(table, 'published'),
    cells: rows,
  };
  return `${JSON.stringify(value, null, 2)}\n`;
}

function cellsOf(group: string, { name, modality, cells }: Row, column: number, table: Table): object[] {
  const best = bestOf(cells[column]!, table.metric);
  return cells[column]!.flatMap((cell, m) =>
    cell
      ? [
          {
            group,
            modality,
            [table.rowHead]: name,
            [table.columnHead]: table.columns[column]!.value,
            method: table.methods[m],
            ...withDifference(cell, table.metric),
            best: best[m],
          },
        ]
      : [],
  );
}

function withDifference(cell: Cell, metric: Table['metric']): object {
  return cell.published === undefined ? cell : { ...cell, difference: cell[metric].mean - cell.published };
}

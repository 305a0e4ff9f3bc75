import { escapeCsv, plain } from './escape.js';
import { has, rowsOf, type Statistic, type Table } from './table.js';

/**
 * The numbers for other programs, a line for each row, method and column; averages over the rows of a modality are
 * lines of the row `average`.
 */
export function renderCsv(table: Table): string {
  const { columns, methods, groups } = table;
  const hasPrAuc = groups.flatMap(rowsOf).some(({ cells }) => cells.flat().some((cell) => cell?.prAuc));
  const isPublished = has(table, 'published');
  const isTested = has(table, 'differs');
  const heads = [
    ...['modality', table.rowHead, 'method', table.columnHead, 'seeds', 'ap_percent', 'ap_sd'],
    ...(hasPrAuc ? ['pr_auc_percent', 'pr_auc_sd'] : []),
    ...['roc_auc_percent', 'roc_auc_sd'],
    ...(isPublished ? ['published_percent', 'difference'] : []),
    ...(isTested ? ['differs_from_first'] : []),
  ];
  const lines = [heads.join(',')];
  for (const group of groups) {
    for (const { name, modality, cells } of rowsOf(group)) {
      methods.forEach((method, m) => {
        columns.forEach(({ value }, c) => {
          const cell = cells[c]![m];
          if (!cell) return;
          const { seeds, ap, prAuc, rocAuc, published, differs } = cell;
          const own = cell[table.metric].mean;
          const fields = [
            ...[modality, name, method, String(value)].map((text) => escapeCsv(plain(text))),
            seeds,
            ...numbers(ap),
            ...(hasPrAuc ? numbers(prAuc) : []),
            ...numbers(rocAuc),
            ...(isPublished
              ? [published?.toFixed(2) ?? '', published === undefined ? '' : (own - published).toFixed(4)]
              : []),
            ...(isTested ? [differs ?? ''] : []),
          ];
          lines.push(fields.join(','));
        });
      });
    }
  }
  return `${lines.join('\n')}\n`;
}

function numbers(statistic: Statistic | undefined): [string, string] {
  if (!statistic) return ['', ''];
  return [statistic.mean.toFixed(4), statistic.sd === undefined ? '' : statistic.sd.toFixed(4)];
}

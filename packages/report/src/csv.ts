import { escapeCsv, plain } from './escape.js';
import { rowsOf, type Statistic, type Summary } from './summary.js';

const COLUMNS = [
  'modality',
  'corruption',
  'method',
  'level_percent',
  'seeds',
  'ap_percent',
  'ap_sd',
  'pr_auc_percent',
  'pr_auc_sd',
  'roc_auc_percent',
  'roc_auc_sd',
];

/**
 * The numbers for other programs, a line for each corruption, method and level; averages over the
 * corruptions of a modality are lines of the corruption `average`.
 */
export function renderCsv({ levels, methods, groups }: Summary): string {
  const lines = [COLUMNS.join(',')];
  for (const group of groups) {
    for (const { name, cells } of rowsOf(group)) {
      methods.forEach((method, m) => {
        levels.forEach((level, l) => {
          const cell = cells[l]![m];
          if (!cell) return;
          const { seeds, ap, prAuc, rocAuc } = cell;
          const labels = [group.modality, name, method].map((text) => escapeCsv(plain(text)));
          lines.push(
            [...labels, level, seeds, ...numbers(ap), ...numbers(prAuc), ...numbers(rocAuc)].join(','),
          );
        });
      });
    }
  }
  return `${lines.join('\n')}\n`;
}

function numbers({ mean, sd }: Statistic): [string, string] {
  return [mean.toFixed(4), sd === undefined ? '' : sd.toFixed(4)];
}

import { type BenchmarkResult, parseOptions, RobustaError } from '@robusta/core';
import { z } from 'zod';
import { baseRate } from './caption.js';
import { CURVE_ROWS, curveContent, curveGroups } from './curve-plot.js';
import { Drawing } from './drawing.js';
import { weightRows } from './listings.js';
import { commonScale, plotContent } from './plot.js';
import { checkResults } from './render.js';
import { distinct, rowsOf, type Table } from './table.js';
import { tableData } from './table-data.js';
import { WEIGHT_WIDTH, weightContent, weightHeight } from './weight-plot.js';

/**
 * Figures that a result holds: `4` (weighting schemes against the level) and `5` (scores over time) of the paper, AP
 * by `severity`, `weights` of the modalities. Figure 3 is made of pictures: `renderExamples`.
 */
export const FIGURES = ['4', '5', 'severity', 'weights'] as const;

/** See {@link FIGURES}. */
export type FigureName = (typeof FIGURES)[number];

/** The methods of the paper's figure 5. */
const FIGURE_5 = ['concat', 'dynamic'];

/**
 * A figure as an SVG image that stands alone and loads nothing.
 * @param result - a finished benchmark
 * @throws BAD_OPTION for another figure; BAD_INPUT if it is no result; EMPTY_INPUT if it has nothing for the figure
 */
export function renderFigure(result: BenchmarkResult, figure: FigureName): string {
  const chosen = parseOptions(z.enum(FIGURES), figure, 'renderFigure: figure');
  const svg = drawFigure(checkResults(result)[0], chosen);
  if (svg !== undefined) return svg;
  throw new RobustaError('EMPTY_INPUT', `the result has nothing for figure ${chosen}`, {
    hint: HINTS[chosen],
  });
}

/** A figure of a checked result; undefined if it has nothing for it. */
export function drawFigure(result: BenchmarkResult, figure: FigureName): string | undefined {
  return DRAW[figure](result);
}

/** The figures that a result has numbers for, in the order of {@link FIGURES}. */
export function availableFigures(result: BenchmarkResult): FigureName[] {
  const [checked] = checkResults(result);
  return FIGURES.filter((figure) => drawFigure(checked, figure) !== undefined);
}

const HINTS: Record<FigureName, string> = {
  4: 'run rows of table1',
  5: 'run it again with a version that keeps curves of some test videos',
  severity: 'run several severities',
  weights: 'run the method dynamic',
};

const DRAW: Record<FigureName, (result: BenchmarkResult) => string | undefined> = {
  4: (result) => {
    const table = tableData([result], 'I');
    if (!table) return undefined;
    const rows = table.groups.flatMap(({ rows }) => rows);
    const known = rows.filter(({ name }) => CURVE_ROWS.includes(name));
    const names = (known.length > 0 ? known : rows.slice(0, 3)).map(({ name }) => name);
    return drawTable(
      withoutPadding(table),
      names,
      result,
      'Weighting schemes against the share of corrupted videos',
    );
  },
  5: ({ curves = [] }) => {
    const groups = curveGroups(curves);
    if (groups.length === 0) return undefined;
    const all = distinct(groups.flatMap((group) => group.curves.map(({ method }) => method)));
    const methods = FIGURE_5.every((method) => all.includes(method)) ? FIGURE_5 : all;
    const drawing = new Drawing();
    drawing.panels(
      groups.map((group) => ({
        title: `${short(group.video, 46 - group.corruption.length)}: ${group.corruption}`,
        content: curveContent(group, methods),
      })),
    );
    drawing.legend(methods, 'curve', [
      {
        mark: '<path class="curve clean" d="M0 6L36 6" stroke="#59636e"/>',
        name: 'dotted: clean, solid: corrupted',
      },
      { mark: '<rect class="truth" width="36" height="12"/>', name: 'annotated anomaly' },
    ]);
    return drawing.toSvg('Scores over time, clean and corrupted');
  },
  severity: (result) => {
    const table = tableData([result], 'severity');
    if (!table) return undefined;
    const names = table.groups.flatMap(({ rows }) => rows.map(({ name }) => name));
    return drawTable(withoutPadding(table), names, result, 'AP against the severity');
  },
  weights: (result) => {
    const rows = weightRows(result);
    if (rows.length === 0) return undefined;
    const drawing = new Drawing(WEIGHT_WIDTH);
    drawing.add(weightContent(rows), weightHeight(rows));
    return drawing.toSvg('Weights of the modalities, clean and corrupted');
  },
};

function drawTable(
  table: Table,
  names: readonly string[],
  { dataset }: BenchmarkResult,
  label: string,
): string {
  const rows = table.groups.flatMap(rowsOf).filter(({ name }) => names.includes(name));
  const rate = baseRate(dataset);
  const scale = commonScale(rows, rate);
  const drawing = new Drawing();
  drawing.panels(
    rows.map((row) => ({
      title: `${row.name} (${row.modality}), AP (%)`,
      content: plotContent(row, table, scale, rate),
    })),
  );
  drawing.legend(
    table.methods,
    'line',
    rate === undefined
      ? []
      : [{ mark: '<line class="base" x1="0" x2="36" y1="6" y2="6"/>', name: 'base rate' }],
  );
  return drawing.toSvg(label);
}

/** The paper's figure has three schemes; zero padding is an ablation of its own. */
function withoutPadding(table: Table): Table {
  const kept = table.methods.map((method) => method !== 'padding');
  const keep = <T>(values: readonly T[]) => values.filter((_, m) => kept[m]);
  return {
    ...table,
    methods: keep(table.methods),
    groups: table.groups.map((group) => ({
      ...group,
      rows: group.rows.map((row) => ({ ...row, cells: row.cells.map(keep) })),
    })),
  };
}

function short(name: string, most: number): string {
  const letters = [...name];
  return letters.length > most ? `${letters.slice(0, most - 1).join('')}…` : name;
}

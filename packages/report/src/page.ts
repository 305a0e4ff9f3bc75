import type { BenchmarkResult, Costs } from '@robusta/core';
import { baseRate } from './caption.js';
import { costsListing } from './costs.js';
import { curveContent, curveGroups } from './curve-plot.js';
import { escapeHtml } from './escape.js';
import { type Example, renderExamples } from './examples.js';
import { renderListing } from './listing.js';
import { weightRows } from './listings.js';
import { wrapPanel } from './panel.js';
import { commonScale, renderLegend, renderPlot } from './plot.js';
import { STYLE } from './style.js';
import { distinct, rowsOf, type Table } from './table.js';
import { tableData } from './table-data.js';
import { WEIGHT_WIDTH, weightContent, weightHeight } from './weight-plot.js';

/** What a page can show beside its result. */
export interface PageParts {
  /** Of each stage. Left out by `robusta benchmark`, whose files are the same on every machine. */
  costs?: Costs;
  /** Pictures for figure 3. */
  examples?: readonly Example[];
}

/** A finished table of the page. */
export interface PageTable {
  name: string;
  html: string;
}

/** Headings of the tables, in the order of the page. */
const HEADINGS: Record<string, string> = {
  I: 'Average precision',
  II: 'One modality alone (Table II)',
  III: 'Backbones under mixed corruptions (Table III)',
  IV: 'Zero-shot on other datasets (Table IV)',
  V: 'Projection, padding, concatenation (Table V)',
  severity: 'By severity',
  significance: 'Significance',
  weights: 'Weights of the modalities',
  detection: 'Detection of corruptions',
  costs: 'Cost of each stage',
};

/** The whole report; see `renderReport`. */
export function renderPage(
  result: BenchmarkResult,
  summary: Table,
  tables: readonly PageTable[],
  { costs, examples }: PageParts,
): string {
  const { run, dataset, configuration, software } = result;
  const images = examples ? ' img-src data:;' : '';
  const sections = tables.map(({ name, html }) => {
    const section = renderTableSection(name, html);
    const plots = PLOTS[name]?.(result, summary);
    return plots === undefined ? section : `${section}\n${plots}`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none';${images} style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>robusta: ${escapeHtml(run)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Robustness of audio-visual anomaly detection</h1>
<p class="quiet">Run ${escapeHtml(run)} on dataset ${escapeHtml(dataset.name)}</p>
${[...sections, ...renderCurves(result), ...renderOthers(costs, examples)].join('\n')}

<h2>Dataset</h2>
${facts([
  ['name', dataset.name],
  ['training videos', String(dataset.trainVideos)],
  ['test videos', String(dataset.testVideos)],
  ['test frames', String(dataset.testFrames)],
  ['anomalous test frames', String(dataset.anomalousFrames)],
  ['SHA-256', dataset.sha256],
])}

<h2>Configuration</h2>
<pre>${JSON.stringify(configuration, null, 2).split('\n').map(escapeHtml).join('\n')}</pre>

<h2>Software</h2>
${facts(Object.entries(software))}

<h2>Skipped videos</h2>
${renderSkipped(result)}
</main>
</body>
</html>
`;
}

function renderTableSection(name: string, html: string): string {
  return `
<h2 id="table-${name}">${HEADINGS[name]}</h2>
<div class="scroll" role="region" aria-labelledby="table-${name}" tabindex="0">
${html}</div>`;
}

/** Plots that follow a table. */
const PLOTS: Record<string, (result: BenchmarkResult, summary: Table) => string> = {
  I: (result, summary) => `
<h2>Against the share of corrupted videos</h2>
${renderPlots(result, summary)}`,
  severity: (result) => renderPlots(result, tableData([result], 'severity')!),
  weights: (result) => {
    const rows = weightRows(result);
    return `<figure class="wide"><svg viewBox="0 0 ${WEIGHT_WIDTH} ${weightHeight(rows)}" role="img" aria-label="Weights of the modalities, clean and corrupted">
${weightContent(rows)}
</svg></figure>`;
  },
};

function renderPlots({ dataset }: BenchmarkResult, table: Table): string {
  const rate = baseRate(dataset);
  const scale = commonScale(table.groups.flatMap(rowsOf), rate);
  const figures = table.groups.flatMap((group) =>
    // The average over one row would be the same plot again.
    (group.rows.length > 1 ? rowsOf(group) : group.rows).map(
      (row) =>
        `<figure>\n${renderPlot(row, table, scale, rate)}\n<figcaption>${escapeHtml(`${row.name} (${group.name})`)}</figcaption>\n</figure>`,
    ),
  );
  const bars = table.seeds.length > 1 ? '; bars span one standard deviation over seeds each way' : '';
  return `<p class="quiet">AP (%), the same scale in all plots${bars}.</p>
${renderLegend(table.methods, true)}
<div class="plots">
${figures.join('\n')}
</div>`;
}

function renderCurves({ curves = [] }: BenchmarkResult): string[] {
  const groups = curveGroups(curves);
  if (groups.length === 0) return [];
  const methods = distinct(groups.flatMap((group) => group.curves.map(({ method }) => method)));
  const figures = groups.map((group) => {
    const name = `${group.video}: ${group.corruption}`;
    return `<figure>\n${wrapPanel(curveContent(group, methods), `Scores over time: ${name}`)}\n<figcaption>${escapeHtml(name)}</figcaption>\n</figure>`;
  });
  return [
    `
<h2>Scores over time (figure 5)</h2>
<p class="quiet">Dotted: clean; solid: corrupted; shaded: annotated anomalies. Seed ${groups[0]!.curves[0]!.seed}.</p>
${renderLegend(methods, false)}
<div class="plots">
${figures.join('\n')}
</div>`,
  ];
}

function renderOthers(costs: Costs | undefined, examples: readonly Example[] | undefined): string[] {
  return [
    ...(examples ? [renderPictures(examples)] : []),
    ...(costs ? [renderTableSection('costs', renderListing(costsListing(costs), 'html'))] : []),
  ];
}

/** As an image of its own, so that its style stays there. */
function renderPictures(examples: readonly Example[]): string {
  const address = `data:image/svg+xml;base64,${Buffer.from(renderExamples(examples)).toString('base64')}`;
  return `
<h2>Examples (figure 3)</h2>
<div class="scroll"><img class="examples" src="${address}" alt="${escapeHtml(examples.map(({ caption }) => caption).join(', '))}"></div>`;
}

function renderSkipped({ skipped }: BenchmarkResult): string {
  if (skipped.length === 0) return '<p>None.</p>';
  const rows = skipped.map(
    ({ video, code, message }) =>
      `<tr><td>${escapeHtml(video)}</td><td>${escapeHtml(code)}</td><td>${escapeHtml(message)}</td></tr>`,
  );
  return `<table class="facts">
<thead><tr><th scope="col">video</th><th scope="col">code</th><th scope="col">reason</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>`;
}

function facts(pairs: [string, string][]): string {
  if (pairs.length === 0) return '<p>None recorded.</p>';
  const rows = pairs.map(
    ([name, value]) => `<tr><th scope="row">${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`,
  );
  return `<table class="facts">
<tbody>
${rows.join('\n')}
</tbody>
</table>`;
}

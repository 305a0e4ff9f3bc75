import type { BenchmarkResult } from '@robusta/core';
import { baseRate, type Caption } from './caption.js';
import { escapeHtml } from './escape.js';
import { renderHtmlTable } from './html-table.js';
import { commonScale, renderLegend, renderPlot } from './plot.js';
import { STYLE } from './style.js';
import { rowsOf, type Summary } from './summary.js';

/** The whole report; see `renderReport`. */
export function renderPage(result: BenchmarkResult, about: Caption, summary: Summary): string {
  const { run, dataset, configuration, software } = result;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>robusta: ${escapeHtml(run)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Robustness of audio-visual anomaly detection</h1>
<p class="quiet">Run ${escapeHtml(run)} on dataset ${escapeHtml(dataset.name)}</p>

<h2 id="table">Average precision</h2>
<div class="scroll" role="region" aria-labelledby="table" tabindex="0">
${renderHtmlTable(about, summary)}</div>

<h2>Against the share of corrupted videos</h2>
${renderPlots(result, summary)}

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

function renderPlots({ dataset }: BenchmarkResult, summary: Summary): string {
  const rate = baseRate(dataset);
  const scale = commonScale(summary.groups.flatMap(rowsOf), rate);
  const figures = summary.groups.flatMap((group) =>
    // The average over one corruption would be the same plot again.
    (group.rows.length > 1 ? rowsOf(group) : group.rows).map(
      (row) =>
        `<figure>\n${renderPlot(row, summary, scale, rate)}\n<figcaption>${escapeHtml(row.name)} (${group.modality})</figcaption>\n</figure>`,
    ),
  );
  const bars = summary.seeds.length > 1 ? '; bars span one standard deviation over seeds each way' : '';
  return `<p class="quiet">AP (%), the same scale in all plots${bars}.</p>
${renderLegend(summary)}
<div class="plots">
${figures.join('\n')}
</div>`;
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

/** What lines of plots look like whatever their colors. */
const LINES = `
.base { stroke-dasharray: 2 3; }
.line { fill: none; stroke-width: 2; }
.curve { fill: none; stroke-width: 1.6; }
.clean { stroke-dasharray: 2 3; }
.sd { stroke-width: 1; }
.range { stroke-width: 2; }
.m1 .line { stroke-dasharray: 7 3; } .m2 .line { stroke-dasharray: none; stroke-width: 2.5; } .m3 .line { stroke-dasharray: 2 2; }
.m0 .line { stroke-dasharray: 10 3 2 3; }
`;

const LIGHT = ['#0b62b5', '#b45309', '#15803d', '#9333ea'];

/** The style of a figure that stands alone: on white, without variables, which not every program knows. */
export const FIGURE_STYLE = `text { font: 11px sans-serif; fill: #59636e; }
.title { font-size: 13px; fill: #1b1f24; }
.grid { stroke: #d3d9df; }
.base { stroke: #59636e; }
.truth { fill: #f8d2d2; }
${LIGHT.map((color, m) => `.m${m} { stroke: ${color}; fill: ${color}; }`).join(' ')}${LINES}`;

/** The style sheet of the report: system fonts, two color schemes, nothing loaded. */
export const STYLE = `
:root { color-scheme: light dark; --text: #1b1f24; --quiet: #59636e; --back: #fff; --band: #f3f5f7; --rule: #d3d9df;
  --truth: #f8d2d2; ${LIGHT.map((color, m) => `--m${m}: ${color};`).join(' ')} }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6e9ec; --quiet: #9aa5b1; --back: #14181c; --band: #1e242a; --rule: #38414a;
    --truth: #5a2a2e; --m0: #6cb2f7; --m1: #f2a65a; --m2: #6fd08c; --m3: #c99bf5; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1280px; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.15rem; margin: 2.5rem 0 0.75rem; }
p { margin: 0.4rem 0; max-width: 75ch; }
.quiet, caption, figcaption, small { color: var(--quiet); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: 0.6rem; }
caption span { display: block; position: sticky; left: 0; max-width: min(95ch, calc(100vw - 2.5rem)); }
th, td { padding: 0.25rem 0.6rem; text-align: left; vertical-align: top; }
.results { font-size: 13px; }
.results th, .results td { padding: 0.25rem 0.3rem; }
.results thead tr + tr th { font-size: 11px; font-weight: normal; color: var(--quiet); }
.results td, .results thead th { text-align: right; }
.results thead th[colspan] { text-align: center; }
.results thead th:first-child[rowspan], .results tbody th { text-align: left; white-space: nowrap; }
.results tbody th[scope="row"], .results thead th[rowspan] { position: sticky; left: 0; background: var(--back); }
.results tbody th[scope="row"] { font-weight: normal; }
.results small { display: block; font-size: 11px; }
.results .edge, .results thead th[colspan] { border-left: 1px solid var(--rule); }
.results tbody tr, .facts tr { border-top: 1px solid var(--rule); }
.listing { font-size: 13px; }
.listing tbody tr { border-top: 1px solid var(--rule); }
.listing .number { text-align: right; }
.paper { white-space: nowrap; }
.wide { max-width: 760px; margin-bottom: 1rem; }
.examples { display: block; max-width: 100%; height: auto; }
.group th { background: var(--band); text-transform: capitalize; }
.average, .results .average th[scope="row"] { background: var(--band); }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(320px, 100%), 1fr)); gap: 1.25rem; }
figure { margin: 0; max-width: 480px; }
figcaption { padding-left: 2.5rem; }
svg { width: 100%; height: auto; display: block; }
svg text { font-size: 11px; fill: var(--quiet); }
.grid { stroke: var(--rule); }
.base { stroke: var(--quiet); }
.truth { fill: var(--truth); }
.method { stroke: var(--c); fill: var(--c); }
.m0 { --c: var(--m0); } .m1 { --c: var(--m1); } .m2 { --c: var(--m2); } .m3 { --c: var(--m3); }
${LINES}
.legend { display: flex; flex-wrap: wrap; gap: 0.4rem 1.5rem; list-style: none; margin: 0 0 1rem; padding: 0; }
.legend li { display: flex; align-items: center; gap: 0.5rem; }
.key { width: 36px; height: 12px; }
pre { background: var(--band); padding: 0.8rem 1rem; overflow-x: auto; font-size: 13px; line-height: 1.45; }
.facts th { font-weight: normal; color: var(--quiet); white-space: nowrap; }
.facts td { overflow-wrap: anywhere; }
`;

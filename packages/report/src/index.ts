export { renderDetection } from './detection.js';
export { type Example, renderExamples } from './examples.js';
export { availableFigures, FIGURES, type FigureName, renderFigure } from './figures.js';
export type { TableFormat } from './listing.js';
export type { PageParts } from './page.js';
export { PUBLISHED, type Published, type PublishedRow, type PublishedTable } from './published-numbers.js';
export {
  availableTables,
  renderCosts,
  renderReport,
  renderTable,
  TABLE_FORMATS,
  TABLES,
  type TableName,
  type TableOptions,
} from './render.js';
export { type ReportFiles, writeAll, writeReport } from './write.js';

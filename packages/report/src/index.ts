export { renderDetection } from './detection.js';
export { renderReport, renderTable, type TableFormat } from './render.js';
export { type ReportFiles, writeReport } from './write.js';

export { EXIT } from './exit.js';
export { type Context, main } from './main.js';
export type { Terminal } from './terminal.js';

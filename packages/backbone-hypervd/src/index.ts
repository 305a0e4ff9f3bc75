export { hypervd, toOfficial } from './hypervd.js';
export { type HypervdOptions, HypervdOptionsSchema } from './options.js';

export { type RtfmOptions, RtfmOptionsSchema } from './options.js';
export { rtfm, toOfficial } from './rtfm.js';

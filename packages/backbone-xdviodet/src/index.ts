export { type XdviodetOptions, XdviodetOptionsSchema } from './options.js';
export { toOfficial, xdviodet } from './xdviodet.js';

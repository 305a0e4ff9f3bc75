import { SEVERITY } from '@robusta/corruptions-audio';
import { bitErrorSeverity } from './bit-error/options.js';
import { packetErrorSeverity } from './bitrate/options.js';

/** The severity tables of what needs a codec: `CODEC_SEVERITY[name][severity]`; `bitrate-bit-error` is that mode of it. */
export const CODEC_SEVERITY = {
  'bit-error': bitErrorSeverity,
  bitrate: SEVERITY.bitrate,
  'bitrate-bit-error': packetErrorSeverity,
} as const;

import './polyfill.js';

import * as constants from 'node-av/constants';
import * as av from 'node-av/lib';

/** FFmpeg's own log goes to stderr of the whole process; what matters is thrown as an error instead. */
av.Log.setLevel(constants.AV_LOG_QUIET);

/** The one door to FFmpeg: everything else in this package takes it from here, after the polyfill. */
export { av, constants };

/** A fraction of FFmpeg: time bases and frame rates. */
export interface Rational {
  num: number;
  den: number;
}

/** Seconds of a timestamp, or undefined where FFmpeg has none. */
export function seconds(timestamp: bigint, timeBase: Rational): number | undefined {
  if (timestamp === constants.AV_NOPTS_VALUE) return undefined;
  return (Number(timestamp) * timeBase.num) / timeBase.den;
}

/** Versions of FFmpeg and of those of its libraries that results depend on. */
export function ffmpegVersion(): string {
  const { version, libraries } = av.getFFmpegInfo();
  return `${version} (avcodec ${libraries.avcodec}, avformat ${libraries.avformat})`;
}

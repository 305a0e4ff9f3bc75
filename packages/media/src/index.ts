export { createFpsRule, type FpsRule, selectFrames } from './fps-rule.js';
export type { AudioOptions, FramesOptions } from './options.js';
export { type AudioInfo, type MediaInfo, probe, type VideoInfo } from './probe.js';
export { readAudio, streamAudio } from './read-audio.js';
export { readFrames } from './read-frames.js';
export { resampleAudio } from './resample-audio.js';
export { type WriteOptions, writeMedia } from './write-media.js';

export {
  type CorruptingPass,
  corruptAudioStream,
  createAudioCorruption,
  type StreamingCorruption,
} from './audio-stream.js';
export type { BitrateParameters } from './bitrate.js';
export {
  type AudioCorruptionOptions,
  type AudioReport,
  type CommonAudioOptions,
  corruptAudio,
  corruptAudioWithReport,
} from './corrupt-audio.js';
export type { AudioFormat, LevelPass } from './definition.js';
export type { AudioLevel } from './level.js';
export {
  AUDIO_ALIASES,
  AUDIO_CORRUPTIONS,
  type AudioAlias,
  type AudioCorruption,
  audioCorruptionName,
} from './names.js';
export { SEVERITY } from './registry.js';

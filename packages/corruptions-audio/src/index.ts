export {
  type AudioCorruptionOptions,
  type AudioReport,
  type CommonAudioOptions,
  corruptAudio,
  corruptAudioWithReport,
} from './corrupt-audio.js';
export {
  AUDIO_ALIASES,
  AUDIO_CORRUPTIONS,
  type AudioAlias,
  type AudioCorruption,
} from './names.js';
export { SEVERITY } from './registry.js';

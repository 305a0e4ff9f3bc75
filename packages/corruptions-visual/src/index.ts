export {
  type ClipCorruption,
  type ClipCorruptionName,
  type ClipCorruptionOptions,
  type ClipCorruptionParameters,
  type ClipStream,
  createClipCorruption,
} from './clip-corruption.js';
export {
  type CommonFrameOptions,
  createFrameCorruption,
  type FrameCorruption,
  type FrameCorruptionOptions,
  type FrameCorruptionParameters,
} from './frame-corruption.js';
export { motionBlurKernel, motionBlurOffsets } from './motion-taps.js';
export {
  VISUAL_ALIASES,
  VISUAL_CORRUPTIONS,
  type VisualAlias,
  type VisualCorruption,
} from './names.js';
export { type HeightMap, plasmaMap } from './plasma.js';
export { SEVERITY } from './registry.js';

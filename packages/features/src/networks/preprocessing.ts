import type { ModelKind } from '../model/kinds.js';
import type { ModelMetadata } from '../model/metadata.js';

/** How each network's input is made where its weights were trained, or as the published extractors do it. */
export const PREPROCESSING: Readonly<Record<ModelKind, ModelMetadata['preprocessing']>> = {
  'i3d-resnet50': {
    color: 'rgb',
    resize: 'short side 256, bilinear',
    crop: 224,
    mean: 114.75,
    scale: 57.375,
  },
  'i3d-inception': {
    color: 'rgb',
    resize: '340x256, lanczos3',
    crop: 224,
    mean: 127.5,
    scale: 127.5,
  },
  vggish: {
    sampleRate: 16000,
    input: 'ln(mel + 0.01), 96 frames of 64 bands',
    activation: 'none',
  },
};

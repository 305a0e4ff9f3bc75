export type {
  Backbone,
  BackboneConfig,
  BackboneDefaults,
  BackboneModel,
  BackboneOutput,
  ForwardOptions,
  OfficialArray,
} from './backbone.js';
export { checkWeights, type ParameterSpec, toTensors, type WeightArray, type WeightMap, type Weights } from './weights.js';

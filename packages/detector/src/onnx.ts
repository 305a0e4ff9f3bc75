import { RobustaError } from '@robusta/core';
import { prefixMask, type TensorSpec, trace } from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';
import { modalities } from './data.js';
import { featureSpec, type ScoreKind, type ScoringModel, scoresOf } from './scoring.js';

const kindsOf = ({ network: { fusion, shape } }: ScoringModel): ScoreKind[] =>
  fusion === 'concat' ? ['joint'] : modalities.filter((modality) => shape[modality]);

/** Name of the graph and its outputs, and what the file says about itself. */
const namesOf = (model: ScoringModel, snippets: string) => ({
  name: 'robusta-detector',
  outputNames: kindsOf(model).map((kind) => `${kind}_score`),
  metadata: { format: 'robusta-detector', fusion: model.network.fusion, snippets },
});

const presentIn = ({ network: { shape } }: ScoringModel) => modalities.filter((modality) => shape[modality]);

/**
 * A graph that serves any number of snippets. Inputs: `visual` `[T, crops, D]` and `audio` `[T, 1, D]` as the
 * extractors give them, unscaled; apart from joined features the two may differ in length. Outputs: scores `[T]`, crops
 * averaged (`visual_score`, `audio_score`, `joint_score`).
 * @throws NOT_DYNAMIC for a backbone whose graph depends on the number of snippets
 */
export function exportOnnx(model: ScoringModel): Uint8Array {
  const present = presentIn(model);
  const dimension =
    model.network.fusion === 'concat' ? () => 'snippets' : (name: string) => `${name}_snippets`;
  const specs = present.map((modality) => featureSpec(model.network.shape, modality, dimension(modality)));
  const fn = (inputs: tf.Tensor[]) => {
    const raw = Object.fromEntries(present.map((modality, i) => [modality, inputs[i]!]));
    return kindsOf(model).map((kind) => {
      const first = kind === 'joint' ? inputs[0]! : raw[kind]!;
      return scoresOf(model, kind, raw, tf.ones([first.shape[0]!]));
    });
  };
  return trace(fn, specs, namesOf(model, 'any')).toBytes();
}

/**
 * A graph of one length, for up to that many snippets. It takes for each kind the number of valid snippets besides,
 * int32 `[1]` (`visual_length`, `audio_length`; `length` for joined features); scores past them mean nothing.
 */
export function exportFixedOnnx(model: ScoringModel, snippets: number): Uint8Array {
  const present = presentIn(model);
  const kinds = kindsOf(model);
  const specs: TensorSpec[] = [
    ...present.map((modality) => featureSpec(model.network.shape, modality, snippets)),
    ...kinds.map((kind): TensorSpec => {
      return { name: kind === 'joint' ? 'length' : `${kind}_length`, shape: [1], dtype: 'int32' };
    }),
  ];
  const fn = (inputs: tf.Tensor[]) => {
    const raw = Object.fromEntries(present.map((modality, i) => [modality, inputs[i]!]));
    return kinds.map((kind, i) => {
      const mask = tf.reshape(prefixMask(inputs[present.length + i]!, snippets), [snippets]);
      return scoresOf(model, kind, raw, mask);
    });
  };
  return trace(fn, specs, namesOf(model, String(snippets))).toBytes();
}

/** The graph for any number of snippets, or where the backbone does not allow it, for up to `snippets`. */
export function exportForFile(model: ScoringModel, snippets: number): Uint8Array {
  try {
    return exportOnnx(model);
  } catch (error) {
    if (!RobustaError.isInstance(error) || error.code !== 'NOT_DYNAMIC') throw error;
    return exportFixedOnnx(model, snippets);
  }
}

import type { Engine } from '@robusta/tfjs-onnx';
import { requireClose, requireFinite, requireThat } from '../require.js';
import { evaluate } from '../run-pass.js';
import { batchOf, build, type Check, lively, type Subject } from '../subject.js';

/** Logits of the online branch, of a sequence of one row. */
function onlineOf(subject: Subject) {
  const model = build(subject);
  const { online } = model;
  if (!online) return undefined;
  const weights = lively(model, subject.seed);
  const names = Object.keys(weights);
  const dim = model.inputDim;
  const logits = async (x: Float32Array, valid = x.length / dim, engine: Engine = 'wasm') => {
    const length = x.length / dim;
    const mask = new Float32Array(length).fill(1, 0, valid);
    let shape: readonly number[] = [];
    const [values] = await evaluate(
      engine,
      ([features, given, ...tensors]) => {
        const map = Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
        const result = online.forward(map, features!, given!);
        shape = result.shape;
        return [result];
      },
      [
        { shape: [1, length, dim], data: x },
        { shape: [1, length], data: mask },
        ...names.map((name) => weights[name]!),
      ],
    );
    requireThat(
      shape.join() === `1,${length}`,
      `online.forward gives [${shape}] for one sequence of ${length} snippets; give [B, T]`,
    );
    return values!.slice(0, valid);
  };
  return {
    online,
    dim,
    logits,
    x: batchOf(model, [{ length: 24, seed: subject.seed }]).x.slice(0, 24 * dim),
  };
}

export const onlineChecks: Check[] = [
  {
    name: 'the online branch, where there is one, looks back over its receptive field and no further',
    async run(subject) {
      const found = onlineOf(subject);
      if (!found) return;
      const { online, dim, logits, x } = found;
      const { receptiveField } = online;
      requireThat(
        Number.isInteger(receptiveField) && receptiveField >= 1,
        `online.receptiveField is ${receptiveField}; give the number of snippets that a logit depends on`,
      );
      const whole = await logits(x);
      requireFinite(whole, 'online logits', 'look for divisions and roots of 0');
      const length = x.length / dim;
      for (const end of [1, 2, receptiveField, receptiveField + 1, length].filter((end) => end <= length)) {
        const before = await logits(x.slice(0, end * dim));
        requireClose(
          before,
          whole.slice(0, end),
          1e-5,
          `online logits of the first ${end} snippets, without those after them`,
          'pad convolutions on the left alone, and let no snippet see a later one',
        );
        const padded = await logits(
          x.map((value, i) => (i < end * dim ? value : 0)),
          end,
        );
        requireClose(padded, before, 1e-5, `online logits of ${end} snippets, padded`, 'mask what follows');
        if (end < receptiveField) continue;
        const last = await logits(x.slice((end - receptiveField) * dim, end * dim));
        requireClose(
          last.slice(-1),
          whole.slice(end - 1, end),
          1e-5,
          `online logit ${end - 1} from the ${receptiveField} snippets of receptiveField alone`,
          'give receptiveField as many as it takes, for convolutions 1 + Σ (kernel - 1)·dilation',
        );
      }
      const traced = await logits(x, length, 'onnx');
      requireClose(traced, whole, 1e-4, 'online logits, traced', 'build the graph of tensors alone');
    },
  },
];

import { createRng, deriveSeed } from '@robusta/core';
import type { Engine } from '@robusta/tfjs-onnx';
import type { BackboneModel } from '../../backbone.js';
import type { Weights } from '../../weights.js';
import { equalBytes, requireClose, requireFinite, requireThat } from '../require.js';
import { evaluate, runPass } from '../run-pass.js';
import { type Bag, batchOf, build, type Check, lively, ofBag, type Subject } from '../subject.js';

const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));

/** Scores of the snippets of each bag, computed together. */
export async function scoresOfBags(
  model: BackboneModel,
  weights: Weights,
  bags: readonly Bag[],
  options: { length?: number; engine?: Engine } = {},
): Promise<number[][]> {
  const { labels: _, ...batch } = batchOf(model, bags, options);
  const { outputs } = await runPass(model, weights, batch, { engine: options.engine ?? 'wasm' });
  return bags.map((bag, i) => ofBag(model, outputs.logits!, batch.length, i, bag).map(sigmoid));
}

async function checkMasks(subject: Subject, engine: Engine, draws: number): Promise<void> {
  const model = build(subject);
  const weights = lively(model, subject.seed);
  for (let draw = 0; draw < draws; draw++) {
    const rng = createRng(deriveSeed(subject.seed, 'masks', draw));
    const bags = Array.from({ length: 1 + rng.int(3) }, (_, i) => {
      return { length: 1 + rng.int(20), seed: deriveSeed(subject.seed, 'bag', draw, i) };
    });
    // A bag without snippets is there as well, as at the end of an epoch.
    const all = [...bags, { length: 0, seed: 0 }];
    const length = Math.max(...bags.map((bag) => bag.length)) + rng.int(9);
    const together = await scoresOfBags(model, weights, all, { length, engine });
    for (const [i, bag] of bags.entries()) {
      const [alone] = await scoresOfBags(model, weights, [bag], { engine });
      requireClose(
        together[i]!,
        alone!,
        1e-5,
        `scores of a sequence of ${bag.length} snippets, padded to ${length} beside ${bags.length} others, on ${engine}`,
        'set to 0 with the mask whatever a convolution, a graph, a mean or a maximum takes from other snippets: after a bias padding is no longer 0',
      );
    }
  }
}

export const forwardChecks: Check[] = [
  {
    name: 'logits are [B, T] and finite, from one snippet on',
    async run(subject) {
      const model = build(subject);
      const weights = lively(model, subject.seed);
      for (const lengths of [[1], [2, 1], [17, 3, 9, 17]]) {
        const batch = batchOf(
          model,
          lengths.map((length, seed) => ({ length, seed })),
        );
        const { rows, length, x, mask } = batch;
        const what = `forward of ${rows} sequences of ${length} snippets`;
        let shape: readonly number[] = [];
        const names = Object.keys(weights);
        const [logits] = await evaluate(
          'wasm',
          ([features, valid, ...tensors]) => {
            const map = Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
            const output = model.forward(map, features!, valid!, { training: false });
            requireThat(Boolean(output.logits), `${what} gives no logits; return { logits }`);
            shape = output.logits.shape;
            return [output.logits];
          },
          [
            { shape: [rows, length, model.inputDim], data: x },
            { shape: [rows, length], data: mask },
            ...names.map((name) => weights[name]!),
          ],
        );
        requireThat(
          shape.join() === [rows, length].join(),
          `${what} gives logits [${shape}]; give [${rows},${length}], and never squeeze an axis of 1`,
        );
        for (const [i, own] of lengths.entries()) {
          const values = ofBag(model, logits!, length, i, { length: own, seed: i });
          requireFinite(values, `${what}: logits`, 'look for divisions and roots of 0');
        }
      }
    },
  },
  {
    name: 'neither padding nor the other bags of a batch change a score',
    async run(subject) {
      await checkMasks(subject, 'wasm', 6);
      await checkMasks(subject, 'onnx', 1);
    },
  },
  {
    name: 'dropout depends on the seed alone, and only in training',
    async run(subject) {
      const model = build(subject);
      const weights = lively(model, subject.seed);
      const { labels: _, ...batch } = batchOf(
        model,
        [1, 2, 3, 4].map((seed) => ({ length: 11, seed })),
      );
      const logits = async (training: boolean, seed?: number) => {
        const options = { training, ...(seed === undefined ? {} : { seed }) };
        return (await runPass(model, weights, batch, options)).outputs.logits!;
      };
      const scoring = await logits(false);
      requireThat(
        equalBytes(await logits(false, 5), scoring) && equalBytes(await logits(false, 6), scoring),
        'scores depend on the seed of dropout; drop only where training is true',
      );
      const first = await logits(true, 5);
      requireThat(
        equalBytes(await logits(true, 5), first),
        'two training passes of one seed differ; use dropout of @robusta/tfjs-onnx with the seed that forward is given',
      );
      const dropping = !equalBytes(await logits(true, 6), first);
      if (!dropping) {
        requireThat(
          Boolean(model.buffers) || equalBytes(first, scoring),
          'a training pass differs from a scoring pass, but not with the seed; pass the seed that forward is given on to dropout',
        );
        return;
      }
      const silent = await logits(true).then(
        () => true,
        () => false,
      );
      requireThat(
        !silent,
        'a training pass without a seed drops nothing, or always the same; throw BAD_OPTION',
      );
    },
  },
];

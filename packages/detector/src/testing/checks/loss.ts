import type { BackboneModel } from '../../backbone.js';
import type { Weights } from '../../weights.js';
import { largest, requireClose, requireFinite, requireThat } from '../require.js';
import { type PassBatch, runPass } from '../run-pass.js';
import { type Bag, batchOf, build, type Check, layoutOf, lively, ofBag } from '../subject.js';

const bagsOf = (lengths: readonly number[]): Bag[] => lengths.map((length, seed) => ({ length, seed }));

/** The weights times a factor that leads to logits of at least 200, where the sigmoid is 0 or 1, or as near as one does. */
async function extreme(
  model: BackboneModel,
  weights: Weights,
  batch: PassBatch,
  bags: readonly Bag[],
): Promise<Weights> {
  let found = weights;
  for (let factor = 2; factor <= 2 ** 12; factor *= 2) {
    const scaled = Object.fromEntries(
      Object.entries(weights).map(([name, { shape, data }]) => {
        const fixed = model.parameters[name]?.buffer;
        return [name, { shape, data: fixed ? data : data.map((value) => value * factor) }];
      }),
    );
    const { labels: _, ...unlabelled } = batch;
    const { logits } = (await runPass(model, scaled, unlabelled)).outputs;
    const values = bags.flatMap((bag, i) => ofBag(model, logits!, batch.length, i, bag));
    if (!values.every(Number.isFinite)) break;
    found = scaled;
    if (largest(values) >= 200) break;
  }
  return found;
}

export const lossChecks: Check[] = [
  {
    name: 'loss is the total of lossTerms, all of them finite numbers',
    async run(subject) {
      const model = build(subject);
      const weights = lively(model, subject.seed);
      const batch = batchOf(model, bagsOf([9, 4, 1, 7]));
      const { terms } = await runPass(model, weights, batch);
      requireThat('total' in terms, `lossTerms gives ${Object.keys(terms).join(', ')}; name the sum "total"`);
      for (const [name, value] of Object.entries(terms)) {
        requireFinite([value], `loss term ${name}`, 'look for logarithms of 0');
      }
      const alone: BackboneModel = {
        ...model,
        lossTerms: (output, labels, mask) => ({ total: model.loss(output, labels, mask) }),
      };
      const { total } = (await runPass(alone, weights, batch)).terms;
      requireClose(
        [total!],
        [terms.total!],
        0,
        'loss against the total of lossTerms',
        'make one of the other',
      );
    },
  },
  {
    name: 'padding and bags without snippets do not change the loss',
    async run(subject) {
      const model = build(subject);
      const { halves, lengths } = layoutOf(model);
      // Batches of segments have no padding, halves are always full.
      if (lengths === 'segments') return;
      const weights = lively(model, subject.seed);
      const bags = bagsOf([9, 4, 1, 7]);
      const empty = { length: 0, seed: 0 };
      const filled = halves ? [...bags.slice(0, 2), empty, ...bags.slice(2), empty] : [...bags, empty, empty];
      const lossOf = async (all: readonly Bag[], length: number) =>
        (await runPass(model, weights, batchOf(model, all, { length }))).terms.total!;
      const expected = await lossOf(bags, 9);
      for (const [what, actual] of [
        ['with 5 snippets of padding', await lossOf(bags, 14)],
        ['with two bags without snippets', await lossOf(filled, 9)],
      ] as const) {
        requireClose(
          [actual],
          [expected],
          1e-4 * Math.max(1, Math.abs(expected)),
          `loss ${what}`,
          'mask its sums, and divide by the number of bags that have a snippet',
        );
      }
    },
  },
  {
    name: 'loss and gradients stay finite where scores are 0 and 1',
    async run(subject) {
      const model = build(subject);
      const bags = bagsOf([9, 4, 1, 7]);
      // Backwards the other bags have the other labels.
      for (const order of [bags, [...bags].reverse()]) {
        const batch = batchOf(model, order, { length: 9 });
        const weights = await extreme(model, lively(model, subject.seed), batch, order);
        const { terms, gradients } = await runPass(model, weights, batch, { gradients: true });
        const remedy = 'compute cross-entropies from logits (softplus), not from probabilities';
        for (const [name, value] of Object.entries(terms)) {
          requireFinite([value], `loss term ${name} of extreme logits`, remedy);
        }
        for (const [name, { data }] of Object.entries(gradients)) {
          requireFinite(data, `gradient of ${name} at extreme logits`, remedy);
        }
      }
    },
  },
];

import { requireFinite, requireThat } from '../require.js';
import { runPass } from '../run-pass.js';
import { batchOf, build, type Check, layoutOf, lively } from '../subject.js';

export const gradientChecks: Check[] = [
  {
    name: 'gradients are finite for features of any size, bags of one snippet and of none',
    async run(subject) {
      const model = build(subject);
      const weights = lively(model, subject.seed);
      const { halves } = layoutOf(model);
      const empty = { length: 0, seed: 9 };
      const some = [1, 8, 5, 11].map((length, seed) => ({ length, seed }));
      const bags = halves ? [...some.slice(0, 2), empty, ...some.slice(2), empty] : [...some, empty];
      for (const scale of [0, 1e-20, 1, 1e6]) {
        const batch = batchOf(model, bags, { scale });
        const options = { training: true, seed: 3, gradients: true };
        const { terms, gradients, inputGradient } = await runPass(model, weights, batch, options);
        requireFinite([terms.total!], `loss for features of size ${scale}`, 'look for divisions by 0');
        const slopes = Object.entries(gradients).map(([name, { data }]) => [name, data] as const);
        for (const [name, data] of [...slopes, ['the features', inputGradient!] as const]) {
          const remedy =
            'a root, norm or division at 0 has no finite slope: keep its argument away from 0 with maximum or where, or use safeNorm of @robusta/tfjs-onnx';
          requireFinite(data, `gradient of ${name} for features of size ${scale}`, remedy);
        }
      }
    },
  },
  {
    name: 'every parameter that is trained gets a gradient',
    async run(subject) {
      const model = build(subject);
      const missing = new Set(
        Object.keys(model.parameters).filter((name) => !model.parameters[name]!.buffer),
      );
      // A unit may be silent for one batch.
      for (let seed = 0; seed < 4 && missing.size > 0; seed++) {
        const bags = [12, 7, 9, 12].map((length, i) => ({ length, seed: 10 * seed + i }));
        const options = { training: true, seed, gradients: true };
        const { gradients } = await runPass(model, lively(model, seed), batchOf(model, bags), options);
        for (const [name, { data }] of Object.entries(gradients)) {
          if (data.some((value) => value !== 0)) missing.delete(name);
        }
      }
      requireThat(
        missing.size === 0,
        `no gradient reaches ${[...missing].join(', ')}; use it in forward, mark it as a buffer, or look for an operation without a gradient (comparisons, topk)`,
      );
    },
  },
];

import { largest, requireClose, requireThat } from '../require.js';
import { runPass } from '../run-pass.js';
import { batchOf, build, type Check, lively } from '../subject.js';

export const graphChecks: Check[] = [
  {
    name: 'a traced training pass gives the loss, gradients and buffers of an eager one',
    async run(subject) {
      const model = build(subject);
      const weights = lively(model, subject.seed);
      const bags = [9, 4, 1, 7].map((length, seed) => ({ length, seed }));
      const batch = batchOf(model, bags, { length: 11 });
      // One seed would not show that it became a constant.
      for (const seed of [1, 2]) {
        const options = { training: true, seed, gradients: true };
        const eager = await runPass(model, weights, batch, options);
        const traced = await runPass(model, weights, batch, { ...options, engine: 'onnx' });
        const remedy =
          'build the graph of tensors alone: no numbers drawn or read in JavaScript, randomness from the seed';
        for (const [name, value] of Object.entries(eager.terms)) {
          const tolerance = 1e-4 * Math.max(1, Math.abs(value));
          requireClose([traced.terms[name]!], [value], tolerance, `loss term ${name}, traced`, remedy);
        }
        for (const [name, { data }] of Object.entries(eager.gradients)) {
          const own = traced.gradients[name]!.data;
          requireClose(own, data, 5e-3 * largest(data) + 1e-6, `gradient of ${name}, traced`, remedy);
        }
        for (const [name, data] of Object.entries(eager.buffers)) {
          const own = traced.buffers[name]!;
          requireClose(own, data, 1e-4 * Math.max(1, largest(data)), `buffer ${name}, traced`, remedy);
        }
      }
    },
  },
  {
    name: 'buffers are those that are declared, and finite after a pass without snippets',
    async run(subject) {
      const model = build(subject);
      const declared = Object.keys(model.parameters).filter((name) => model.parameters[name]!.buffer);
      requireThat(
        declared.length === 0 || Boolean(model.buffers),
        `${declared.join(', ')} are buffers, but there is no function buffers; give their next content`,
      );
      const weights = lively(model, subject.seed);
      for (const lengths of [
        [9, 4, 1, 7],
        [0, 0],
      ]) {
        const bags = lengths.map((length, seed) => ({ length, seed }));
        const { labels: _, ...batch } = batchOf(model, bags, { length: 9 });
        const { buffers } = await runPass(model, weights, batch, { training: true, seed: 1 });
        requireThat(
          Object.keys(buffers).sort().join() === [...declared].sort().join(),
          `buffers gives ${Object.keys(buffers).join(', ') || 'nothing'}; the parameters marked so are ${declared.join(', ') || 'none'}`,
        );
        for (const [name, data] of Object.entries(buffers)) {
          const { length } = weights[name]!.data;
          requireThat(
            data.length === length,
            `buffers gives ${name} ${data.length} values; it has ${length}`,
          );
          requireThat(
            data.every(Number.isFinite),
            `buffers gives ${name} a value that is no finite number, for bags of ${lengths} snippets; divide by at least 1 snippet`,
          );
        }
      }
    },
  },
];

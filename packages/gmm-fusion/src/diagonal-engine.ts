import { addCounts } from './accumulate.js';
import { type ChosenRows, createDiagonalWork } from './diagonal.js';
import type { SyncEngine } from './engine.js';
import { copyCentred } from './frame.js';
import { logConstants, writeDensities } from './log-density.js';

/** Values of a block (2 MB): what one component after another reads. */
const BLOCK_VALUES = 2 ** 18;
/** For fewer values a block in JavaScript is ready sooner than a WebAssembly instance. */
const LEAST_FOR_VECTORS = 2 ** 14;

/** The engine of diagonal and spherical covariances. */
export function createDiagonalEngine(
  components: number,
  dim: number,
  rows: number,
  vectors: boolean = rows * dim >= LEAST_FOR_VECTORS,
): SyncEngine {
  const blockRows = Math.max(1, Math.min(rows, 1024, Math.max(16, Math.floor(BLOCK_VALUES / dim))));
  const work = createDiagonalWork(components, dim, blockRows, vectors);
  const forms = new Float64Array(blockRows);
  const chosen: ChosenRows = {
    rows: new Int32Array(blockRows),
    posteriors: new Float64Array(blockRows),
    count: 0,
  };
  let constants: Float64Array = forms;
  let loaded = 0;
  return {
    name: 'plain',
    blockRows,
    prepare: (model) => {
      constants = logConstants(model);
      const { covarianceType, factors } = model.whitening;
      work.prepare(
        model.means,
        covarianceType === 'spherical' ? model.means.map((_, i) => factors[Math.floor(i / dim)]!) : factors,
      );
    },
    load: (data, first, count, centre) => {
      loaded = count;
      copyCentred(data, first, count, centre, work.block);
    },
    density: (out) => {
      for (let k = 0; k < components; k++) {
        work.forms(loaded, k, forms);
        writeDensities(forms, loaded, constants[k]!, out, k, components);
      }
    },
    accumulate: (posteriors, statistics) => {
      const { components: K, origins, sums, scatter: squares } = statistics;
      const least = addCounts(posteriors, loaded, statistics);
      for (let k = 0; k < K; k++) {
        chosen.count = 0;
        for (let i = 0; i < loaded; i++) {
          const r = posteriors[i * K + k]!;
          if (!(r > least[k]!)) continue;
          chosen.rows[chosen.count] = i;
          chosen.posteriors[chosen.count++] = r;
        }
        if (chosen.count > 0) work.addMoments(chosen, k, { origins, sums, squares });
      }
    },
    close: async () => {},
  };
}

import type { BenchmarkConfig } from '../run/config.js';

/** Names of {@link PRESETS}. */
export const PRESET_NAMES = ['demo', 'quick', 'paper'] as const;

/** See {@link PRESET_NAMES}. */
export type PresetName = (typeof PRESET_NAMES)[number];

/**
 * Configurations to start from. `demo`: the synthetic dataset, made on the spot, and the defaults. `quick`: a first look
 * at a dataset, four corruptions at three levels, one seed, short training. `paper`: every row of Tables I to III and V
 * with all methods and backbones.
 */
export const PRESETS: Readonly<Record<PresetName, Partial<BenchmarkConfig>>> = {
  demo: { dataset: 'synthetic' },
  quick: {
    corruptions: ['fog', 'motion-blur', 'white', 'reverb'],
    levels: [0, 50, 100],
    seeds: [0],
    training: { epochs: 20 },
  },
  paper: {
    corruptions: ['table1', 'table2'],
    methods: ['concat', 'padding', 'average', 'dynamic'],
    backbones: ['xdviodet', 'hypervd', 'rtfm'],
    seeds: [0, 1, 2],
  },
};

import { z } from 'zod';

/** Options of the HyperVD backbone besides the input width. */
export const HypervdOptionsSchema = z.strictObject({
  padding: z
    .enum(['exact', 'official'])
    .default('exact')
    .describe(
      'exact: padded snippets never change a score; official: they enter the distance graph as in the published code',
    ),
  exactDiagonal: z
    .boolean()
    .optional()
    .describe(
      'snippets that float32 cannot tell apart, each and itself among them, are at distance 0, not at what rounding makes of it; by default with exact padding',
    ),
  dropout: z.number().min(0).lt(1).default(0.6).describe('share of units dropped in training'),
  clampLogs: z
    .boolean()
    .default(false)
    .describe('clamp the logarithms of the loss at -100, as the published code does'),
});

/** See {@link HypervdOptionsSchema} for each field; all have defaults. */
export type HypervdOptions = z.input<typeof HypervdOptionsSchema>;

/** The options with every default filled in. */
export type ResolvedOptions = z.output<typeof HypervdOptionsSchema> & { exactDiagonal: boolean };

/** What a forward pass depends on besides the weights. */
export type Settings = ResolvedOptions & {
  /** Last columns of the input that pass by the convolutions. */
  audioDim: number;
};

/** Which points coincide must not depend on how a batch is padded, unless that is asked for. */
export function resolve(options: z.output<typeof HypervdOptionsSchema>): ResolvedOptions {
  // In one order, given or not: model files are to be the same, byte by byte.
  const { padding, exactDiagonal = padding === 'exact', ...rest } = options;
  return { padding, exactDiagonal, ...rest };
}

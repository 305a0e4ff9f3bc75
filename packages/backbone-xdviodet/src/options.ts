import { z } from 'zod';

/** Options of the XDVioDet backbone besides the input width. */
export const XdviodetOptionsSchema = z.strictObject({
  padding: z
    .enum(['exact', 'official'])
    .default('exact')
    .describe(
      'exact: padded snippets never change a score; official: their activations leak as in the published code',
    ),
  branch: z
    .enum(['offline', 'online'])
    .default('offline')
    .describe('whose logits are the score: the graph branch (whole sequence) or the causal one'),
  graphGradient: z
    .enum(['flow', 'stop'])
    .default('flow')
    .describe(
      'whether the similarity graph passes a gradient to its input, where there is a projection in front',
    ),
  dropout: z.number().min(0).lt(1).default(0.6).describe('share of units dropped in training'),
  offlineWeight: z.number().min(0).default(1).describe('weight of the offline classification term'),
  onlineWeight: z.number().min(0).default(1).describe('weight of the online classification term'),
  distillWeight: z.number().min(0).default(5).describe('weight of the distillation term'),
  clampLogs: z
    .boolean()
    .default(false)
    .describe('clamp the logarithms of the classification terms at -100, as the published code does'),
});

/** See {@link XdviodetOptionsSchema} for each field; all have defaults. */
export type XdviodetOptions = z.input<typeof XdviodetOptionsSchema>;

/** The options with every default filled in. */
export type ResolvedOptions = z.output<typeof XdviodetOptionsSchema>;

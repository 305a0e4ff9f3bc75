import { z } from 'zod';

const Width = z.number().int().min(1).max(65536);

/** Options of the RTFM backbone besides the input width. */
export const RtfmOptionsSchema = z.strictObject({
  padding: z
    .enum(['exact', 'official'])
    .default('exact')
    .describe(
      'exact: padded snippets take no part; official: the published code knows no padding, they count as snippets',
    ),
  lengths: z
    .enum(['segments', 'sample'])
    .default('segments')
    .describe(
      'segments: training sequences are averaged into maxLength segments; sample: zero-padded, long ones sampled evenly',
    ),
  dropout: z.number().min(0).lt(1).default(0.7).describe('share of units dropped in training'),
  topK: z.number().int().min(1).max(64).default(3).describe('snippets that stand for a bag'),
  margin: z.number().positive().default(100).describe('feature magnitude that anomalous bags are drawn to'),
  magnitudeWeight: z.number().min(0).default(1e-4).describe('weight of the magnitude term'),
  sparsityWeight: z.number().min(0).default(8e-3).describe('weight of the sparsity term'),
  smoothnessWeight: z.number().min(0).default(8e-4).describe('weight of the smoothness term'),
  perBag: z
    .boolean()
    .default(false)
    .describe(
      'sparsity and smoothness as means over anomalous bags; as published they grow with the batch and cross from bag to bag',
    ),
  branchWidth: Width.multipleOf(2).default(512).describe('width of each of the four temporal branches'),
  fc1Width: Width.default(512).describe('width of the first layer of the classifier'),
  fc2Width: Width.default(128).describe('width of the second layer of the classifier'),
});

/** See {@link RtfmOptionsSchema} for each field; all have defaults. */
export type RtfmOptions = z.input<typeof RtfmOptionsSchema>;

/** The options with every default filled in. */
export type ResolvedOptions = z.output<typeof RtfmOptionsSchema>;

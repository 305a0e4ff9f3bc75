import { z } from 'zod';
import { windowSnippets } from '../scorer.js';

/** Options of `createStreamScorer`. */
export const StreamOptionsSchema = z.strictObject({
  window: z
    .number()
    .int()
    .min(1)
    .max(windowSnippets)
    .default(64)
    .describe(
      'snippets that a score is computed from on the sliding window, the last ones; 64 last 43 seconds',
    ),
  lookahead: z
    .number()
    .int()
    .min(0)
    .default(0)
    .describe(
      'snippets after its own that a score waits for on the sliding window, fewer than the window has',
    ),
  branch: z
    .enum(['auto', 'online', 'offline'])
    .default('auto')
    .describe(
      'online: the causal branch of the backbone; offline: the sliding window; auto: online where there is one',
    ),
});

/** See {@link StreamOptionsSchema} for each field; all have defaults. */
export type StreamOptions = z.input<typeof StreamOptionsSchema>;

import { parseOptions, RobustaError } from '@robusta/core';
import { z } from 'zod';
import type { Backbone, BackboneModel } from '../backbone.js';
import type { Branch } from '../network.js';
import { requireOnline, windowSnippets } from '../scorer.js';

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

/** What a stream does, decided for one backbone. */
export interface StreamPlan {
  branch: Branch;
  /** Snippets that a score is computed from. */
  window: number;
  /** Snippets after its own that it waits for. */
  lookahead: number;
}

/** @throws BAD_OPTION */
export function planStream(options: StreamOptions, backbone: Backbone, model: BackboneModel): StreamPlan {
  const what = 'createStreamScorer';
  const { window, lookahead, branch } = parseOptions(StreamOptionsSchema, options, what);
  if (branch === 'online') requireOnline(backbone.name, model, what);
  if (lookahead >= window) {
    throw new RobustaError(
      'BAD_OPTION',
      `${what}: lookahead is ${lookahead}, it must be less than the window, ${window}`,
    );
  }
  if (!model.online || branch === 'offline') return { branch: 'offline', window, lookahead };
  if (lookahead > 0) {
    throw new RobustaError(
      'BAD_OPTION',
      `${what}: lookahead is ${lookahead}, but the online branch of backbone "${backbone.name}" sees no future`,
      { hint: 'for the sliding window give branch "offline"' },
    );
  }
  return { branch: 'online', window: model.online.receptiveField, lookahead };
}

/**
 * One byte in so many of the coded stream is replaced (Yi et al. 2021). @robusta/media applies it, since that needs a
 * codec.
 */
export const bitErrorSeverity = {
  1: { bytesPerError: 100_000 },
  2: { bytesPerError: 50_000 },
  3: { bytesPerError: 30_000 },
  4: { bytesPerError: 20_000 },
  5: { bytesPerError: 10_000 },
} as const;

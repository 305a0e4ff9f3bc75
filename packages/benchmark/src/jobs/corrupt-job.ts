import type { CorruptOptions, CorruptReport } from '@robusta/media';

/** Writes a corrupted copy of a file: a call of corruptMedia, as JSON. */
export interface CorruptJob {
  kind: 'corrupt';
  input: string;
  output: string;
  options: Omit<CorruptOptions, 'signal' | 'onProgress'>;
}

/** What a {@link CorruptJob} returns. */
export type CorruptResult = CorruptReport;

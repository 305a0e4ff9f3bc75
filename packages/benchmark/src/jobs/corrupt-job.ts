import type { CorruptOptions, CorruptReport } from '@robusta/media';

/** Writes a corrupted copy of a file: a call of corruptMedia, as JSON. */
export interface CorruptJob {
  kind: 'corrupt';
  input: string;
  output: string;
  options: Omit<CorruptOptions, 'signal' | 'onProgress'>;
  /**
   * SHA-256 of the input. With it what was done is kept beside the output, as `<output>.json`, and an output that is there
   * already, made of the same input by the same options, is not made again.
   */
  inputSha256?: string;
}

/** What a {@link CorruptJob} returns. */
export type CorruptResult = CorruptReport;

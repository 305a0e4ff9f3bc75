import { performance } from 'node:perf_hooks';
import { type FeatureSequence, throwIfAborted } from '@robusta/core';
import { AUDIO_WINDOW_HOPS } from '../grid.js';
import type { Batcher } from '../model/batcher.js';
import { PendingRows, stacked } from '../model/pending-rows.js';
import type { ExtractionTimes } from '../model/times.js';
import type { AudioReport, ExtractionProgress } from '../options.js';
import { eachWindow } from './extract.js';
import { logMelWriter } from './log-mel-writer.js';
import { projectVggish, type Quantization, quantizeVggish, VGGISH_DIM, type VggishPca } from './pca.js';
import type { WindowGrid } from './windows.js';

/** What is done to an embedding of the network. */
export interface Finish {
  relu: boolean;
  pca?: { parameters: VggishPca; quantization: Quantization } | undefined;
}

/** What an extraction needs besides its samples. */
export interface VggishJob {
  batcher: Batcher;
  grid: WindowGrid;
  finish: Finish;
  times: ExtractionTimes;
  snippets?: number | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: ExtractionProgress) => void) | undefined;
}

/**
 * Pieces of mono 16 kHz sound in, `[T, 1, 128]` out. While the network runs one batch, sound is decoded and the log-mel
 * patches of the next are computed; a failure of either side ends the other.
 */
export async function extractVggish(
  pieces: AsyncIterable<Float32Array>,
  job: VggishJob,
): Promise<{ sequence: FeatureSequence; report: AudioReport }> {
  const { batcher, grid, snippets, signal, times } = job;
  const writer = logMelWriter();
  const rows = new PendingRows(job.onProgress);
  batcher.enter();
  let report: AudioReport;
  let since = performance.now();
  try {
    report = await eachWindow(pieces, grid, { snippets, signal }, async (window) => {
      rows.throwIfFailed();
      times.decode += (performance.now() - since) / 1000;
      const slot = await batcher.acquire();
      const start = performance.now();
      writer.write(window, AUDIO_WINDOW_HOPS, slot.tensor, 0);
      since = performance.now();
      times.prepare += (since - start) / 1000;
      rows.add(slot.submit().then((embedding) => finished(embedding, job.finish)));
    });
  } finally {
    batcher.leave();
  }
  const all = await rows.finish();
  throwIfAborted(signal);
  const data = stacked(all, all.length, VGGISH_DIM);
  return {
    sequence: { modality: 'audio', length: all.length, crops: 1, dim: VGGISH_DIM, data },
    report,
  };
}

function finished(embedding: Float32Array, { relu, pca }: Finish): Float32Array {
  if (relu) for (let i = 0; i < embedding.length; i++) if (embedding[i]! < 0) embedding[i] = 0;
  return pca ? quantizeVggish(projectVggish(embedding, pca.parameters), pca.quantization) : embedding;
}

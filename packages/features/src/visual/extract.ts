import { type FeatureSequence, type Frame, RobustaError, throwIfAborted } from '@robusta/core';
import { FPS, type RowRule, WINDOW_FRAMES } from '../grid.js';
import type { ExtractionProgress, VisualReport } from '../options.js';
import { RowBuffer } from '../row-buffer.js';
import { LITE_VISUAL_DIMENSIONS, liteVisualRow } from './lite.js';
import { Snippet } from './snippet.js';
import { Reducer } from './working-image.js';

/** Frames in, one lite row a snippet out; holds sixteen working images at a time. */
export async function extractLiteVisual(
  frames: Iterable<Frame> | AsyncIterable<Frame>,
  rows: RowRule,
  options: {
    signal?: AbortSignal | undefined;
    onProgress?: ((progress: ExtractionProgress) => void) | undefined;
  },
): Promise<{ sequence: FeatureSequence; report: VisualReport }> {
  const dim = LITE_VISUAL_DIMENSIONS.length;
  const buffer = new RowBuffer(dim);
  let reducer: Reducer | undefined;
  let snippet: Snippet | undefined;
  let count = 0;
  for await (const frame of frames) {
    throwIfAborted(options.signal);
    reducer ??= new Reducer(frame.width, frame.height);
    snippet ??= new Snippet(reducer.width, reducer.height);
    const slot = count % WINDOW_FRAMES;
    reducer.reduce(frame, count, snippet.red[slot]!, snippet.green[slot]!, snippet.blue[slot]!);
    count++;
    if (count % WINDOW_FRAMES === 0) {
      snippet.derive();
      liteVisualRow(snippet, buffer.next());
      options.onProgress?.({ snippets: buffer.rows, seconds: count / FPS });
    }
  }
  throwIfAborted(options.signal);
  if (!snippet) {
    throw new RobustaError('EMPTY_INPUT', 'the video has no frames', {
      hint: 'check that the file holds pictures',
    });
  }
  const looped = count < WINDOW_FRAMES;
  if (looped) {
    snippet.loop(count);
    snippet.derive();
    liteVisualRow(snippet, buffer.next());
    options.onProgress?.({ snippets: 1, seconds: count / FPS });
  }
  if (rows === 'xd' && count % WINDOW_FRAMES === 0 && buffer.rows > 1) buffer.drop();
  const length = buffer.rows;
  return {
    sequence: { modality: 'visual', length, crops: 1, dim, data: buffer.finish() },
    report: { frames: count, droppedFrames: Math.max(0, count - length * WINDOW_FRAMES), looped },
  };
}

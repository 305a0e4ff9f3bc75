import { parentPort, workerData } from 'node:worker_threads';
import { toWire, type WireError } from '@robusta/core';
import { readFrames } from '@robusta/media';
import { FPS, WINDOW_FRAMES } from '../grid.js';
import { FrameWindows, type WindowForm } from './window-source.js';

/** What the thread is started with. */
export interface WindowThreadData extends WindowForm {
  path: string;
}

/** What the thread is told: to fill an array, which is its own until it answers, or to end. */
export type WindowRequest = Float32Array<ArrayBuffer> | 'stop';

/** What it answers: a window, the last one with fewer than 16 pictures, and the seconds that it took. */
export type WindowAnswer =
  | { tensor: Float32Array<ArrayBuffer>; frames: number; decode: number; prepare: number }
  | { error: WireError };

if (parentPort) {
  const port = parentPort;
  const { path, ...form } = workerData as WindowThreadData;
  const stop = new AbortController();
  const times = { decode: 0, prepare: 0, network: 0 };
  const windows = new FrameWindows(readFrames(path, { fps: FPS, signal: stop.signal }), form, times);
  const end = async () => {
    await windows.close();
    port.close();
  };
  let work = Promise.resolve();
  const fill = async (tensor: Float32Array<ArrayBuffer>) => {
    try {
      Object.assign(times, { decode: 0, prepare: 0 });
      const frames = await windows.fill(async () => tensor);
      const { decode, prepare } = times;
      port.postMessage({ tensor, frames, decode, prepare } satisfies WindowAnswer, [tensor.buffer]);
      if (frames < WINDOW_FRAMES) await end();
    } catch (error) {
      port.postMessage({ error: toWire(error) } satisfies WindowAnswer);
      await end();
    }
  };
  port.on('message', (request: WindowRequest) => {
    if (request === 'stop') {
      stop.abort();
      work = work.then(end);
    } else work = work.then(() => fill(request));
  });
}

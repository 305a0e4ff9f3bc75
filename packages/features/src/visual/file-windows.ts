import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { fromWire, RobustaError, throwIfAborted } from '@robusta/core';
import { WINDOW_FRAMES } from '../grid.js';
import type { Slot } from '../model/batcher.js';
import type { ExtractionTimes } from '../model/times.js';
import { CLIP_SIZE } from './clip-writer.js';
import type { Window, WindowForm, WindowSource } from './window-source.js';
import type { WindowAnswer, WindowRequest, WindowThreadData } from './window-thread.js';

/** The built file: threads run plain JavaScript, also where this file runs from its source. */
function threadFile(): string {
  const built = import.meta.url.replace(/\/src\/visual\/[^/]*$/, '/dist/visual/');
  const file = fileURLToPath(new URL('./window-thread.js', built));
  if (existsSync(file)) return file;
  throw new RobustaError('INTERNAL', `${file} does not exist`, { hint: 'build the package: tsc -b' });
}

/**
 * Decodes a file and prepares its windows in a thread of its own: ONNX Runtime keeps this one busy while the network
 * runs. One window is under way; its array goes to and fro between the threads.
 */
export class FileWindows implements WindowSource {
  private readonly worker: Worker;
  private readonly exited: Promise<void>;
  private answers: WindowAnswer[] = [];
  private failure: unknown;
  private wake: (() => void) | undefined;
  private ended = false;
  private readonly abort: () => void;

  constructor(
    path: string,
    form: WindowForm,
    private readonly times: Pick<ExtractionTimes, 'decode' | 'prepare'>,
    private readonly signal?: AbortSignal,
  ) {
    const workerData: WindowThreadData = { path, ...form };
    this.worker = new Worker(threadFile(), { workerData, execArgv: [] });
    this.worker.on('message', (answer: WindowAnswer) => {
      this.answers.push(answer);
      this.wake?.();
    });
    this.exited = new Promise((resolve) => {
      this.worker.on('error', (error) => this.fail(error.message));
      this.worker.on('exit', (code) => {
        if (code !== 0) this.fail(`it ended with code ${code}`);
        resolve();
      });
    });
    this.abort = () => this.wake?.();
    signal?.addEventListener('abort', this.abort, { once: true });
    this.request(new Float32Array(form.crops * CLIP_SIZE));
  }

  async next(acquire: () => Promise<Slot>): Promise<Window | undefined> {
    if (this.ended) return undefined;
    const answer = await this.answer();
    if ('error' in answer) {
      this.ended = true;
      throw fromWire(answer.error);
    }
    const { tensor, frames, decode, prepare } = answer;
    this.times.decode += decode;
    this.times.prepare += prepare;
    this.ended = frames < WINDOW_FRAMES;
    if (frames === 0) return undefined;
    const slot = await acquire();
    const free = slot.exchange(tensor);
    if (!this.ended) this.request(free);
    return { slot, frames };
  }

  private async answer(): Promise<WindowAnswer> {
    for (;;) {
      throwIfAborted(this.signal);
      if (this.failure) throw this.failure;
      const answer = this.answers.shift();
      if (answer) return answer;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  private request(tensor: Float32Array<ArrayBuffer>): void {
    this.worker.postMessage(tensor satisfies WindowRequest, [tensor.buffer]);
  }

  private fail(reason: string): void {
    this.failure = new RobustaError('INTERNAL', `the thread that prepares pictures died: ${reason}`, {
      hint: 'run again; if it happens with the same file again, the file is probably damaged or memory is short',
    });
    this.wake?.();
  }

  /** Waits until the thread has let go of the file. */
  async close(): Promise<void> {
    this.signal?.removeEventListener('abort', this.abort);
    this.worker.postMessage('stop' satisfies WindowRequest);
    await this.exited;
  }
}

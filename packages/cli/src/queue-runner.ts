import { createQueueRunner, type JobRunner } from '@robusta/benchmark';
import { defined } from './parse.js';
import type { ProgressView } from './progress.js';

/** A runner whose jobs workers do; says once what keeps the work from going on. */
export function queueRunner(url: string, name: string | undefined, progress: ProgressView): JobRunner {
  let said = '';
  return createQueueRunner({
    url,
    ...defined({ queue: name }),
    onNotice: (message) => {
      if (message === said) return;
      said = message;
      progress.note(`${message}: start one with robusta worker --queue ${url}`);
    },
  });
}

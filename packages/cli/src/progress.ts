import cliProgress, { type SingleBar } from 'cli-progress';
import type { Terminal } from './terminal.js';

/** One step of long work. */
export interface Step {
  /** What is being done, e.g. `extracting features`. */
  stage: string;
  done: number;
  total: number;
  /** What else there is to say, in place of the time that is left. */
  detail?: string;
}

/** Shows {@link Step}s as they come. */
export interface ProgressView {
  update(step: Step): void;
  /** A line of its own, e.g. a warning, above the bar. */
  note(text: string): void;
  stop(): void;
}

/** A bar on a terminal; elsewhere a line at the start of each stage and at every tenth of it. */
export function createProgress(terminal: Terminal): ProgressView {
  return terminal.progressStream ? barView(terminal.progressStream) : lineView(terminal);
}

function barView(stream: NodeJS.WriteStream): ProgressView {
  let bar: SingleBar | undefined;
  let stage = '';
  let detail: string | undefined;
  const stop = () => {
    bar?.stop();
    bar = undefined;
    stage = '';
  };
  const start = (step: Step) => {
    stop();
    stage = step.stage;
    bar = new cliProgress.SingleBar(
      {
        stream,
        hideCursor: true,
        etaBuffer: 50,
        format: `${step.stage.padEnd(24)} {bar} {value}/{total}  ${step.detail === undefined ? '{duration_formatted} (left: {eta_formatted})' : '{detail}'}`,
      },
      cliProgress.Presets.shades_classic,
    );
    bar.start(step.total, step.done, { detail: step.detail });
  };
  return {
    update(step) {
      if (step.stage !== stage) start(step);
      else bar?.update(step.done, { detail: step.detail });
      detail = step.detail;
    },
    note(text) {
      const running = bar
        ? {
            ...(detail === undefined ? {} : { detail }),
            stage,
            done: Number(bar.getProgress() * bar.getTotal()),
            total: bar.getTotal(),
          }
        : undefined;
      stop();
      stream.write(`${text}\n`);
      if (running) start(running);
    },
    stop,
  };
}

function lineView(terminal: Terminal): ProgressView {
  let stage = '';
  let tenth = -1;
  return {
    update(step) {
      if (step.stage !== stage) {
        stage = step.stage;
        tenth = -1;
      }
      const now = step.total === 0 ? 10 : Math.floor((10 * step.done) / step.total);
      if (now <= tenth) return;
      tenth = now;
      terminal.err(`${step.stage}: ${step.done}/${step.total}${step.detail ? `  ${step.detail}` : ''}\n`);
    },
    note: (text) => terminal.err(`${text}\n`),
    stop() {},
  };
}

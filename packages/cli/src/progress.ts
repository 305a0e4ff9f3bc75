import cliProgress, { type SingleBar } from 'cli-progress';
import type { Terminal } from './terminal.js';

/** One step of long work. */
export interface Step {
  /** What is being done, e.g. `extracting features`. */
  stage: string;
  done: number;
  total: number;
  /** Items that are being worked on. */
  running?: number;
  /** How many of those done have failed. */
  failed?: number;
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

/**
 * On a terminal a bar with what runs, what failed and the time that is left, and above it a line for each stage that is
 * finished; elsewhere a line at the start of each stage and at every tenth of it.
 */
export function createProgress(terminal: Terminal): ProgressView {
  return terminal.progressStream ? barView(terminal.progressStream) : lineView(terminal);
}

const STAGE_WIDTH = 26;

/** How many are running and have failed: only where there is something to say. */
function counts({ running = 0, failed = 0 }: Step): string {
  return [...(running > 0 ? [`${running} running`] : []), ...(failed > 0 ? [`${failed} failed`] : [])].join(
    ', ',
  );
}

function barView(stream: NodeJS.WriteStream): ProgressView {
  let bar: SingleBar | undefined;
  let last: Step | undefined;
  let started = 0;

  const hide = () => {
    bar?.stop();
    bar = undefined;
  };
  const rest = (step: Step) => ({ rest: step.detail ?? '', counts: counts(step) });
  const show = (step: Step) => {
    bar = new cliProgress.SingleBar(
      {
        stream,
        hideCursor: true,
        clearOnComplete: true,
        etaBuffer: 50,
        format: (options, { value, total, eta, progress }, payload) => {
          const { rest: detail, counts: said } = payload as ReturnType<typeof rest>;
          const bars = cliProgress.Format.BarFormat(progress, options);
          // Nothing is known of the time before the second step.
          const isKnown = Number.isFinite(eta) && eta > 0 && value < total;
          const left = detail || (isKnown ? `left ${clock(eta)}` : '');
          return [step.stage.padEnd(STAGE_WIDTH), bars, `${value}/${total}`, said, left]
            .filter((part) => part !== '')
            .join('  ');
        },
      },
      cliProgress.Presets.shades_classic,
    );
    bar.start(step.total, step.done, rest(step));
  };
  /** What a stage came to stays on the screen. */
  const conclude = () => {
    hide();
    if (!last) return;
    const seconds = (Date.now() - started) / 1000;
    const failed = last.failed ? `, ${last.failed} failed` : '';
    stream.write(
      `${last.stage.padEnd(STAGE_WIDTH)}  ${last.done}/${last.total}${failed} in ${clock(seconds)}\n`,
    );
    last = undefined;
  };
  return {
    update(step) {
      if (step.stage !== last?.stage) {
        conclude();
        started = Date.now();
        show(step);
      } else {
        if (bar && bar.getTotal() !== step.total) bar.setTotal(step.total);
        bar?.update(step.done, rest(step));
      }
      last = step;
    },
    note(text) {
      hide();
      stream.write(`${text}\n`);
      if (last) show(last);
    },
    stop: conclude,
  };
}

/** 3725 → 1:02:05 */
export function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const pad = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`;
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
      const parts = [`${step.stage}: ${step.done}/${step.total}`, counts(step), step.detail ?? ''];
      terminal.err(`${parts.filter((part) => part !== '').join('  ')}\n`);
    },
    note: (text) => terminal.err(`${text}\n`),
    stop() {},
  };
}

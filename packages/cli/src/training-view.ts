import type { TrainingOptions } from '@robusta/benchmark';
import type { StepReport } from '@robusta/detector';
import { clock, type ProgressView } from './progress.js';

/** As a bar has room for them. */
const shortNames: Record<string, string> = { averagePrecision: 'AP', prAuc: 'PR-AUC', rocAuc: 'ROC-AUC' };

/** Callbacks of a training. */
export interface TrainingView extends Required<Pick<TrainingOptions, 'onData' | 'onStep' | 'onEpoch'>> {
  /** The last measurement in words; empty without one. */
  measured(): string;
}

/**
 * Shows a training as one bar over all steps: loss, the last measurement, speed and time left beside it.
 * @param metric - of the validation
 */
export function trainingView(progress: ProgressView, metric = 'averagePrecision'): TrainingView {
  let measured = '';
  let last: StepReport | undefined;
  const show = ({ epoch, epochs, step, steps, loss, stepsPerSecond, secondsLeft }: StepReport) => {
    const parts = [
      `epoch ${epoch}/${epochs}`,
      `loss ${loss.toPrecision(4)}`,
      ...(measured === '' ? [] : [measured]),
      `${stepsPerSecond.toPrecision(3)} steps/s`,
      `left ${clock(secondsLeft)}`,
    ];
    progress.update({ stage: 'training', done: step, total: steps, detail: parts.join('  ') });
  };
  return {
    onData: (step) => progress.update({ stage: 'reading features', ...step }),
    onStep(report) {
      last = report;
      show(report);
    },
    onEpoch({ validation, best }) {
      if (validation === undefined) return;
      const top = best && best.value > validation ? ` (best ${percent(best.value)})` : '';
      measured = `${shortNames[metric] ?? metric} ${percent(validation)}${top}`;
      if (last) show(last);
    },
    measured: () => measured,
  };
}

const percent = (share: number) => `${(100 * share).toFixed(2)} %`;

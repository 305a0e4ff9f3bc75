import type { Backbone } from '../backbone.js';
import { FUSIONS } from '../data.js';
import { forwardChecks } from './checks/forward.js';
import { gradientChecks } from './checks/gradients.js';
import { graphChecks } from './checks/graph.js';
import { lossChecks } from './checks/loss.js';
import { onlineChecks } from './checks/online.js';
import { optionChecks } from './checks/options.js';
import { parameterChecks } from './checks/parameters.js';
import { trainingChecks } from './checks/training.js';
import { type ConformanceOptions, subjectOf } from './subject.js';

/** One thing that a backbone must do. */
export interface ConformanceCheck {
  name: string;
  /** @throws ConformanceError that says what is wrong and what to do; or what the backbone throws */
  run(): Promise<void>;
}

/**
 * What `trainDetector`, `Detector` and the scoring of streams rely on, as checks that any test framework can run:
 *
 * ```js
 * for (const { name, run } of conformanceChecks(myBackbone)) test(name, run);
 * ```
 *
 * Options and recipes, initialisation, shapes and masks, dropout, loss, gradients, the traced graph, buffers, the online
 * branch, and with each fusion training, scoring, saving and ONNX export. They run one after the other, in seconds for a
 * small network: give `backboneOptions` that make it one, or that choose a variant.
 */
export function conformanceChecks(backbone: Backbone, options: ConformanceOptions = {}): ConformanceCheck[] {
  const subject = subjectOf(backbone, options);
  const checks = [
    ...optionChecks,
    ...parameterChecks,
    ...forwardChecks,
    ...lossChecks,
    ...gradientChecks,
    ...graphChecks,
    ...onlineChecks,
    ...FUSIONS.flatMap(trainingChecks),
  ];
  return checks.map(({ name, run }) => ({ name, run: async () => run(subject) }));
}

import type { Modality, Severity } from '@robusta/core';
import { type Condition, conditionName } from '../protocol/condition.js';
import { assignInputs, type Input, parseScenario, type Scenario } from '../protocol/scenario.js';
import type { CheckedConfig } from './config.js';

/** What a model is given of one modality of a test video. */
export type ModalityInput = 'missing' | Condition;

/** What a model is given of a test video. */
export type InputPair = Record<Modality, ModalityInput>;

/** What is known of a test video without its features. */
export interface TestVideoHead {
  id: string;
  label: 0 | 1;
  modalities: readonly Modality[];
}

/** A row of the protocol at a severity, and the levels at which it is measured. */
export interface Row {
  scenario: Scenario;
  severity: Severity;
  levels: readonly number[];
}

/** Every row at the severity of the run; those that a severity changes once more at each other one, at the highest level. */
export function rowsOf({ corruptions, severity, severities, levels }: RowChoice): Row[] {
  const scenarios = corruptions.map(parseScenario);
  const changing = scenarios.filter(({ visual, audio }) =>
    [...visual.damaged, ...audio.damaged].some((input) => input !== 'missing'),
  );
  const others = severities.filter((other) => other !== severity);
  return [
    ...scenarios.map((scenario): Row => ({ scenario, severity, levels })),
    ...others.flatMap((other) =>
      changing.map((scenario): Row => ({ scenario, severity: other, levels: levels.slice(-1) })),
    ),
  ];
}

/** The part of a configuration that {@link rowsOf} reads. */
export type RowChoice = Pick<CheckedConfig, 'corruptions' | 'severity' | 'severities' | 'levels'>;

/** What every test video has in a row at a level, in the order of the videos. */
export function pairsOf(
  { scenario, severity }: Pick<Row, 'scenario' | 'severity'>,
  videos: readonly TestVideoHead[],
  level: number,
  { seed, coupling, corruptionSeed }: { seed: number } & Pick<CheckedConfig, 'coupling' | 'corruptionSeed'>,
): InputPair[] {
  const inputOf = (input: Input): ModalityInput =>
    input === 'clean' || input === 'missing' ? input : { corruption: input, severity, seed: corruptionSeed };
  return assignInputs(scenario, videos, { level, seed, coupling }).map(({ visual, audio }, i) => {
    const { modalities } = videos[i]!;
    return {
      visual: modalities.includes('visual') ? inputOf(visual) : 'missing',
      audio: modalities.includes('audio') ? inputOf(audio) : 'missing',
    };
  });
}

/** Equal names, equal inputs. */
export function inputName(input: ModalityInput): string {
  return input === 'missing' ? input : conditionName(input);
}

/** Equal names, equal pairs. */
export function pairName({ visual, audio }: InputPair): string {
  return `${inputName(visual)} ${inputName(audio)}`;
}

/** The clean video: what it lacks is missing. */
export function cleanPairOf({ modalities }: Pick<TestVideoHead, 'modalities'>): InputPair {
  return {
    visual: modalities.includes('visual') ? 'clean' : 'missing',
    audio: modalities.includes('audio') ? 'clean' : 'missing',
  };
}

import type { Modality, Severity } from '@robusta/core';
import { type Condition, conditionName } from '../protocol/condition.js';
import { createAssignment, type Input, parseScenario, type Scenario } from '../protocol/scenario.js';
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

/** Says what every test video has in a row at a level, in the order of the videos. */
export type AssignPairs = (row: Pick<Row, 'scenario' | 'severity'>, level: number) => InputPair[];

/** What the models are given of each test video in a repetition: of a modality that it lacks nothing. */
export function createPairs(
  videos: readonly TestVideoHead[],
  { seed, coupling, corruptionSeed }: { seed: number } & Pick<CheckedConfig, 'coupling' | 'corruptionSeed'>,
): AssignPairs {
  const assign = createAssignment(videos, { seed, coupling });
  // Many videos share few pairs: each is made once, and named once.
  const made = new Map<string, InputPair>();
  const inputOf = (input: Input, severity: Severity): ModalityInput =>
    input === 'clean' || input === 'missing' ? input : { corruption: input, severity, seed: corruptionSeed };
  const pairOf = (visual: Input, audio: Input, severity: Severity): InputPair => {
    const key = `${severity} ${visual} ${audio}`;
    let pair = made.get(key);
    if (!pair) {
      pair = { visual: inputOf(visual, severity), audio: inputOf(audio, severity) };
      made.set(key, pair);
    }
    return pair;
  };
  const lacks = videos.map(({ modalities }) => ({
    visual: !modalities.includes('visual'),
    audio: !modalities.includes('audio'),
  }));
  return ({ scenario, severity }, level) =>
    assign(scenario, level).map(({ visual, audio }, i) =>
      pairOf(lacks[i]!.visual ? 'missing' : visual, lacks[i]!.audio ? 'missing' : audio, severity),
    );
}

/** Equal names, equal inputs. */
export function inputName(input: ModalityInput): string {
  return input === 'missing' ? input : conditionName(input);
}

const names = new WeakMap<InputPair, string>();

/** Equal names, equal pairs. */
export function pairName(pair: InputPair): string {
  let name = names.get(pair);
  if (name === undefined) {
    name = `${inputName(pair.visual)} ${inputName(pair.audio)}`;
    names.set(pair, name);
  }
  return name;
}

/** The clean video: what it lacks is missing. */
export function cleanPairOf({ modalities }: Pick<TestVideoHead, 'modalities'>): InputPair {
  return {
    visual: modalities.includes('visual') ? 'clean' : 'missing',
    audio: modalities.includes('audio') ? 'clean' : 'missing',
  };
}

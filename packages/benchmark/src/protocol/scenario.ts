import { deriveSeed, type Modality, RobustaError } from '@robusta/core';
import { AUDIO_CORRUPTIONS } from '@robusta/corruptions-audio';
import { VISUAL_CORRUPTIONS } from '@robusta/corruptions-visual';
import { type CorruptionName, modalityOfCorruption } from './condition.js';
import { chosenCount, corruptionOrder } from './select.js';

/** What a test video has of one modality: as recorded, damaged, or nothing. */
export type Input = 'clean' | 'missing' | CorruptionName;

/** What a test video has of both. */
export interface VideoInputs {
  visual: Input;
  audio: Input;
}

/** What becomes of one modality as the level grows. */
export interface Lane {
  /** Of the videos that the level does not choose. */
  rest: 'clean' | 'missing';
  /** Of those that it chooses: dealt out in turn along their order; none, if the level changes nothing here. */
  damaged: readonly Exclude<Input, 'clean'>[];
}

/** A row of the paper's tables I, II and V. */
export interface Scenario {
  name: string;
  /** What the level damages. */
  modality: Modality | 'both';
  visual: Lane;
  audio: Lane;
}

/** The three rows of Table I that damage both modalities. */
export const PAIRS = ['motion-blur+babble', 'brightness+random-dropout', 'bit-error+hf-channel'] as const;

const CORRUPTIONS = { visual: VISUAL_CORRUPTIONS, audio: AUDIO_CORRUPTIONS } as const;
const OTHER = { visual: 'audio', audio: 'visual' } as const;

/** The rows of Table I without its averages: 16 corruptions, missing and mixed ones of each modality, three pairs. */
export const TABLE_1: readonly string[] = [
  ...VISUAL_CORRUPTIONS,
  ...AUDIO_CORRUPTIONS,
  'missing-visual',
  'missing-audio',
  'mixed-visual',
  'mixed-audio',
  ...PAIRS,
];

/** The rows of Table II without its averages: each corruption where the other modality is missing altogether. */
export const TABLE_2: readonly string[] = (['visual', 'audio'] as const).flatMap((modality) =>
  CORRUPTIONS[modality].map((name) => `${name}@missing-${OTHER[modality]}`),
);

/** Names that stand for many rows. */
export const ROW_GROUPS: Readonly<Record<string, readonly string[]>> = {
  all: [...VISUAL_CORRUPTIONS, ...AUDIO_CORRUPTIONS],
  table1: TABLE_1,
  table2: TABLE_2,
};

/**
 * Puts the rows of {@link ROW_GROUPS} in the place of their names: `all` 16 corruptions, `table1`, `table2`.
 * @returns each row once, in the order of the names
 */
export function expandRows(names: readonly string[]): string[] {
  return [
    ...new Set(names.flatMap((name) => (Object.hasOwn(ROW_GROUPS, name) ? ROW_GROUPS[name]! : [name]))),
  ];
}

/** Whether a name is one of a row or of {@link ROW_GROUPS}. */
export function isRowName(name: string): boolean {
  if (Object.hasOwn(ROW_GROUPS, name)) return true;
  try {
    parseScenario(name);
    return true;
  } catch {
    return false;
  }
}

/**
 * Reads the name of a row: a corruption (`fog`), a pair of a visual and an audio one (`fog+white`), all corruptions of
 * a modality (`mixed-audio`) or its loss (`missing-audio`); with `@missing-visual` or `@missing-audio` behind it the
 * other modality is missing in every video at every level (Table II).
 * @throws BAD_OPTION with what is known
 */
export function parseScenario(name: string): Scenario {
  const [row = '', without, ...rest] = name.split('@');
  const lanes = { visual: damagedOf(row, 'visual'), audio: damagedOf(row, 'audio') };
  const damaged = (['visual', 'audio'] as const).filter((modality) => lanes[modality].length > 0);
  const parts = row.split('+').length;
  if (damaged.length !== parts || rest.length > 0) throw unknownRow(name);
  const modality = damaged.length === 2 ? 'both' : damaged[0]!;
  if (without !== undefined && (modality === 'both' || without !== `missing-${OTHER[modality]}`)) {
    throw unknownRow(name);
  }
  if (without !== undefined && row === `missing-${modality}`) throw unknownRow(name);
  const lane = (of: Modality): Lane => ({
    rest: without === `missing-${of}` ? 'missing' : 'clean',
    damaged: lanes[of],
  });
  return { name, modality, visual: lane('visual'), audio: lane('audio') };
}

/** How the order in which videos are damaged comes about. */
export interface OrderOptions {
  /** Of the run: other seeds give replicates. */
  seed: number;
  /** Of pairs: `same` damages both modalities of the same videos, `independent` chooses for each modality. */
  coupling?: 'same' | 'independent';
}

/** How the videos of a level are chosen. */
export interface AssignOptions extends OrderOptions {
  /** Percent, 0 to 100. */
  level: number;
}

/** Says what each video has in a row at a level, in the order of the videos. */
export type Assign = (scenario: Scenario, level: number) => VideoInputs[];

/**
 * What each test video has at a level. Nested as in {@link selectCorrupted}: what a level damages stays damaged in the
 * same way at every higher one. Among n chosen videos of a `mixed` row each of its types occurs ⌊n/8⌋ times or once more.
 * @param videos - ids, distinct, with the class of each
 * @returns in the order of the videos
 * @throws BAD_OPTION for a level outside 0…100; BAD_INPUT for an id given twice
 */
export function assignInputs(
  scenario: Scenario,
  videos: readonly { id: string; label: 0 | 1 }[],
  { level, ...order }: AssignOptions,
): VideoInputs[] {
  return createAssignment(videos, order)(scenario, level);
}

/**
 * {@link assignInputs} for many rows and levels: the order of the videos depends on neither.
 * @throws BAD_INPUT for an id given twice
 */
export function createAssignment(
  videos: readonly { id: string; label: 0 | 1 }[],
  { seed, coupling = 'same' }: OrderOptions,
): Assign {
  const ids = videos.map(({ id }) => id);
  const labels = videos.map(({ label }) => label);
  const positions = (orderSeed: number): number[] => {
    const order = corruptionOrder(ids, orderSeed, labels);
    const found = new Map(order.map((id, position) => [id, position]));
    return ids.map((id) => found.get(id)!);
  };
  const together = positions(seed);
  const apart = coupling === 'independent' ? positions(deriveSeed(seed, 'independent', 'audio')) : together;
  const shift = deriveSeed(seed, 'mixed');
  return ({ modality, visual, audio }, level) => {
    if (!(level >= 0 && level <= 100)) {
      throw new RobustaError('BAD_OPTION', `level must be between 0 and 100 percent, received ${level}`);
    }
    const chosen = chosenCount(level, videos.length);
    const input = ({ rest, damaged }: Lane, position: number): Input =>
      position < chosen && damaged.length > 0 ? damaged[(position + shift) % damaged.length]! : rest;
    const heard = modality === 'both' ? apart : together;
    return ids.map((_, i) => ({ visual: input(visual, together[i]!), audio: input(audio, heard[i]!) }));
  };
}

/** The corruptions that any of the rows needs, each once, visual ones first. */
export function corruptionsOf(scenarios: readonly Scenario[]): CorruptionName[] {
  const needed = new Set(scenarios.flatMap(({ visual, audio }) => [...visual.damaged, ...audio.damaged]));
  return [...VISUAL_CORRUPTIONS, ...AUDIO_CORRUPTIONS].filter((name) => needed.has(name));
}

function damagedOf(row: string, modality: Modality): Lane['damaged'] {
  if (row === `mixed-${modality}`) return CORRUPTIONS[modality];
  if (row === `missing-${modality}`) return ['missing'];
  const all: readonly string[] = [...VISUAL_CORRUPTIONS, ...AUDIO_CORRUPTIONS];
  return row
    .split('+')
    .filter((part): part is CorruptionName => all.includes(part))
    .filter((part) => modalityOfCorruption(part) === modality)
    .slice(0, 1);
}

function unknownRow(name: string): RobustaError {
  return new RobustaError('BAD_OPTION', `"${name}" is not a row of the protocol`, {
    hint:
      `a corruption (${[...VISUAL_CORRUPTIONS, ...AUDIO_CORRUPTIONS].join(', ')}), mixed-visual, mixed-audio, ` +
      'missing-visual, missing-audio, or a visual and an audio one joined by "+"; "@missing-audio" or ' +
      '"@missing-visual" behind it takes the other modality away from every video',
  });
}

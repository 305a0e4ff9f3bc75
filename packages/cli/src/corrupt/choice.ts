import { RobustaError } from '@robusta/core';
import { AUDIO_ALIASES, AUDIO_CORRUPTIONS } from '@robusta/corruptions-audio';
import { VISUAL_ALIASES, VISUAL_CORRUPTIONS } from '@robusta/corruptions-visual';
import type { CorruptOptions } from '@robusta/media';
import { closest } from './closest.js';

/** The severity of a name that comes without one: the middle, as in the benchmark. */
const DEFAULT_SEVERITY = 3;

const known = {
  visual: [...VISUAL_CORRUPTIONS, ...Object.keys(VISUAL_ALIASES)],
  audio: [...AUDIO_CORRUPTIONS, ...Object.keys(AUDIO_ALIASES)],
} as const;

const canonical = { visual: VISUAL_CORRUPTIONS, audio: AUDIO_CORRUPTIONS } as const;

type Modality = 'visual' | 'audio';

/** What `--visual` or `--audio` asks for. */
export type Choice<M extends Modality = Modality> = NonNullable<CorruptOptions[M]>;

/**
 * Reads `fog`, `fog:3` or `fog:3,motion=static,driftSpeed=0.1`.
 * @throws BAD_OPTION that says what was probably meant
 */
export function parseChoice<M extends Modality>(modality: M, text: string): Choice<M> {
  const [head = '', ...assignments] = text.split(',').map((part) => part.trim());
  const [name = '', severity, ...more] = head.split(':');
  if (!known[modality].includes(name)) throw unknownName(modality, name);
  if (more.length > 0 || (severity !== undefined && !/^[1-5]$/.test(severity))) {
    const given = head.slice(name.length + 1);
    throw new RobustaError(
      'BAD_OPTION',
      `--${modality} ${text}: severity must be 1, 2, 3, 4 or 5, received ${given}`,
      {
        hint: `write for example --${modality} ${name}:3`,
      },
    );
  }
  const parameters = Object.fromEntries(assignments.map((part) => assignment(modality, text, part)));
  // Where a parameter is given, it may be the whole of what is asked for.
  const level = severity ?? (assignments.length === 0 ? DEFAULT_SEVERITY : undefined);
  return { name, ...(level === undefined ? {} : { severity: Number(level) }), ...parameters } as Choice<M>;
}

function assignment(modality: Modality, text: string, part: string): [string, string | number | boolean] {
  const [, key, value] = /^([A-Za-z]\w*)=(.+)$/.exec(part) ?? [];
  if (key === undefined || value === undefined) {
    throw new RobustaError('BAD_OPTION', `--${modality} ${text}: ${JSON.stringify(part)} is not name=value`, {
      hint: `write parameters as in --${modality} ${modality === 'visual' ? 'fog:3,motion=static' : 'white:3,snrDb=7'}`,
    });
  }
  if (value === 'true' || value === 'false') return [key, value === 'true'];
  const number = Number(value);
  return [key, Number.isFinite(number) ? number : value];
}

function unknownName(modality: Modality, name: string): RobustaError {
  const other = modality === 'visual' ? 'audio' : 'visual';
  const names = canonical[modality].join(', ');
  const message = `no ${modality} corruption is called ${JSON.stringify(name)}`;
  if (known[other].includes(name)) {
    return new RobustaError('BAD_OPTION', message, {
      hint: `${name} is one for --${other}; here use one of ${names}`,
    });
  }
  const near = closest(name, known[modality]);
  return new RobustaError('BAD_OPTION', message, {
    hint: near === undefined ? `use one of ${names}` : `did you mean ${near}? There are ${names}`,
  });
}

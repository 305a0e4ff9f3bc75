import { parse } from 'node:path/posix';

/** What the name of an XD-Violence video says. */
export interface XdName {
  /** Film with year, or `v=` and a YouTube id. */
  source: string;
  /** Number of the part, or its times `hh-mm-ss_hh-mm-ss` in the source. */
  part: string;
  /** The times in seconds, where the part is given so. */
  range?: [start: number, end: number];
  /** `A` for normal; else up to three of B1, B2, B4, B5, B6 and G, padded with 0. */
  codes: string[];
  label: 0 | 1;
}

// Greedy: the id of a YouTube video may have `__#`-like parts of its own.
const whole = /^(.+)__#(\d+|\d+-\d+-\d+_\d+-\d+-\d+)_label_(A|[BG]\d?(?:-[BG0]\d?)*)$/;
const labelled = /_label_(A|[BG]\d?(?:-[BG0]\d?)*)$/;

/** Takes a name apart; undefined for one that is not formed so. */
export function parseXdName(id: string): XdName | undefined {
  const match = whole.exec(id);
  if (!match) return undefined;
  const [, source, part, codes] = match as unknown as [string, string, string, string];
  const times = part.split(/[-_]/).map(Number);
  const at = (first: number) => times[first]! * 3600 + times[first + 1]! * 60 + times[first + 2]!;
  return {
    source,
    part,
    ...(times.length === 6 ? { range: [at(0), at(3)] as [number, number] } : {}),
    codes: codes.split('-'),
    label: codes === 'A' ? 0 : 1,
  };
}

/** The label of a name that ends with `_label_…`; undefined for others. */
export function labelOfName(id: string): 0 | 1 | undefined {
  const codes = labelled.exec(id)?.[1];
  return codes === undefined ? undefined : codes === 'A' ? 0 : 1;
}

/** The last part of a path of this or another machine. */
export function baseName(path: string): string {
  return parse(path.replaceAll('\\', '/')).base;
}

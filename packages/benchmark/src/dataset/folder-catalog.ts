import { basename, isAbsolute, posix, resolve } from 'node:path';
import { RobustaError, throwIfAborted } from '@robusta/core';
import { type Catalog, type CatalogEntry, countAnnotated, inSplitOrder } from './catalog.js';
import { type CsvRow, parseCsv } from './csv.js';
import { isVideo, listFiles, readText } from './layout.js';
import { idOfFile } from './lists.js';
import type { DatasetProblem } from './model.js';
import { problemOf } from './rules.js';

/** Where a folder of videos and its table lie. */
export interface FolderPlaces {
  root: string;
  /** The table; a relative path is that of the working directory. */
  csv: string;
  name?: string | undefined;
}

const columns = ['path', 'split', 'label', 'intervals', 'seconds', 'id'] as const;
type Column = (typeof columns)[number];
type Fields = Partial<Record<Column, string>>;

const labels: Record<string, 0 | 1> = { '0': 0, '1': 1, normal: 0, anomalous: 1 };
/** Problems of the table that a message spells out. */
const SHOWN = 5;

/**
 * Reads the table of a folder of videos. Every line that is wrong is told of at once.
 * @throws BAD_ANNOTATION naming file and lines; FILE_NOT_FOUND, FILE_UNREADABLE; ABORTED
 */
export async function readFolderCatalog(places: FolderPlaces, signal?: AbortSignal): Promise<Catalog> {
  throwIfAborted(signal);
  const root = resolve(places.root);
  const file = resolve(places.csv);
  const videos = (await listFiles(root, signal)).filter(isVideo);
  const wrong: TableProblem[] = [];
  const entries = parseVideoTable(await readText(file), file, wrong);
  if (entries.length + wrong.length === 0) wrong.push({ line: 1, problem: 'names no videos' });
  if (wrong.length > 0) throw tableError(file, wrong);

  const problems: DatasetProblem[] = [];
  const named = new Set(entries.map(({ path }) => path));
  for (const path of videos) {
    if (named.has(path)) continue;
    const message = `${path} is not in ${file}`;
    problems.push(problemOf('unlisted-media', idOfFile(posix.basename(path)), message, { skipped: true }));
  }
  return {
    name: places.name ?? basename(root),
    root,
    entries: inSplitOrder(entries),
    problems,
    audible: true,
    hasVideos: true,
    annotated: countAnnotated(entries),
  };
}

interface TableProblem {
  line: number;
  problem: string;
}

function tableError(file: string, wrong: readonly TableProblem[]): RobustaError {
  const shown = wrong.slice(0, SHOWN).map(({ line, problem }) => `${file}:${line}: ${problem}`);
  const more = wrong.length > SHOWN ? `; and ${wrong.length - SHOWN} more` : '';
  return new RobustaError('BAD_ANNOTATION', shown.join('; ') + more, {
    hint: 'the first line names the columns, e.g. "path,split,label,intervals"; a line is then "street/a.mp4,test,1,24-72;120-168"',
    details: { file, problems: wrong.map(({ line, problem }) => ({ line, problem })) },
  });
}

/** The videos of a table; what is wrong with it goes to `wrong`, with its line. */
export function parseVideoTable(text: string, file: string, wrong: TableProblem[]): CatalogEntry[] {
  const [header, ...rows] = parseCsv(text, (line, problem) => {
    throw tableError(file, [{ line, problem }]);
  });
  const names = headerOf(header, wrong);
  if (!names) return [];
  const byId = new Map<string, number>();
  const byPath = new Map<string, number>();
  return rows.flatMap((row) => {
    const fail = (problem: string) => void wrong.push({ line: row.line, problem });
    const fields = fieldsOf(row, names, fail);
    const entry = fields && entryOf(fields, fail);
    if (!entry) return [];
    const samePath = byPath.get(entry.path!);
    const sameId = byId.get(entry.id);
    if (samePath !== undefined) fail(`${entry.path} is on line ${samePath} already`);
    else if (sameId !== undefined) {
      fail(
        `the name ${entry.id} is that of line ${sameId}; give the videos names of their own in a column id`,
      );
    } else {
      byId.set(entry.id, row.line);
      byPath.set(entry.path!, row.line);
    }
    return [entry];
  });
}

function headerOf(header: CsvRow | undefined, wrong: TableProblem[]): Column[] | undefined {
  const names = header?.fields.map((field) => field.trim().toLowerCase()) ?? [];
  const line = header?.line ?? 1;
  const before = wrong.length;
  for (const [index, name] of names.entries()) {
    if (!columns.includes(name as Column)) {
      wrong.push({ line, problem: `"${name}" is no column; there are ${columns.join(', ')}` });
    } else if (names.indexOf(name) !== index) wrong.push({ line, problem: `two columns ${name}` });
  }
  for (const name of ['path', 'split', 'label']) {
    if (!names.includes(name)) wrong.push({ line, problem: `there is no column ${name}` });
  }
  return wrong.length > before ? undefined : (names as Column[]);
}

function fieldsOf(
  { fields }: CsvRow,
  names: readonly Column[],
  fail: (problem: string) => void,
): Fields | undefined {
  if (fields.length !== names.length) {
    fail(`${fields.length} fields, expected ${names.length}: ${names.join(', ')}`);
    return undefined;
  }
  return Object.fromEntries(names.map((name, i) => [name, fields[i]!.trim()]));
}

function entryOf(fields: Fields, fail: (problem: string) => void): CatalogEntry | undefined {
  let ok = true;
  const refuse = (problem: string) => {
    ok = false;
    fail(problem);
  };
  const path = pathOf(fields.path!, refuse);
  const split = fields.split!.toLowerCase();
  if (split !== 'train' && split !== 'test') refuse(`split is "${fields.split}", expected train or test`);
  const label = labels[fields.label!.toLowerCase()];
  if (label === undefined) refuse(`label is "${fields.label}", expected 0, 1, normal or anomalous`);
  const id = fields.id || idOfFile(posix.basename(path));
  if (!/^[^/\\]+$/.test(id) || id.startsWith('.')) refuse(`"${id}" cannot be the name of a file`);
  if (fields.intervals && fields.seconds) refuse('stretches both in frames (intervals) and in seconds');
  const inSeconds = !fields.intervals && Boolean(fields.seconds);
  const intervals = intervalsOf((inSeconds ? fields.seconds : fields.intervals) ?? '', inSeconds, refuse);
  if (label === 0 && intervals.length > 0) refuse('a normal video with an anomalous stretch');
  if (label === 1 && split === 'test' && intervals.length === 0) {
    refuse('an anomalous test video without a stretch cannot be evaluated');
  }
  if (!ok) return undefined;
  return {
    id,
    split: split as CatalogEntry['split'],
    label: label!,
    intervals,
    path,
    ...(inSeconds ? { rate: 1 } : {}),
  };
}

/** Paths stay inside of the folder, so that a table of someone else reads nothing else. */
function pathOf(text: string, refuse: (problem: string) => void): string {
  const path = posix.normalize(text.replaceAll('\\', '/'));
  if (text === '') refuse('there is no path');
  else if (isAbsolute(path) || /^[a-z]:/i.test(path))
    refuse(`"${text}" is not relative to the folder of the videos`);
  else if (path.startsWith('../')) refuse(`"${text}" leads out of the folder of the videos`);
  return path;
}

function intervalsOf(
  text: string,
  inSeconds: boolean,
  refuse: (problem: string) => void,
): [number, number][] {
  const number = inSeconds ? /^\d{1,9}(\.\d{1,9})?$/ : /^\d{1,15}$/;
  return text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .flatMap((part) => {
      const ends = part.split('-').map((end) => end.trim());
      if (ends.length !== 2 || !ends.every((end) => number.test(end))) {
        refuse(`"${part}" is not a stretch "start-end" in ${inSeconds ? 'seconds' : 'frames'}`);
        return [];
      }
      const [start, end] = ends.map(Number) as [number, number];
      if (start >= end) {
        refuse(`start ${start} is not before end ${end}`);
        return [];
      }
      return [[start, end] as [number, number]];
    });
}

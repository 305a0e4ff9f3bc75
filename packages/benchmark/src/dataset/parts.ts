import type { DatasetProblem, VideoRecord } from './model.js';
import { byCodeUnit, problemOf } from './rules.js';
import { parseXdName, type XdName } from './xd-names.js';

type Split = VideoRecord['split'];

/** Looks for names in both splits, for footage in both, and for names that are formed unusually. */
export function checkNames(splits: Record<Split, readonly string[]>, problems: DatasetProblem[]): void {
  const train = new Set(splits.train);
  const test = new Set(splits.test);
  for (const id of splits.test) {
    if (train.has(id))
      problems.push(problemOf('in-both-splits', id, 'is listed for training and for testing'));
  }
  const sources = new Map<string, Part[]>();
  for (const split of ['train', 'test'] as const) {
    for (const id of splits[split]) {
      const name = parseXdName(id);
      // One that is in both is told of already.
      if (!name || (split === 'train' && test.has(id))) continue;
      if (name.label === 1 && name.codes.length !== 3) {
        problems.push(
          problemOf('unpadded-label', id, `label ${name.codes.join('-')} is not padded to three codes`),
        );
      }
      const parts = sources.get(name.source);
      if (parts) parts.push({ id, split, name });
      else sources.set(name.source, [{ id, split, name }]);
    }
  }
  for (const [source, parts] of sources) checkParts(source, parts, problems);
}

interface Part {
  id: string;
  split: Split;
  name: XdName;
}

function checkParts(source: string, parts: readonly Part[], problems: DatasetProblem[]): void {
  const of = (split: Split) => parts.filter((part) => part.split === split).length;
  const [train, test] = [of('train'), of('test')];
  if (train > 0 && test > 0) {
    const message = `${train} of its parts ${train === 1 ? 'is' : 'are'} for training, ${test} for testing`;
    problems.push(problemOf('shared-source', source, message));
  }
  const sorted = [...parts].sort(
    (a, b) => (a.name.range?.[0] ?? 0) - (b.name.range?.[0] ?? 0) || byCodeUnit(a.id, b.id),
  );
  sorted.forEach((a, i) => {
    for (const b of sorted.slice(i + 1)) {
      const shared = overlap(a.name, b.name);
      if (shared === undefined || a.id === b.id) continue;
      const how = a.name.part === b.name.part ? 'is the same part as' : `shares ${shared} s with`;
      const where = `${how} ${b.id} (${b.split})`;
      const rule =
        a.split !== b.split
          ? 'shared-footage'
          : a.name.label !== b.name.label
            ? 'two-labels'
            : 'overlapping-parts';
      problems.push(problemOf(rule, a.id, `(${a.split}) ${where}`));
    }
  });
}

/** Seconds that two parts of one source share; undefined for none. Of parts by number only the number is known. */
function overlap(a: XdName, b: XdName): number | undefined {
  if (!a.range || !b.range) return a.part === b.part ? 0 : undefined;
  const shared = Math.min(a.range[1], b.range[1]) - Math.max(a.range[0], b.range[0]);
  return shared > 0 ? shared : undefined;
}

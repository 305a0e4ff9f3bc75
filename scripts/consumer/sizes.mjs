// Sizes of the packages are recorded in sizes.json and may grow by a margin before someone has to look.
import { readFileSync, writeFileSync } from 'node:fs';

const FILE = new URL('sizes.json', import.meta.url);
/** A jump is more than this part of what is recorded; compression alone differs by a percent between Node versions. */
export const MARGIN = 0.2;

/** What is recorded: by package, bytes by kind. */
export function readSizes() {
  return JSON.parse(readFileSync(FILE, 'utf8'));
}

/** Records sizes as they are now. */
export function writeSizes(sizes) {
  writeFileSync(FILE, `${JSON.stringify(sizes, null, 2)}\n`);
}

/**
 * Compares sizes with the recorded ones.
 * @returns one text for each that grew by more than the margin, is not recorded, or is recorded and no more there
 */
export function compareSizes(measured, recorded) {
  const problems = [];
  for (const name of new Set([...Object.keys(measured), ...Object.keys(recorded)])) {
    const now = measured[name] ?? {};
    const before = recorded[name] ?? {};
    for (const kind of new Set([...Object.keys(now), ...Object.keys(before)])) {
      const [is, was] = [now[kind], before[kind]];
      if (is === undefined) problems.push(`${name}: ${kind} is recorded but there is none`);
      else if (was === undefined) problems.push(`${name}: ${kind} (${is} bytes) is not recorded`);
      else if (is > was * (1 + MARGIN)) {
        const percent = Math.round((is / was - 1) * 100);
        problems.push(`${name}: ${kind} grew by ${percent} % from ${was} to ${is} bytes`);
      }
    }
  }
  return problems;
}

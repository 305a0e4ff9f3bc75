import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** A path below ROBUSTA_SHARED (default: `shared` beside the checkout), or undefined where it is absent. */
export function sharedPath(...parts: string[]): string | undefined {
  const path = join(resolve(root, process.env.ROBUSTA_SHARED ?? '../shared'), ...parts);
  return existsSync(path) ? path : undefined;
}

/** `describe` for tests that need a folder of ROBUSTA_SHARED; without it they are skipped and say so. */
export function describeShared(folder: string, tests: (path: string) => void): void {
  const path = sharedPath(...folder.split('/'));
  if (path) describe(folder, () => tests(path));
  else {
    describe(folder, () => {
      test.skip(`skipped: ${folder} is not below ROBUSTA_SHARED`, () => {});
    });
  }
}

const special: Record<string, number> = { NaN: Number.NaN, Infinity: Infinity, '-Infinity': -Infinity };

/** Parses a golden file; the strings "NaN", "Infinity" and "-Infinity" become numbers. */
export function goldenJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8'), (_key, value) =>
    typeof value === 'string' && value in special ? special[value] : value,
  ) as T;
}

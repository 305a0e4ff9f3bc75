import { mkdir } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { fileError, RobustaError } from '@robusta/core';
import { planFiles } from '../corrupt/files.js';

/** One video to extract from. */
export interface ExtractFile {
  input: string;
  /** Paths of its features without `.npy`, `__0.npy` or `__vggish.npy`. */
  stems: Stems;
}

/** Where the features of each modality go; one that is not asked for is absent. */
export interface Stems {
  visual?: string;
  audio?: string;
}

/**
 * Where the features of each input go: `<folder>/<name>` of each modality; files of folders keep their place in the
 * folder. Makes the folders.
 * @throws FILE_NOT_FOUND; EMPTY_INPUT for a folder without media; BAD_OPTION for two inputs with one name
 */
export async function planExtraction(inputs: readonly string[], folders: Stems): Promise<ExtractFile[]> {
  const targets = Object.entries(folders).map(([modality, folder]) => [modality, resolve(folder)] as const);
  for (const [, target] of targets) {
    await mkdir(target, { recursive: true }).catch((error) => {
      throw fileError(error, target);
    });
  }
  const [[, first]] = targets as [(typeof targets)[number]];
  const { files } = await planFiles(inputs, first);
  const seen = new Map<string, string>();
  return files.map(({ input, output }) => {
    const name = relative(first, output).replace(/\.[^./\\]*$/, '');
    const stems = Object.fromEntries(targets.map(([modality, target]) => [modality, join(target, name)]));
    for (const stem of new Set(Object.values(stems))) {
      const other = seen.get(stem);
      if (other !== undefined) {
        throw new RobustaError('BAD_OPTION', `${other} and ${input} would both become ${stem}.npy`, {
          hint: 'give them different names, or extract them into different folders',
        });
      }
      seen.set(stem, input);
    }
    return { input, stems };
  });
}

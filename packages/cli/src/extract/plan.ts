import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileError, RobustaError } from '@robusta/core';
import { planFiles } from '../corrupt/files.js';

/** One video to extract from. */
export interface ExtractFile {
  input: string;
  /** Feature file, ends in `.npy`. */
  output: string;
}

/**
 * The feature file of each input, `<folder>/<name>.npy`; files of folders keep their place in the folder. Makes the
 * folder.
 * @throws FILE_NOT_FOUND; EMPTY_INPUT for a folder without media; BAD_OPTION for two inputs with one name
 */
export async function planExtraction(inputs: readonly string[], folder: string): Promise<ExtractFile[]> {
  const target = resolve(folder);
  await mkdir(target, { recursive: true }).catch((error) => {
    throw fileError(error, target);
  });
  const { files } = await planFiles(inputs, target);
  const seen = new Map<string, string>();
  return files.map(({ input, output: copy }) => {
    const output = copy.replace(/\.[^./\\]*$/, '.npy');
    const other = seen.get(output);
    if (other !== undefined) {
      throw new RobustaError('BAD_OPTION', `${other} and ${input} would both become ${output}`, {
        hint: 'give them different names, or extract them into different folders',
      });
    }
    seen.set(output, input);
    return { input, output };
  });
}

import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { fileError, RobustaError } from '@robusta/core';

/** Extensions that are taken for media in a folder; a file that is named is taken whatever it is called. */
const mediaFiles = /\.(mp4|m4v|mov|mkv|webm|avi|flv|wmv|mpe?g|ts|3gp|mp3|m4a|mka|wav|flac|ogg|opus|aac)$/i;

/** Containers that can be written under the same name; others become Matroska, which holds every codec. */
const writable = /\.(mp4|m4v|m4a|mov|mkv|mka|wav|flac)$/i;
const sound = /\.(mp3|ogg|opus|aac)$/i;

/** One file to corrupt. */
export interface CorruptFile {
  input: string;
  output: string;
  /** Name without extension: the id of the video in a data set. */
  id: string;
}

/** What is to be done. */
export interface Plan {
  files: CorruptFile[];
  /** One file to another, as opposed to a folder that is filled. */
  single: boolean;
}

/**
 * Pairs inputs with outputs: a file goes to the output itself, or into it if it is a folder; several files and the files
 * of folders go into it, under their place in the folder.
 * @throws FILE_NOT_FOUND, EMPTY_INPUT (no media in a folder), BAD_OPTION (two inputs for one output)
 */
export async function planFiles(inputs: readonly string[], output: string): Promise<Plan> {
  const target = resolve(output);
  const found: { input: string; name: string }[] = [];
  let folders = false;
  for (const input of inputs.map((path) => resolve(path))) {
    const stats = await stat(input).catch((error) => {
      throw fileError(error, input);
    });
    if (!stats.isDirectory()) {
      found.push({ input, name: basename(input) });
      continue;
    }
    folders = true;
    const names = (await readdir(input, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile() && mediaFiles.test(entry.name) && !entry.name.startsWith('.'))
      .map((entry) => join(entry.parentPath, entry.name))
      // What an earlier run has made is no input of this one.
      .filter((name) => relative(target, name).startsWith('..') || target === input);
    if (names.length === 0) {
      throw new RobustaError('EMPTY_INPUT', `${input} holds no video or sound`, {
        hint: 'name a folder with files such as .mp4, or a file itself',
      });
    }
    found.push(...names.sort().map((name) => ({ input: name, name: relative(input, name) })));
  }
  const isFolder = (await stat(target).catch(() => undefined))?.isDirectory() ?? false;
  const single =
    !folders && found.length === 1 && !isFolder && (extname(output) !== '' || !/[\\/]$/.test(output));
  const files = found.map(({ input, name }) => ({
    input,
    output: single ? target : join(target, outputName(name)),
    id: basename(input, extname(input)),
  }));
  const seen = new Map<string, string>();
  for (const file of files) {
    const other = seen.get(file.output);
    if (other !== undefined) {
      throw new RobustaError('BAD_OPTION', `${other} and ${file.input} would both become ${file.output}`, {
        hint: 'give them different names, or corrupt them into different folders',
      });
    }
    seen.set(file.output, file.input);
  }
  return { files, single };
}

function outputName(name: string): string {
  if (writable.test(name)) return name;
  return `${name.replace(/\.[^.]*$/, '')}${sound.test(name) ? '.mka' : '.mkv'}`;
}

/** The folders that a plan writes to. */
export const foldersOf = ({ files }: Plan) => [...new Set(files.map(({ output }) => dirname(output)))];

import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileError, parseOptions, RobustaError } from '@robusta/core';
import { absolutePaths } from './paths.js';
import { type ConfigFile, ConfigFileSchema } from './schema.js';

/**
 * Reads a `robusta.json`. Defaults are not filled in; relative paths are taken from the folder of the file.
 * @throws FILE_NOT_FOUND, FILE_UNREADABLE; BAD_FORMAT if it is not JSON; BAD_OPTION naming the file and every offending key
 */
export async function readConfigFile(path: string): Promise<ConfigFile> {
  const text = await readFile(path, 'utf8').catch((error) => {
    throw fileError(error, path);
  });
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new RobustaError('BAD_FORMAT', `${path} is not JSON: ${(error as Error).message}`, {
      cause: error,
    });
  }
  parseOptions(ConfigFileSchema, content, path);
  // What was written and not what was parsed: defaults would hide the preset.
  return absolutePaths(content as ConfigFile, dirname(resolve(path)));
}

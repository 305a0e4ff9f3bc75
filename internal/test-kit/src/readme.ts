import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** What the example in a README printed, and what the README says that it prints. */
export interface ReadmeExample {
  code: string;
  stdout: string;
  /** The ```text block that follows the example, if there is one. */
  promised: string | undefined;
}

/**
 * Runs the first ```js block of a package's README against the built package, as a user would.
 * @param testUrl - `import.meta.url` of a test in `<package>/test`
 */
export async function runReadmeExample(testUrl: string): Promise<ReadmeExample> {
  const directory = fileURLToPath(new URL('..', testUrl));
  const readme = await readFile(join(directory, 'README.md'), 'utf8');
  const match = /```js\n([\s\S]*?)```(?:\s*```text\n([\s\S]*?)```)?/.exec(readme);
  if (!match) throw new Error(`${directory}README.md has no \`\`\`js block`);
  // Inside the package, so that its own name and its dependencies resolve.
  const scratch = await mkdtemp(join(directory, 'test', '.readme-'));
  try {
    const file = join(scratch, 'example.mjs');
    await writeFile(file, match[1]!);
    const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: scratch });
    return { code: match[1]!, stdout, promised: match[2] };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

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

/** A ```js block, or ```js continued, and the ```text block right behind it, if any. */
const EXAMPLE = /```js( continued)?\n((?:(?!```)[\s\S])*)```(?:\s*```text\n([\s\S]*?)```)?/g;

/**
 * Runs the first ```js block of a package's README against the built package, as a user would.
 * @param testUrl - `import.meta.url` of a test in `<package>/test`
 */
export async function runReadmeExample(testUrl: string): Promise<ReadmeExample> {
  const { directory, blocks } = await readExamples(testUrl);
  if (!blocks[0]) throw new Error(`${directory}README.md has no \`\`\`js block`);
  return run(directory, blocks[0]);
}

/** Runs every ```js block that a ```text block follows, one after the other. */
export async function runReadmeExamples(testUrl: string): Promise<ReadmeExample[]> {
  const { directory, blocks } = await readExamples(testUrl);
  const examples: ReadmeExample[] = [];
  for (const block of blocks) {
    if (block.promised !== undefined) examples.push(await run(directory, block));
  }
  return examples;
}

type Block = Omit<ReadmeExample, 'stdout'>;

async function readExamples(testUrl: string): Promise<{ directory: string; blocks: Block[] }> {
  const directory = fileURLToPath(new URL('..', testUrl));
  const readme = await readFile(join(directory, 'README.md'), 'utf8');
  const blocks: Block[] = [];
  for (const [, continued, code, promised] of readme.matchAll(EXAMPLE)) {
    const before = blocks.at(-1);
    if (!continued || !before) blocks.push({ code: code!, promised });
    else {
      // It goes on with what the block before it made, and is run together with it.
      before.code += code!;
      if (promised !== undefined) before.promised = (before.promised ?? '') + promised;
    }
  }
  return { directory, blocks };
}

async function run(directory: string, block: Block): Promise<ReadmeExample> {
  // Inside the package, so that its own name and its dependencies resolve.
  const scratch = await mkdtemp(join(directory, 'test', '.readme-'));
  try {
    const file = join(scratch, 'example.mjs');
    await writeFile(file, block.code);
    const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: scratch });
    return { ...block, stdout };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

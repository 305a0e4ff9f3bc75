import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/**
 * Runs an ES module in a Node process of its own, outside jest, against the built package.
 * @param input - for its stdin, as JSON
 */
export async function nodeScript(
  source: string,
  input: unknown = null,
): Promise<{ stdout: string; stderr: string; code: number | null; milliseconds: number }> {
  const start = performance.now();
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], { cwd: import.meta.dirname });
  child.stdin.on('error', () => {});
  child.stdin.end(JSON.stringify(input));
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { stdout, stderr, code, milliseconds: performance.now() - start };
}

/** Source that reads the input of {@link nodeScript} into `input`. */
export const READ_INPUT = `
  import { json } from 'node:stream/consumers';
  const input = await json(process.stdin);
`;

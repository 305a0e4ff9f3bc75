import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { main, type Terminal } from '../src/index.js';

/** The built program. */
export const bin = fileURLToPath(new URL('../dist/bin.js', import.meta.url));

/** Exit code and both streams of a command that ran here, without a bar and colors. */
export async function robusta(...args: string[]) {
  const result = { code: -1, out: '', err: '' };
  const terminal: Terminal = {
    out: (text) => void (result.out += text),
    err: (text) => void (result.err += text),
    progressStream: undefined,
    columns: 100,
    color: false,
  };
  result.code = await main(args, { terminal });
  return result;
}

/** The program as a user starts it; jest's realm slows numeric loops down tenfold. */
export async function shell(...args: string[]) {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const result = { code: -1, out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => (result.out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (result.err += text));
  [result.code] = await once(child, 'close');
  return result;
}

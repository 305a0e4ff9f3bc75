import { EXIT, main, type Terminal } from '@robusta/cli';

export async function run() {
  const said: string[] = [];
  const terminal: Terminal = {
    out: (text) => said.push(text),
    err: (text) => said.push(text),
    progressStream: undefined,
    columns: 80,
    color: false,
  };
  const code = await main(['--help'], { terminal });
  return { code: code === EXIT.done, usage: said.join('\n').includes('Usage: robusta') };
}

export const expected = { code: true, usage: true };

import { spawn } from 'node:child_process';

/** Marks the line of the answer: native libraries may print what they like around it. */
const MARK = 'robusta:';

/** Longest time that a child process may take, in milliseconds. */
const LIMIT = 60_000;

/**
 * Runs a script in a process of its own: drivers that print, hang or crash do so there.
 * @param script - an ES module whose function `answer(request)` gives the answer, JSON-safe like the request
 * @returns the answer, and the end of what was printed on stderr
 */
export function askChild<T>(script: string, request: unknown): Promise<{ answer: T; errors: string }> {
  const source = `${script}
    let text = '';
    for await (const part of process.stdin.setEncoding('utf8')) text += part;
    const line = '\\n${MARK}' + JSON.stringify(await answer(JSON.parse(text))) + '\\n';
    process.stdout.write(line, () => process.exit(0));`;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
      stdio: ['pipe', 'pipe', 'pipe'],
      // Electron's executable is Node only when told so.
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', TF_CPP_MIN_LOG_LEVEL: '3' },
      windowsHide: true,
    });
    let output = '';
    let errors = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT);
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      output += part;
    });
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      errors = (errors + part).slice(-4000);
    });
    // A child that ends early closes the pipe; what happened is told by its exit.
    child.stdin.on('error', () => {});
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const line = output.split('\n').findLast((text) => text.startsWith(MARK));
      if (line) return resolve({ answer: JSON.parse(line.slice(MARK.length)) as T, errors });
      const last = errors.trim().split('\n').at(-1)?.trim();
      const end = signal ? `was ended by ${signal}` : `ended with code ${code}`;
      reject(new Error(`the process that tried it ${end}${last ? `: ${last}` : ''}`));
    });
    child.stdin.end(JSON.stringify(request));
  });
}

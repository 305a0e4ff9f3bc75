import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const bundler = fileURLToPath(new URL('../bundle.mjs', import.meta.url));

/** The first of CHROME_PATH and the usual names on the path that starts. */
function findBrowser(): string | undefined {
  const names = [process.env.CHROME_PATH, 'chromium', 'chromium-browser', 'google-chrome', 'chrome'];
  return names.find((name) => name && spawnSync(name, ['--version']).status === 0);
}

/** Runs the export `run` of a module, which must return JSON, in a page. */
export type PageRunner = <Result>(
  module: URL,
  options?: {
    /** The page's Content-Security-Policy. */
    policy?: string;
  },
) => Promise<Result>;

/** `describe` for tests that need Chromium; without one they are skipped and say so. */
export function describeBrowser(name: string, tests: (runInPage: PageRunner) => void): void {
  const browser = findBrowser();
  if (browser) describe(name, () => tests((module, options) => runInPage(browser, module, options)));
  else {
    describe(name, () => {
      test.skip('skipped: no Chromium on the path or at CHROME_PATH', () => {});
    });
  }
}

/** Runs the same script as a page would, in Node. */
export async function runInNode<Result>(module: URL): Promise<Result> {
  return withBundle(module, async (script) => {
    const { stdout } = await run(process.execPath, [script], { maxBuffer: 2 ** 26 });
    return resultOf<Result>(stdout.trim());
  });
}

/** Opens a page with nothing but the module in it. */
async function runInPage<Result>(
  browser: string,
  module: URL,
  { policy }: { policy?: string } = {},
): Promise<Result> {
  return withBundle(module, async (script, folder) => {
    const meta = policy ? `<meta http-equiv="Content-Security-Policy" content="${policy}">` : '';
    const code = (await readFile(script, 'utf8')).replaceAll('</script', '<\\/script');
    const page = join(folder, 'page.html');
    await writeFile(page, `<!doctype html><meta charset="utf-8">${meta}<pre></pre><script>${code}</script>`);
    const { stdout, stderr } = await run(
      browser,
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-dev-shm-usage',
        '--no-first-run',
        `--user-data-dir=${join(folder, 'profile')}`,
        '--dump-dom',
        pathToFileURL(page).href,
      ],
      { maxBuffer: 2 ** 26 },
    );
    const [, answer] = /<pre>([^<]+)<\/pre>/.exec(stdout) ?? [];
    if (!answer) throw new Error(`the page gave no answer; the browser said:\n${stderr.slice(-2000)}`);
    return resultOf<Result>(answer);
  });
}

/** Bundles a module as a user's bundler would, from the built packages. */
async function withBundle<Result>(
  module: URL,
  use: (script: string, folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'robusta-page-'));
  try {
    const script = join(folder, 'page.cjs');
    // In a process of its own: in jest's realm esbuild takes typed arrays for foreign ones.
    await run(process.execPath, [bundler, fileURLToPath(module), script]);
    return await use(script, folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function resultOf<Result>(answer: string): Result {
  const { result, error } = JSON.parse(decodeURIComponent(answer));
  if (error) throw new Error(`in the bundle: ${error}`);
  return result;
}

// Bundles samples as a page would have them and runs them in headless Chromium.
import { deepStrictEqual } from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { builtinModules } from 'node:module';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** Milliseconds for a page to answer: most of it is the browser's start on a busy machine. */
const PATIENCE = 60_000;
/** What bundles for pages leave out: a page that calls what needs them gets an error from the browser. */
const OUTSIDE = [...builtinModules, 'node:*', 'write-file-atomic', 'onnxruntime-node'];

/**
 * Bundles a compiled sample; parts that are loaded on demand stay files of their own.
 * @returns `{ bytes, gzipBytes, lazyBytes, problems }`: bytes that the page needs to start, minified; and what a page
 *   could not have: modules of Node, native libraries or TensorFlow.js before they are asked for
 */
export async function bundleSample(folder, name, outdir) {
  writeFileSync(
    join(folder, `page-${name}.js`),
    `import { run } from './out/${name}.js';
const answer = {};
try {
  answer.result = await run();
} catch (error) {
  answer.error = String(error?.stack ?? error);
}
await fetch('/answer/${name}', { method: 'POST', body: JSON.stringify(answer) });
`,
  );
  const { metafile } = await build({
    entryPoints: [join(folder, `page-${name}.js`)],
    outdir,
    absWorkingDir: folder,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    external: OUTSIDE,
    metafile: true,
    chunkNames: `${name}-[hash]`,
    logLevel: 'error',
  });
  const paths = Object.keys(metafile.outputs);
  const entry = paths.find((path) => metafile.outputs[path].entryPoint);
  const initial = reachable(metafile.outputs, entry);
  const problems = [];
  for (const path of initial) {
    const { imports, inputs } = metafile.outputs[path];
    for (const { path: to, external, kind } of imports) {
      if (external && kind !== 'dynamic-import') problems.push(`${basename(path)} needs ${to}`);
    }
    for (const input of Object.keys(inputs)) {
      if (/\.node$|node_modules\/(onnxruntime|@tensorflow)/.test(input)) {
        problems.push(`${basename(path)} holds ${input}`);
      }
    }
  }
  const start = initial.map((path) => readFileSync(join(folder, path)));
  const sum = (sizes) => sizes.reduce((total, size) => total + size, 0);
  const bytes = sum(start.map(({ length }) => length));
  return {
    bytes,
    gzipBytes: sum(start.map((code) => gzipSync(code, { level: 9 }).length)),
    lazyBytes: sum(paths.map((path) => metafile.outputs[path].bytes)) - bytes,
    problems,
  };
}

/** The outputs that an entry loads at once: itself and what it imports statically, and so on. */
export function reachable(outputs, entry, seen = new Set()) {
  if (!seen.has(entry)) {
    seen.add(entry);
    for (const { path, kind, external } of outputs[entry].imports) {
      if (!external && kind === 'import-statement') reachable(outputs, path, seen);
    }
  }
  return [...seen];
}

/** The first of CHROME_PATH and the usual names on the path that starts. */
export function findBrowser() {
  const names = [process.env.CHROME_PATH, 'chromium', 'chromium-browser', 'google-chrome', 'chrome'];
  return names.find((name) => name && spawnSync(name, ['--version']).status === 0);
}

/**
 * Opens one page with all bundles and waits for what each of them returns.
 * @returns by sample: `{ result }` or `{ error }`
 */
export async function runInBrowser(browser, folder, outdir, names) {
  const answers = {};
  let done;
  const complete = new Promise((resolve) => {
    done = resolve;
  });
  const tags = names.map((name) => `<script type="module" src="/page-${name}.js"></script>`).join('');
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://localhost').pathname;
    if (request.method === 'POST') {
      let body = '';
      request.on('data', (part) => {
        body += part;
      });
      request.on('end', () => {
        answers[basename(path)] = JSON.parse(body);
        response.end();
        if (names.every((name) => answers[name])) done();
      });
    } else if (path === '/') {
      response.setHeader('content-type', 'text/html').end(`<!doctype html><meta charset="utf-8">${tags}`);
    } else {
      try {
        const code = readFileSync(join(outdir, basename(path)));
        response.setHeader('content-type', 'text/javascript').end(code);
      } catch {
        response.writeHead(404).end();
      }
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const page = spawn(
    browser,
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--no-first-run',
      `--user-data-dir=${join(folder, 'profile')}`,
      '--remote-debugging-port=0',
      `http://127.0.0.1:${server.address().port}/`,
    ],
    { stdio: 'ignore' },
  );
  const closed = new Promise((resolve) => page.on('close', resolve));
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, PATIENCE);
  });
  await Promise.race([complete, closed, late]);
  clearTimeout(timer);
  page.kill();
  await closed;
  server.closeAllConnections();
  server.close();
  for (const name of names) answers[name] ??= { error: 'the page gave no answer' };
  return answers;
}

/** Answers of {@link runInBrowser} that are not what the samples expect, one text each. */
export async function wrongAnswers(folder, answers) {
  const problems = [];
  for (const [name, { result, error }] of Object.entries(answers)) {
    const { expected } = await import(pathToFileURL(join(folder, 'out', `${name}.js`)).href);
    try {
      if (error) throw new Error(error);
      deepStrictEqual(result, expected);
    } catch (wrong) {
      problems.push(`${name}: ${wrong.message}`);
    }
  }
  return problems;
}

// bundle.mjs MODULE OUTPUT: one script that calls the module's export `run` and puts what it returns, or what it throws,
// into the page, or where there is none to the standard output.
import { dirname } from 'node:path';
import { build } from 'esbuild';

const [module, outfile] = process.argv.slice(2);
const page = `
import { run } from ${JSON.stringify(module)};
const answer = {};
try {
  answer.result = run();
} catch (error) {
  answer.error = String(error?.stack ?? error);
}
const text = encodeURIComponent(JSON.stringify(answer));
if (globalThis.document) document.querySelector('pre').textContent = text;
else console.log(text);
`;
await build({
  stdin: { contents: page, resolveDir: dirname(module) },
  outfile,
  bundle: true,
  minify: true,
  format: 'iife',
  platform: 'browser',
  // The built packages, not the sources that the workspace's own conditions lead to.
  tsconfigRaw: '{}',
  logLevel: 'error',
});

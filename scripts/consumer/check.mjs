// check.mjs [--record] [--browser] [--keep]: packs every public package, installs the tarballs as a stranger would, and uses them.
//   --record   write the sizes as they are now to sizes.json instead of comparing
//   --browser  fail where there is no Chromium, instead of leaving out what needs it
//   --keep     leave the project where it is, and say where
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packAll, run } from '../release/pack.mjs';
import { bundleSample, findBrowser, runInBrowser, wrongAnswers } from './browser.mjs';
import {
  checkTypes,
  createProject,
  nativeDependencies,
  removeProject,
  sampleNames,
  specifiers,
} from './project.mjs';
import { compareSizes, readSizes, writeSizes } from './sizes.mjs';

/** What runs in a page. */
const FOR_BROWSERS = ['core', 'metrics', 'corruptions-visual', 'corruptions-audio', 'gmm-fusion', 'report'];
/** Loading these, or running their samples, loads no native library. */
const WITHOUT_NATIVES = [...FOR_BROWSERS, 'tensor-io'];
/** Of these, nothing that npm installs for them is native; gmm-fusion has an engine that it loads on demand. */
const PURE = WITHOUT_NATIVES.filter((name) => name !== 'gmm-fusion');

const { values: options } = parseArgs({
  options: { record: { type: 'boolean' }, browser: { type: 'boolean' }, keep: { type: 'boolean' } },
});
const base = realpathSync(mkdtempSync(join(tmpdir(), 'robusta-consumer-')));
const problems = [];
let begun = performance.now();

/** Says how a step went and how long it took. */
function report(step, found) {
  const now = performance.now();
  const result = found.length === 0 ? 'ok' : `${found.length} problem(s)`;
  console.log(`${step.padEnd(46)} ${result.padEnd(14)} ${((now - begun) / 1000).toFixed(1)} s`);
  for (const problem of found) console.log(`  ${problem.replaceAll('\n', '\n  ')}`);
  problems.push(...found);
  begun = now;
}

/** What the action throws, as a problem of `name`; natives that it may not load, too. */
function attempt(name, allowed, program, argument) {
  try {
    const preload = ['--require', join(folder, 'natives.cjs')];
    const natives = JSON.parse(
      run(process.execPath, [...preload, join(folder, program), argument], { cwd: folder })
        .trim()
        .split('\n')
        .at(-1),
    );
    return allowed ? [] : natives.map((file) => `${name} loads ${file}`);
  } catch (error) {
    return [`${name}: ${error.message}`];
  }
}

const short = (name) => name.replace('@robusta/', '');
const folder = join(base, 'project');
try {
  mkdirSync(join(base, 'tarballs'));
  const packed = packAll(join(base, 'tarballs'));
  const names = packed.map(({ name }) => short(name));
  const without = names.filter((name) => !sampleNames().includes(name));
  report(
    `packed ${packed.length} packages`,
    without.map((name) => `no sample for ${name} in scripts/consumer/samples`),
  );

  createProject(folder, packed);
  report('installed with npm', []);

  for (const resolution of ['nodenext', 'bundler']) {
    report(`type-checked, ${resolution}`, checkTypes(folder, packed, resolution));
  }

  report(
    'required from CommonJS',
    packed.flatMap((one) => {
      const allowed = !WITHOUT_NATIVES.includes(short(one.name));
      return specifiers(one).flatMap((door) => attempt(door, allowed, 'require.cjs', door));
    }),
  );
  report(
    'samples run on Node',
    names.flatMap((name) => attempt(name, !WITHOUT_NATIVES.includes(name), 'run-sample.mjs', name)),
  );
  const bin = join(folder, 'node_modules', '.bin', 'robusta');
  const help = spawnSync(bin, ['--help'], { encoding: 'utf8', shell: process.platform === 'win32' });
  report('the command', help.stdout?.includes('Usage: robusta') ? [] : [`robusta --help:\n${help.stderr}`]);

  report(
    'nothing native installed for pure packages',
    PURE.flatMap((name) =>
      nativeDependencies(folder, `@robusta/${name}`).map((native) => `${name} depends on ${native}`),
    ),
  );

  const sizes = Object.fromEntries(
    packed.map(({ name, packedBytes, unpackedBytes }) => [
      name,
      { packed: packedBytes, unpacked: unpackedBytes },
    ]),
  );
  const outdir = join(folder, 'pages');
  const found = [];
  for (const name of FOR_BROWSERS) {
    const { bytes, gzipBytes, problems: inBundle } = await bundleSample(folder, name, outdir);
    Object.assign(sizes[`@robusta/${name}`], { bundle: bytes, bundleGzip: gzipBytes });
    found.push(...inBundle.map((problem) => `${name}: ${problem}`));
  }
  report(`bundled ${FOR_BROWSERS.length} packages for a page`, found);

  const browser = findBrowser();
  if (browser) {
    const answers = await runInBrowser(browser, folder, outdir, FOR_BROWSERS);
    report('samples run in a browser', await wrongAnswers(folder, answers));
  } else {
    report('no Chromium on the path or at CHROME_PATH', options.browser ? ['--browser asks for one'] : []);
  }

  if (options.record) writeSizes(sizes);
  report(options.record ? 'sizes recorded' : 'sizes', options.record ? [] : compareSizes(sizes, readSizes()));
} finally {
  if (options.keep) console.log(`the project is in ${base}`);
  else removeProject(base);
}
if (problems.length > 0) {
  console.error(`${problems.length} problem(s) a stranger would have`);
  process.exitCode = 1;
}

// A project as a stranger has it: an empty folder outside the workspace, plain npm, the packed packages, TypeScript.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { ROOT, run } from '../release/pack.mjs';

const require = createRequire(join(ROOT, 'package.json'));
const versionOf = (name) => require(`${name}/package.json`).version;
const windows = process.platform === 'win32';

/**
 * Installs tarballs with npm, once for all packages.
 * @param folder - to be made
 * @param packed - what `packAll` returns
 */
export function createProject(folder, packed) {
  mkdirSync(folder, { recursive: true });
  const dependencies = Object.fromEntries(packed.map(({ name, tarball }) => [name, `file:${tarball}`]));
  const manifest = {
    name: 'stranger',
    private: true,
    type: 'module',
    dependencies,
    devDependencies: { typescript: versionOf('typescript'), '@types/node': versionOf('@types/node') },
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
  // Without install scripts: ONNX Runtime's fetches libraries of CUDA, and nothing here may depend on one having run.
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], {
    cwd: folder,
    shell: windows,
  });
  const here = import.meta.dirname;
  cpSync(join(here, 'samples'), folder, { recursive: true });
  cpSync(join(here, 'inside'), folder, { recursive: true });
}

/** The samples' names: one a package. */
export function sampleNames() {
  return readdirSync(join(import.meta.dirname, 'samples')).map((file) => basename(file, '.ts'));
}

/** Modules that a package offers: its own name, and those of its sub-paths; files of data are none. */
export function specifiers({ name, manifest }) {
  return Object.entries(manifest.exports)
    .filter(([, target]) => target.types !== undefined)
    .map(([path]) => name + path.slice(1));
}

/**
 * Type-checks the samples, every public name through `import` and through `require`, and the packages' own declarations;
 * with `nodenext`, it also writes the samples as JavaScript.
 * @returns what is wrong, one text a finding
 */
export function checkTypes(folder, packed, resolution) {
  const doors = packed.flatMap(specifiers);
  const lines = (form) => doors.map((door, i) => `${form(door, i)};\nexport type T${i} = typeof m${i};\n`);
  const files = sampleNames().map((name) => `${name}.ts`);
  writeFileSync(join(folder, 'all.mts'), lines((door, i) => `import * as m${i} from '${door}'`).join(''));
  files.push('all.mts');
  if (resolution === 'nodenext') {
    writeFileSync(join(folder, 'all.cts'), lines((door, i) => `import m${i} = require('${door}')`).join(''));
    files.push('all.cts');
  }
  const config = {
    compilerOptions: {
      target: 'es2022',
      module: resolution === 'nodenext' ? 'nodenext' : 'esnext',
      moduleResolution: resolution,
      strict: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      types: ['node'],
      ...(resolution === 'nodenext' ? { rootDir: '.', outDir: 'out' } : { noEmit: true }),
    },
    files,
  };
  const path = join(folder, `tsconfig.${resolution}.json`);
  writeFileSync(path, JSON.stringify(config));
  try {
    run(
      process.execPath,
      [join(folder, 'node_modules/typescript/bin/tsc'), '-p', path, '--pretty', 'false'],
      {
        cwd: folder,
      },
    );
    return [];
  } catch (error) {
    return ownFindings(error.message);
  }
}

/** Findings of tsc, less those in declarations of others: TensorFlow.js's do not pass a full check with any TypeScript. */
export function ownFindings(output) {
  const findings = output.split('\n').filter((line) => /: error TS\d+:/.test(line));
  if (findings.length === 0) return [output];
  return findings.filter((line) => !/^node_modules[\\/](?!@robusta[\\/])/.test(line));
}

/**
 * Of a package and all that npm installed for it, those that hold or fetch native code.
 * @returns names of packages with a binary addon, an install script, or a build for certain systems only
 */
export function nativeDependencies(folder, name) {
  const { packages } = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'));
  const native = new Set();
  const seen = new Set();
  const visit = (from, dependency) => {
    const path = resolve(packages, from, dependency);
    if (path === undefined || seen.has(path)) return;
    seen.add(path);
    const { hasInstallScript, os, cpu, dependencies, optionalDependencies } = packages[path];
    if (hasInstallScript || os || cpu || hasAddon(join(folder, path))) native.add(dependency);
    for (const next of Object.keys({ ...dependencies, ...optionalDependencies })) visit(path, next);
  };
  visit('', name);
  return [...native].sort();
}

/** Where Node finds a dependency of the package at `from`. */
function resolve(packages, from, dependency) {
  for (let at = from; ; at = at.slice(0, at.lastIndexOf('/node_modules/'))) {
    const path = at === '' ? `node_modules/${dependency}` : `${at}/node_modules/${dependency}`;
    if (packages[path]) return path;
    if (!at.includes('/node_modules/')) {
      return packages[`node_modules/${dependency}`] && `node_modules/${dependency}`;
    }
  }
}

function hasAddon(folder) {
  return readdirSync(folder, { recursive: true }).some(
    (path) => /\.node$|(^|[\\/])binding\.gyp$/.test(path) && !/(^|[\\/])node_modules[\\/]/.test(path),
  );
}

/** Removes the project, with the patience that Windows needs. */
export function removeProject(folder) {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

// dry-run.mjs [--json] [--files]: shows what a release of the built workspace would publish, in the order of publication.
//   --json   one object
//   --files  every file of every tarball
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkRelease } from './check-release.mjs';
import { inOrder } from './order.mjs';
import { packAll, publicPackages } from './pack.mjs';
import { stageRelease } from './stage.mjs';

const { values: options } = parseArgs({ options: { json: { type: 'boolean' }, files: { type: 'boolean' } } });
const before = new Map(publicPackages().map(({ manifest }) => [manifest.name, manifest.version]));
const base = mkdtempSync(join(tmpdir(), 'robusta-release-'));
try {
  const [stage, tarballs] = [join(base, 'workspace'), join(base, 'tarballs')];
  mkdirSync(stage);
  mkdirSync(tarballs);
  stageRelease(stage);
  const packed = inOrder(packAll(tarballs, stage));
  const problems = checkRelease(packed);
  const release = packed.map(({ name, manifest, packedBytes, unpackedBytes, files }) => ({
    name,
    from: before.get(name),
    version: manifest.version,
    tag: 'latest',
    access: manifest.publishConfig?.access,
    provenance: manifest.publishConfig?.provenance === true,
    packedBytes,
    unpackedBytes,
    dependencies: manifest.dependencies ?? {},
    files: Object.fromEntries(files),
  }));
  if (options.json) console.log(JSON.stringify({ release, problems }, null, 2));
  else {
    for (const one of release) print(one);
    const [{ name }] = packed;
    const changelog = join(stage, 'packages', name.replace('@robusta/', ''), 'CHANGELOG.md');
    const changes = readChangelog(changelog);
    if (changes) console.log(`\nchangelog of ${name}:\n\n${changes}`);
    const bytes = release.reduce((sum, { packedBytes }) => sum + packedBytes, 0);
    console.log(`\n${release.length} packages, ${kilobytes(bytes)} packed; nothing was published`);
  }
  for (const problem of problems) console.error(`problem: ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
} finally {
  rmSync(base, { recursive: true, force: true, maxRetries: 5 });
}

function print({ name, from, version, tag, access, provenance, packedBytes, unpackedBytes, ...one }) {
  const files = Object.entries(one.files);
  console.log(`${name} ${from === version ? version : `${from} -> ${version}`}`);
  console.log(`  tag ${tag}, access ${access}, provenance ${provenance ? 'yes' : 'no'}`);
  console.log(
    `  ${files.length} files, ${kilobytes(packedBytes)} packed, ${kilobytes(unpackedBytes)} unpacked`,
  );
  for (const [folder, { count, bytes }] of byFolder(files)) {
    console.log(`    ${folder.padEnd(14)} ${String(count).padStart(4)} ${kilobytes(bytes).padStart(11)}`);
  }
  if (options.files) for (const [path, bytes] of files) console.log(`    ${path} ${bytes}`);
  const dependencies = Object.entries(one.dependencies).map(
    ([dependency, range]) => `${dependency}@${range}`,
  );
  console.log(`  needs ${dependencies.join(', ') || 'nothing'}`);
}

/** Files by the folder at the top of the tarball; those outside of folders by their name. */
function byFolder(files) {
  const folders = new Map();
  for (const [path, bytes] of files) {
    const folder = path.includes('/') ? `${path.split('/')[0]}/` : path;
    const { count = 0, bytes: sum = 0 } = folders.get(folder) ?? {};
    folders.set(folder, { count: count + 1, bytes: sum + bytes });
  }
  return folders;
}

function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

function readChangelog(path) {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

// publish.mjs: publishes every package of the built workspace whose version the registry does not have yet. Meant for the
// release workflow, where npm identifies itself to the registry by trusted publishing: there is no token to keep.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkRelease } from './check-release.mjs';
import { inOrder } from './order.mjs';
import { packAll, run } from './pack.mjs';

/**
 * Publishes tarballs, those that others need first.
 * @param packed - as `packAll` returns them
 * @param options.provenance - whether npm attests where a tarball was built; possible only in the workflow
 * @param options.cwd - where npm starts; its configuration may be there
 * @param options.registry - its address, where it is not npm's own; stronger than any configuration
 * @returns `{ published, present }`: names
 * @throws before anything is published if a package may not be, or its registry cannot be asked
 */
export function publishAll(packed, { provenance = true, cwd = tmpdir(), registry } = {}) {
  const problems = checkRelease(packed);
  if (problems.length > 0) throw new Error(`nothing was published:\n${problems.join('\n')}`);
  const ordered = inOrder(packed);
  const where = registry ? ['--registry', registry] : [];
  const ask = (args) => npm([...args, ...where], cwd);
  const missing = ordered.filter(({ name, manifest }) => !isPublished(name, manifest.version, ask));
  for (const { tarball } of missing) {
    ask(['publish', tarball, '--access', 'public', '--tag', 'latest', `--provenance=${provenance}`]);
  }
  const names = (list) => list.map(({ name }) => name);
  return { published: names(missing), present: names(ordered.filter((one) => !missing.includes(one))) };
}

function isPublished(name, version, ask) {
  try {
    return ask(['view', `${name}@${version}`, 'version', '--prefer-online']).trim() === version;
  } catch (error) {
    if (/E404/.test(error.message)) return false;
    throw error;
  }
}

function npm(args, cwd) {
  return run('npm', args, { cwd, shell: process.platform === 'win32' });
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const folder = mkdtempSync(join(tmpdir(), 'robusta-publish-'));
  try {
    const { published, present } = publishAll(packAll(folder));
    for (const name of published) console.log(`published ${name}`);
    for (const name of present) console.log(`${name} is there already`);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

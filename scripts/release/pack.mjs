// Packs the public packages as they are published: `workspace:` and `catalog:` become versions, `publishConfig` takes effect.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

/** The folder of the workspace. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The pnpm among the workspace's own dependencies: started as `node PNPM …`, which is the same on every system. */
export const PNPM = join(ROOT, 'node_modules/pnpm/bin/pnpm.cjs');

/** Starts a program to its end; what it says is only shown where it fails. Returns its standard output. */
export function run(command, args, options = {}) {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    ...options,
  });
  if (error) throw new Error(`${command} cannot be started: ${error.message}`);
  if (status !== 0) {
    const said = `${stdout}\n${stderr}`.trim().slice(-6000);
    throw new Error(`${[command, ...args].join(' ')} ended with ${status}:\n${said}`);
  }
  return stdout;
}

/** Manifests of the public packages of a workspace, by name: `{ folder, manifest }`. */
export function publicPackages(root = ROOT) {
  return readdirSync(join(root, 'packages'))
    .map((name) => join(root, 'packages', name))
    .map((folder) => ({
      folder,
      manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')),
    }))
    .filter(({ manifest }) => manifest.private !== true)
    .sort((a, b) => (a.manifest.name < b.manifest.name ? -1 : 1));
}

/**
 * Packs every public package of a built workspace.
 * @param target - an existing folder for the tarballs
 * @returns one object a package, by name: `{ name, manifest, tarball, packedBytes, unpackedBytes, files }`, where the
 *   manifest and the files are those in the tarball
 */
export function packAll(target, root = ROOT) {
  return publicPackages(root).map(({ folder, manifest: { name, version } }) => {
    run(process.execPath, [PNPM, 'pack', '--pack-destination', target], { cwd: folder });
    const tarball = join(target, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`);
    const files = readTarball(readFileSync(tarball));
    const manifest = JSON.parse(files.get('package.json').toString('utf8'));
    return {
      name,
      manifest,
      tarball,
      packedBytes: statSync(tarball).size,
      unpackedBytes: [...files.values()].reduce((sum, { length }) => sum + length, 0),
      files: new Map([...files].map(([path, { length }]) => [path, length])),
    };
  });
}

/** Files of an npm tarball, by path inside the package. */
export function readTarball(bytes) {
  const tar = gunzipSync(bytes);
  const files = new Map();
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const field = (from, to) => tar.toString('utf8', at + from, at + to).replace(/\0.*$/s, '');
    const size = Number.parseInt(field(124, 136), 8);
    const type = field(156, 157);
    const path = [field(345, 500), field(0, 100)].filter(Boolean).join('/');
    if (type !== '0' && type !== '') throw new Error(`${path}: entry of type ${type} in a tarball of npm`);
    files.set(path.replace(/^package\//, ''), tar.subarray(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}

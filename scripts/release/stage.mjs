// A copy of the workspace with the versions of the next release: what would be published can be packed and shown, and the
// checkout stays as it is.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { ROOT, run } from './pack.mjs';

const CHANGESETS = createRequire(join(ROOT, 'package.json')).resolve('@changesets/cli/bin.js');
const TOP = ['package.json', 'pnpm-workspace.yaml', 'LICENSE', '.changeset'];
/** Nothing of these is published, or needed to tell a version. */
const LEFT_OUT = new Set(['node_modules', 'test', 'bench', '.turbo', 'coverage', 'gallery']);

/**
 * Copies a built workspace and takes it through `changeset version`.
 * @param target - an existing empty folder
 */
export function stageRelease(target, root = ROOT) {
  for (const name of TOP) cpSync(join(root, name), join(target, name), { recursive: true });
  const groups = ['packages', 'internal', 'examples'];
  const folders = groups
    .flatMap((group) => [group, ...readdirSync(join(root, group)).map((name) => join(group, name))])
    .filter((folder) => existsSync(join(root, folder, 'package.json')));
  const homes = new Map();
  for (const folder of folders) {
    // Of what is not published only the manifests matter: changesets and pnpm look at all of the workspace.
    const published = dirname(folder) === 'packages';
    const path = published ? folder : join(folder, 'package.json');
    cpSync(join(root, path), join(target, path), {
      recursive: true,
      filter: (one) => !LEFT_OUT.has(basename(one)),
    });
    homes.set(manifestOf(target, folder).name, folder);
  }
  // pnpm reads the version that stands for `workspace:^` from where the dependency is installed.
  for (const folder of folders) {
    const { dependencies, devDependencies, peerDependencies } = manifestOf(target, folder);
    for (const name of Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies })) {
      if (!homes.has(name)) continue;
      const link = join(target, folder, 'node_modules', name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(target, homes.get(name)), link, 'junction');
    }
  }
  // The history of the checkout: changelogs name the commits of their entries.
  const gitDir = run('git', ['rev-parse', '--absolute-git-dir'], { cwd: root }).trim();
  const env = { ...process.env, GIT_DIR: gitDir, GIT_WORK_TREE: target };
  run(process.execPath, [CHANGESETS, 'version'], { cwd: target, env });
}

function manifestOf(root, folder) {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
}

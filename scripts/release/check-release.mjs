// What must be true of every tarball before it is published.

/**
 * Checks packed packages, as `packAll` returns them.
 * @returns what is wrong, one text a finding
 */
export function checkRelease(packed) {
  const problems = [];
  const versions = new Map(packed.map(({ name, manifest }) => [name, manifest.version]));
  for (const { name, manifest, files } of packed) {
    const say = (what) => problems.push(`${name}: ${what}`);
    if (new Set(versions.values()).size > 1 && manifest.version !== packed[0].manifest.version) {
      say(`version ${manifest.version}, but ${packed[0].name} has ${packed[0].manifest.version}`);
    }
    if (manifest.publishConfig?.access !== 'public') say('publishConfig.access is not public');
    if (manifest.publishConfig?.provenance !== true) say('publishConfig.provenance is not true');
    for (const field of ['description', 'license', 'repository', 'engines']) {
      if (!manifest[field]) say(`no ${field} in package.json`);
    }
    for (const path of ['README.md', 'LICENSE']) {
      if (!files.has(path)) say(`no ${path}`);
    }
    for (const path of files.keys()) {
      if (/(^|\/)(test|bench|node_modules|\.turbo)\/|\.tsbuildinfo$|\.env/.test(path)) say(`holds ${path}`);
    }
    for (const path of files.keys()) {
      const source = path.replace(/^dist\/(.*)\.js$/, 'src/$1.ts');
      if (source !== path && !files.has(source)) {
        say(`${path} is of an older build: remove dist, build again`);
      }
    }
    for (const [path, target] of targets(manifest)) {
      if (!files.has(target.replace(/^\.\//, ''))) say(`${path} leads to ${target}, which is not in it`);
    }
    if (JSON.stringify(manifest.exports).includes('@robusta/source')) say('exports lead to the sources');
    for (const field of ['dependencies', 'peerDependencies', 'optionalDependencies']) {
      for (const [dependency, range] of Object.entries(manifest[field] ?? {})) {
        if (/^(workspace|catalog|file|link):/.test(range)) say(`${dependency} is ${range}`);
        const version = versions.get(dependency);
        if (version && range !== `^${version}`) say(`${dependency} is ${range}, but ${version} is released`);
        if (!version && dependency.startsWith('@robusta/')) say(`${dependency} is not published`);
      }
    }
  }
  return problems;
}

/** Files that a manifest names: entries of `exports` and `bin`. */
function targets({ exports = {}, bin = {} }) {
  const found = Object.entries(bin);
  const collect = (path, target) => {
    if (typeof target === 'string') found.push([path, target]);
    else for (const condition of Object.values(target)) collect(path, condition);
  };
  for (const [path, target] of Object.entries(exports)) collect(path, target);
  return found;
}

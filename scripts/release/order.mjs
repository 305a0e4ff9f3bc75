/**
 * Puts packages behind those that they need: a release that stops halfway leaves nothing that cannot be installed.
 * @param packed - objects with `name` and `manifest`
 */
export function inOrder(packed) {
  const byName = new Map(packed.map((one) => [one.name, one]));
  const ordered = new Set();
  const visit = (one, path) => {
    if (path.includes(one.name))
      throw new Error(`packages need each other: ${[...path, one.name].join(' -> ')}`);
    for (const name of Object.keys(one.manifest.dependencies ?? {})) {
      if (byName.has(name)) visit(byName.get(name), [...path, one.name]);
    }
    ordered.add(one);
  };
  for (const one of packed) visit(one, []);
  return [...ordered];
}

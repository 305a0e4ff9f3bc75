// require.cjs SPECIFIER: loads a package from CommonJS; prints the native libraries that loading it took.
const { deepStrictEqual } = require('node:assert/strict');

const [specifier] = process.argv.slice(2);
const names = Object.keys(require(specifier)).filter((name) => name !== '__esModule');
const natives = [...globalThis.nativeLibraries];
if (names.length === 0) throw new Error(`${specifier} exports nothing`);
import(specifier).then((imported) => {
  // One copy of the module for both kinds of callers.
  for (const name of names) deepStrictEqual(require(specifier)[name] === imported[name], true, name);
  deepStrictEqual(names.sort(), Object.keys(imported).sort());
  console.log(JSON.stringify(natives));
});

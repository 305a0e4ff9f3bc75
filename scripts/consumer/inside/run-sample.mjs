// run-sample.mjs NAME: runs a compiled sample and checks what it returns; prints the native libraries that it loaded.
import { deepStrictEqual } from 'node:assert/strict';

const { run, expected } = await import(`./out/${process.argv[2]}.js`);
deepStrictEqual(await run(), expected);
console.log(JSON.stringify(globalThis.nativeLibraries));

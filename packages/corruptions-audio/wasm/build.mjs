// Compiles every kernel beside this file into one WebAssembly module and writes src/kernel-module.ts:
// its bytes and the types of its functions. To add kernels, add a file that exports them.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const folder = fileURLToPath(new URL('.', import.meta.url));
const target = new URL('../src/kernel-module.ts', import.meta.url);

const sources = (await readdir(folder)).filter((name) => name.endsWith('.ts')).sort();
const options = [
  '--runtime',
  'stub',
  '--importMemory',
  '--noAssert',
  '--enable',
  'simd',
  '-O3',
  '--converge',
];
const outputs = ['--outFile', 'kernels.wasm', '--bindings', 'raw'];
const written = new Map();
const { error, stderr } = await asc.main([...sources, ...options, ...outputs, '--baseDir', folder], {
  writeFile: (name, contents) => void written.set(name, contents),
});
if (error) {
  console.error(String(stderr));
  process.exit(1);
}

const base64 = Buffer.from(written.get('kernels.wasm')).toString('base64');
const functions = [...written.get('kernels.d.ts').matchAll(/export function (.*);/g)].map(([, head]) =>
  wrap(head),
);
const text = `// Written by wasm/build.mjs from the kernels in wasm/.

/** The module: WebAssembly with 128-bit vectors. */
export const KERNELS_BASE64 =
  '${base64}';

/** Its functions; addresses are in bytes. */
export interface Kernels {
${functions.map((head) => `  ${head};\n`).join('')}}
`;

/** A long signature as the formatter has it: one parameter a line. */
function wrap(head) {
  return head.length <= 107
    ? head
    : head
        .replace(/[(] ?|, |(?=\))/g, (at) => (at.startsWith('(') ? '(\n    ' : ',\n    '))
        .replace(/ {4}\)/, '  )');
}

// Written only when it changed, so that nothing downstream is built again without need.
if ((await readFile(target, 'utf8').catch(() => '')) !== text) await writeFile(target, text);

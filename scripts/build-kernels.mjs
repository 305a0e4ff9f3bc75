import { readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/**
 * Compiles every kernel beside a package's wasm/build.mjs into one WebAssembly module and writes the package's
 * src/kernel-module.ts: its bytes and the types of its functions. To add kernels, add a file that exports them.
 * @param asc - the AssemblyScript compiler of the package
 * @param builder - `import.meta.url` of wasm/build.mjs
 */
export async function buildKernels(asc, builder) {
  const folder = fileURLToPath(new URL('.', builder));
  const target = new URL('../src/kernel-module.ts', builder);

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

  // Written only when it changed, so that nothing downstream is built again without need.
  if ((await readFile(target, 'utf8').catch(() => '')) !== text) await writeFile(target, text);
}

/** A long signature as the formatter has it: one parameter a line. */
function wrap(head) {
  return head.length <= 107
    ? head
    : head
        .replace(/[(] ?|, |(?=\))/g, (at) => (at.startsWith('(') ? '(\n    ' : ',\n    '))
        .replace(/ {4}\)/, '  )');
}

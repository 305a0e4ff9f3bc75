// Assembles line-blur.wat and writes its bytes into src/line-blur-wasm.ts.
import { readFile, writeFile } from 'node:fs/promises';
import createWabt from 'wabt';

const source = new URL('./line-blur.wat', import.meta.url);
const target = new URL('../src/line-blur-wasm.ts', import.meta.url);

const wabt = await createWabt();
const module = wabt.parseWat('line-blur.wat', await readFile(source, 'utf8'), { simd: true });
module.validate();
const base64 = Buffer.from(module.toBinary({}).buffer).toString('base64');
const text = await readFile(target, 'utf8');
await writeFile(target, text.replace(/(LINE_BLUR_BASE64 =\s*')[^']*'/, `$1${base64}'`));

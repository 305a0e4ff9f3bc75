import * as tf from '@tensorflow/tfjs';
import { supportedKernels } from '../src/index.js';
import { kernelLimits, refusedKernels } from '../src/kernels/refused.js';

/** Names of all kernels of tfjs: it exports each as a constant that holds its own name. */
export const tfjsKernels = (): string[] =>
  Object.entries(tf)
    .filter(([name, value]) => value === name)
    .map(([name]) => name);

/** The table of the README. */
export function kernelTable(): string[] {
  const supported = new Set(supportedKernels());
  const names = [...new Set([...tfjsKernels(), ...supported, ...Object.keys(refusedKernels)])];
  const order = new Intl.Collator('en').compare;
  const rows = names
    .sort((a, b) => order(a.replace('_', ''), b.replace('_', '')))
    .map((name) => [
      `\`${name}\``,
      supported.has(name) ? 'yes' : 'no',
      tf.getGradient(name) ? 'yes' : '',
      (supported.has(name) ? kernelLimits[name] : refusedKernels[name]) ?? '',
    ]);
  const table = [['kernel', 'traced', 'gradient', 'why not, or what is needed'], ...rows];
  const widths = table[0]!.map((_, i) => Math.max(...table.map((row) => row[i]!.length)));
  const line = (cells: string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  const [head, ...body] = table.map(line);
  return [head!, line(widths.map((width) => '-'.repeat(width))), ...body];
}

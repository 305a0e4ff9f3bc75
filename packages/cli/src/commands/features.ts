import {
  compareFeatures,
  type FeatureComparison,
  type FeatureInspection,
  inspectFeatures,
} from '@robusta/features';
import { type Command, Option } from 'commander';
import type { Run } from '../main.js';

/** `robusta features`: looks at feature files and compares them. */
export function addFeatures(program: Command, run: Run): void {
  const features = program
    .command('features')
    .description('Look at feature files: are they sound, what made them, do they match published ones?')
    .addHelpText('after', '\nExample:\n  $ robusta features inspect features/video__0.npy');
  const fileHelp = 'a .npy file, or the path of official XD-Violence files without __0.npy';
  features
    .command('inspect')
    .argument('<file>', fileHelp)
    .description('Shape, NaN, norms, similarity of the crops, and what these say about the extractor.')
    .option('--json', 'print one JSON object on stdout')
    .addHelpText('after', '\nExample:\n  $ robusta features inspect features/Movie_label_A__vggish.npy')
    .action(
      run(async ({ terminal }, file: string, flags: { json?: boolean }) => {
        const seen = await inspectFeatures(file);
        terminal.out(`${flags.json ? JSON.stringify(seen) : inspectionText(seen)}\n`);
        return undefined;
      }),
    );
  features
    .command('compare')
    .argument('<a>', fileHelp)
    .argument('<b>', 'the same')
    .description('Cosine of each row of two feature files of one recording.')
    .addOption(
      new Option(
        '--crops <pairing>',
        'crops of the same number, or for each of b the one of a most like it (default: number where both have as many)',
      ).choices(['number', 'best']),
    )
    .option('--json', 'print one JSON object on stdout')
    .addHelpText(
      'after',
      '\nExample:\n  $ robusta features compare mine/Movie_label_A.npy official/Movie_label_A',
    )
    .action(
      run(
        async ({ terminal }, a: string, b: string, flags: { crops?: 'number' | 'best'; json?: boolean }) => {
          const found = await compareFeatures(a, b, flags.crops ? { crops: flags.crops } : {});
          terminal.out(`${flags.json ? JSON.stringify(found) : comparisonText(found)}\n`);
          return undefined;
        },
      ),
    );
}

const short = (value: number) => String(Number(value.toPrecision(4)));
const table = (lines: [name: string, text: string][]) =>
  lines.map(([name, text]) => `${name.padEnd(12)}${text}`).join('\n');
const sentences = (findings: string[]) => findings.map((text) => `- ${text}`).join('\n');

function inspectionText(seen: FeatureInspection): string {
  const { dtype, shape, length, crops, dim, nan, infinite, negative, zero, norms, similarity } = seen;
  const total = length * crops * dim;
  const share = (count: number) => `${count} (${short((100 * count) / total)} %)`;
  const lines: [string, string][] = [
    ['array', `${dtype} [${shape.join(', ')}]`],
    ['rows', `${length}, ${crops} ${crops === 1 ? 'crop' : 'crops'} of ${dim}`],
    ['values', `${short(seen.min)} to ${short(seen.max)}, mean ${short(seen.mean)}, sd ${short(seen.sd)}`],
    ['negative', share(negative)],
    ['zero', share(zero)],
    ['NaN', String(nan)],
    ['infinite', String(infinite)],
    ['norms', `${short(norms.min)} to ${short(norms.max)}, mean ${short(norms.mean)}`],
  ];
  const matrix = similarity?.cosine.map(
    (row, crop) => `  ${String(crop).padStart(2)}  ${row.map((value) => value.toFixed(3)).join(' ')}`,
  );
  return [
    table(lines),
    ...(matrix ? ['cosine of crops, mean over rows', ...matrix] : []),
    sentences(seen.findings),
  ].join('\n');
}

/** Rows shown in the text; all are in the JSON. */
const SHOWN = 8;

function comparisonText(found: FeatureComparison): string {
  const { a, b, rows, crops, minCosine, meanCosine, unrelatedCosine } = found;
  const lines: [string, string][] = [
    ['a', `${a.path} [${a.shape.join(', ')}]`],
    ['b', `${b.path} [${b.shape.join(', ')}]`],
    ['rows', `${rows} compared`],
    ['crops', `of a, for those of b: ${crops.join(', ')}`],
    [
      'cosine',
      `mean ${meanCosine.toFixed(6)}, least ${minCosine.toFixed(6)}; rows apart ${unrelatedCosine.toFixed(6)}`,
    ],
    [
      'difference',
      `${short(found.relativeDifference)} of the root mean square of a, at most ${short(found.maxDifference)}`,
    ],
  ];
  const least = found.cosine
    .map((value, row) => ({ value, row }))
    .sort((x, y) => x.value - y.value || x.row - y.row)
    .slice(0, SHOWN)
    .map(({ value, row }) => `  row ${String(row).padEnd(6)}${value.toFixed(6)}`);
  return [table(lines), 'least alike', ...least, sentences(found.findings)].join('\n');
}

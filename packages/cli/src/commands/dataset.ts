import {
  checkDataset,
  DATASET_KINDS,
  type DatasetFinding,
  type DatasetKind,
  type DatasetPlaces,
  type DatasetReport,
} from '@robusta/benchmark';
import { type Command, Option } from 'commander';
import { EXIT } from '../exit.js';
import type { Context, Run } from '../main.js';
import { defined, integer } from '../parse.js';
import { createProgress } from '../progress.js';

interface CheckFlags {
  kind: DatasetKind;
  csv?: string;
  lists?: string;
  features?: string | true;
  cache?: string;
  jobs?: number;
  probe: boolean;
  strict?: boolean;
  show: number;
  json?: boolean;
}

/** `robusta dataset`: looks at datasets. */
export function addDataset(program: Command, run: Run): void {
  const dataset = program
    .command('dataset')
    .description('Look at a dataset: is all there, does it fit together?');
  dataset
    .command('check')
    .argument('<root>', 'folder of the videos, or of published features')
    .description('Compare names, lists, annotations, videos and features, and count what is odd.')
    .addOption(
      new Option('--kind <kind>', 'what the folder holds').choices(DATASET_KINDS).makeOptionMandatory(),
    )
    .option('--csv <file>', 'table of the videos, for --kind folder')
    .option('--lists <dir>', 'folder of annotations and lists (default: the root)')
    .option('--features [dir]', 'check published features, too (default: only where there are no videos)')
    .option('--cache <file>', 'a dataset.jsonl to take unchanged videos from')
    .option('--jobs <n>', 'videos opened at a time (default: 8)', integer)
    .option('--no-probe', 'compare names and texts only, open no video and no feature file')
    .option('--strict', 'exit 1 for warnings, too')
    .option('--show <n>', 'cases of each finding that the text names', integer, 3)
    .option('--json', 'print one JSON object on stdout: all counts and all cases')
    .addHelpText(
      'after',
      `
Exit code: 0 without errors, 1 with errors (--strict: or warnings).

Examples:
  $ robusta dataset check ./xd-violence --kind xd-violence
  $ robusta dataset check ./videos --kind folder --csv ./videos.csv --json`,
    )
    .action(run(check));
}

async function check({ terminal, signal }: Context, root: string, flags: CheckFlags): Promise<number> {
  const { kind, csv, lists, features, cache, jobs, probe, strict, show, json } = flags;
  const progress = createProgress(terminal);
  let report: DatasetReport;
  try {
    report = await checkDataset({
      // Which of them a kind has, the schema of the check knows.
      ...(defined({ kind, root, csv, lists, features }) as DatasetPlaces),
      ...(cache === undefined ? {} : { cache }),
      ...(jobs === undefined ? {} : { concurrency: jobs }),
      probe,
      signal,
      onProgress: (step) => progress.update({ stage: 'opening videos', ...step }),
    });
  } finally {
    progress.stop();
  }
  terminal.out(`${json ? JSON.stringify(report) : reportText(report, show)}\n`);
  return report.errors > 0 || (strict && report.warnings > 0) ? EXIT.failed : EXIT.done;
}

const count = (number: number, thing: string, plural = 's') =>
  `${number} ${thing}${number === 1 ? '' : plural}`;

function reportText(report: DatasetReport, show: number): string {
  const { train, test, annotated, media, features } = report.counts;
  const split = ({ normal, anomalous }: typeof train) =>
    `${normal + anomalous} (${normal} normal, ${anomalous} anomalous)`;
  const lines: [string, string][] = [
    ['dataset', `${report.name} (${report.kind}), ${report.root}`],
    ['train', split(train)],
    ['test', split(test)],
    ['annotated', `${count(annotated.videos, 'video')}, ${count(annotated.stretches, 'stretch', 'es')}`],
    ['videos', `${count(media.files, 'file')}, ${media.opened} opened, ${media.hours.toFixed(2)} h`],
    ['features', `${features.visual} visual, ${features.audio} audio, ${count(features.rows, 'row')}`],
    [
      'found',
      [count(report.errors, 'error'), count(report.warnings, 'warning'), count(report.notes, 'note')].join(
        ', ',
      ),
    ],
  ];
  return [
    ...lines.map(([name, text]) => `${name.padEnd(11)}${text}`),
    ...report.findings.flatMap((finding) => ['', ...findingText(finding, show)]),
  ].join('\n');
}

function findingText({ severity, count, rule, about, cases }: DatasetFinding, show: number): string[] {
  const rest = cases.length - show;
  return [
    `${severity}: ${count} x ${rule}: ${about}`,
    ...cases.slice(0, show).map(({ video, message }) => `  ${video}: ${message}`),
    ...(rest > 0 ? [`  … and ${rest} more (--json names all)`] : []),
  ];
}

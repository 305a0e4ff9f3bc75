import { mkdir } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import { fileError, RobustaError } from '@robusta/core';
import {
  FIGURES,
  renderCosts,
  renderExamples,
  renderFigure,
  renderTable,
  TABLE_FORMATS,
  TABLES,
  writeAll,
} from '@robusta/report';
import type { Command } from 'commander';
import type { Context, Run } from '../main.js';
import { list } from '../parse.js';
import { createProgress } from '../progress.js';
import { makeExamples } from '../report/examples.js';
import { type FinishedRun, readRuns, workspaceOf } from '../report/results.js';
import { svgToPng } from '../svg-to-png.js';
import { writeWhole } from '../write-whole.js';

interface ReportFlags {
  run?: string[];
  table?: string;
  figure?: string;
  format?: string;
  out?: string;
  video?: string;
  json?: boolean;
}

/** `robusta report`: tables and figures of finished runs. */
export function addReport(program: Command, run: Run): void {
  program
    .command('report')
    .description(
      'Tables and figures of finished runs; without --table or --figure all of them, into a folder.',
    )
    .argument('<workspace>', 'of robusta benchmark, or one file results/<run>.json')
    .option('--run <names>', 'only these runs of the workspace, e.g. xd-violence-1a2b3c4d', list)
    .option('--table <name>', `${TABLES.join(', ')} or costs`)
    .option('--figure <name>', `3 (corruption examples), ${FIGURES.join(', ')}`)
    .option(
      '--format <name>',
      `of a table: ${TABLE_FORMATS.join(', ')}; of a figure: svg, png (default: by --out)`,
    )
    .option(
      '--out <path>',
      'file for the table or figure, or folder for all (default: stdout; <workspace>/report)',
    )
    .option('--video <file>', 'of figure 3 (default: the first test video with sound)')
    .option('--json', 'print one JSON object on stdout')
    .addHelpText(
      'after',
      `
Examples:
  $ robusta report ./run1
  $ robusta report ./run1 --table I --format latex --out table1.tex
  $ robusta report ./run1 --figure 4 --out figure4.png`,
    )
    .action(
      run(async (context, workspace: string, flags: ReportFlags) => {
        if (flags.table !== undefined && flags.figure !== undefined) {
          throw new RobustaError('BAD_OPTION', '--table and --figure exclude each other', {
            hint: 'run the command once for each',
          });
        }
        const runs = await readRuns(workspace, flags.run ?? []);
        if (flags.table !== undefined) return report(context, tableOf(runs, flags), flags);
        if (flags.figure !== undefined)
          return report(context, await figureOf(context, workspace, runs, flags), flags);
        return reportAll(context, workspace, runs, flags);
      }),
    );
}

/** The table that was asked for. */
function tableOf(runs: readonly FinishedRun[], flags: ReportFlags): string {
  const name = nameOf([...TABLES, 'costs'], flags.table!, '--table');
  const format =
    formatOf(TABLE_FORMATS, flags, { '.md': 'markdown', '.tex': 'latex', '.txt': 'text' }) ?? 'text';
  if (name === 'III' || name === 'IV') {
    return renderTable(
      runs.map(({ result }) => result),
      format,
      { table: name },
    );
  }
  const { result, costs } = onlyRun(runs);
  if (name !== 'costs') return renderTable(result, format, { table: name });
  if (costs) return renderCosts(costs, format);
  throw new RobustaError('EMPTY_INPUT', `the costs of run ${result.run} were not kept`);
}

/** The figure that was asked for. */
async function figureOf(
  context: Context,
  workspace: string,
  runs: readonly FinishedRun[],
  flags: ReportFlags,
): Promise<string | Buffer> {
  const name = nameOf(['3', ...FIGURES], flags.figure!, '--figure');
  const format = formatOf(['svg', 'png'] as const, flags, {}) ?? 'svg';
  const { result } = onlyRun(runs);
  const svg =
    name === '3'
      ? renderExamples(await examplesOf(context, workspace, result, flags))
      : renderFigure(result, name);
  return format === 'png' ? svgToPng(svg, 2) : svg;
}

async function examplesOf(
  { terminal, signal }: Context,
  workspace: string,
  result: FinishedRun['result'],
  { video }: ReportFlags,
) {
  const progress = createProgress(terminal);
  try {
    return await makeExamples({
      source: video === undefined ? { workspace: workspaceOf(workspace) } : { video },
      result,
      signal,
      onStep: (done, total) => progress.update({ stage: 'corrupting', done, total }),
    });
  } finally {
    progress.stop();
  }
}

/** Prints a table or figure, or writes it to a file. */
async function report(
  { terminal }: Context,
  content: string | Buffer,
  flags: ReportFlags,
): Promise<undefined> {
  if (flags.out === undefined) {
    if (typeof content !== 'string') {
      throw new RobustaError('BAD_OPTION', 'a PNG needs a file', { hint: 'name one with --out' });
    }
    terminal.out(flags.json ? `${JSON.stringify({ content })}\n` : content);
    return undefined;
  }
  const path = resolve(flags.out);
  await mkdir(dirname(path), { recursive: true }).catch((error: unknown) => {
    throw fileError(error, dirname(path));
  });
  await writeWhole(path, content);
  terminal.out(`${flags.json ? JSON.stringify({ files: [path] }) : path}\n`);
  return undefined;
}

/** Writes all tables and figures of every run into a folder of its own. */
async function reportAll(
  context: Context,
  workspace: string,
  runs: readonly FinishedRun[],
  flags: ReportFlags,
): Promise<undefined> {
  const out = resolve(flags.out ?? join(workspaceOf(workspace), 'report'));
  const files: string[] = [];
  for (const { result, costs } of runs) {
    const parts = {
      ...(costs ? { costs } : {}),
      ...(flags.video === undefined ? {} : { examples: await examplesOf(context, workspace, result, flags) }),
    };
    files.push(...(await writeAll([result, ...besides(runs, result)], join(out, result.run), parts)));
  }
  const pages = files.filter((file) => file.endsWith('report.html'));
  context.terminal.out(
    flags.json
      ? `${JSON.stringify({ files })}\n`
      : `${files.length} files below ${out}\n${pages.join('\n')}\n`,
  );
  return undefined;
}

/** The runs that share tables III and IV with one: of the same data, one for each other backbone that has just one. */
function besides(runs: readonly FinishedRun[], one: FinishedRun['result']): FinishedRun['result'][] {
  const others = runs
    .map(({ result }) => result)
    .filter(({ run, dataset }) => run !== one.run && dataset.sha256 === one.dataset.sha256);
  const backboneOf = ({ configuration }: FinishedRun['result']) => configuration.backbone;
  return others.filter(
    (other) =>
      backboneOf(other) !== backboneOf(one) &&
      others.filter((rival) => backboneOf(rival) === backboneOf(other)).length === 1,
  );
}

function onlyRun(runs: readonly FinishedRun[]): FinishedRun {
  if (runs.length === 1) return runs[0]!;
  throw new RobustaError('BAD_OPTION', `the workspace has ${runs.length} runs, and this is of one`, {
    hint: `choose with --run: ${runs.map(({ result }) => result.run).join(', ')}`,
  });
}

/** `1` and `i` name Table I. */
function nameOf<T extends string>(names: readonly T[], given: string, flag: string): T {
  const roman = { 1: 'I', 2: 'II', 3: 'III', 4: 'IV', 5: 'V' }[given];
  const found = names.find((name) => name.toLowerCase() === given.toLowerCase() || name === roman);
  if (found !== undefined) return found;
  throw new RobustaError('BAD_OPTION', `${flag} must be one of ${names.join(', ')}, received ${given}`);
}

/** What `--format` says, else what the end of `--out` says. */
function formatOf<T extends string>(
  formats: readonly T[],
  { format, out }: ReportFlags,
  endings: Record<string, T>,
): T | undefined {
  if (format !== undefined) return nameOf(formats, format, '--format');
  if (out === undefined) return undefined;
  const ending = extname(out).toLowerCase();
  return endings[ending] ?? formats.find((name) => `.${name}` === ending);
}

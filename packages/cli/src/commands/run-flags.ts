import { BACKBONES, type ConfigFile, DATASET_KINDS, METHODS, PRESET_NAMES } from '@robusta/benchmark';
import { FIGURES, TABLES } from '@robusta/report';
import { type Command, Option } from 'commander';
import { decimal, integer, integers, list } from '../parse.js';

/** A flag, and the key of a configuration file that says the same. */
interface RunFlag {
  flags: string;
  key: string;
  about: string;
  parse?: (text: string) => unknown;
}

/** Where data and results are. */
export const PLACE_FLAGS: readonly RunFlag[] = [
  { flags: '--preset <name>', key: 'preset', about: `start from ${PRESET_NAMES.join(', ')}` },
  { flags: '--dataset <kind>', key: 'dataset', about: DATASET_KINDS.join(', ') },
  { flags: '--root <dir>', key: 'root', about: 'folder of the dataset (synthetic: made in the workspace)' },
  { flags: '--lists <dir>', key: 'lists', about: 'folder of annotations and lists (default: the root)' },
  { flags: '--features [dir]', key: 'features', about: 'published features in place of videos' },
  { flags: '--csv <file>', key: 'csv', about: 'table of the videos, for --dataset folder' },
];

/** What a run is, and how it is carried out and shown. */
export const RUN_FLAGS: readonly RunFlag[] = [
  {
    flags: '--workspace <dir>',
    key: 'workspace',
    about: 'folder for features, models and results; run again to go on',
  },
  {
    flags: '--corruptions <names>',
    key: 'corruptions',
    about: 'rows, e.g. fog,white+fog,mixed-audio, or all, table1, table2',
    parse: list,
  },
  {
    flags: '--severity <1-5>',
    key: 'severity',
    about: 'strength of every corruption (default: 3)',
    parse: integer,
  },
  {
    flags: '--severities <numbers>',
    key: 'severities',
    about: 'measure at these, too, at the highest level',
    parse: integers,
  },
  {
    flags: '--levels <percents>',
    key: 'levels',
    about: 'shares of corrupted test videos (default: 0,10,30,50,70,90,100)',
    parse: integers,
  },
  {
    flags: '--methods <names>',
    key: 'methods',
    about: `of ${METHODS.join(',')} (default: all but padding, the ablation)`,
    parse: list,
  },
  {
    flags: '--coupling <name>',
    key: 'coupling',
    about: 'of pairs: same or independent videos (default: same)',
  },
  { flags: '--backbone <name>', key: 'backbone', about: `${BACKBONES.join(', ')} (default: xdviodet)` },
  { flags: '--backbones <names>', key: 'backbones', about: 'several, one after another', parse: list },
  { flags: '--seeds <numbers>', key: 'seeds', about: 'repetitions (default: 0,1,2)', parse: integers },
  {
    flags: '--corruption-seed <n>',
    key: 'corruptionSeed',
    about: 'of the random parts of the corruptions (default: 0)',
    parse: integer,
  },
  { flags: '--epochs <n>', key: 'training.epochs', about: 'of the training', parse: integer },
  {
    flags: '--batch-size <n>',
    key: 'training.batchSize',
    about: 'samples in a training step',
    parse: integer,
  },
  { flags: '--learning-rate <x>', key: 'training.learningRate', about: 'of Adam', parse: decimal },
  {
    flags: '--resamples <n>',
    key: 'resamples',
    about: 'of the test videos, for significance (default: 1000)',
    parse: integer,
  },
  { flags: '--engine <name>', key: 'engine', about: 'onnx, wasm or cpu (default: onnx)' },
  {
    flags: '--workers <n>',
    key: 'run.workers',
    about: 'extraction jobs at a time (default: one a core)',
    parse: integer,
  },
  {
    flags: '--queue <url>',
    key: 'run.queue',
    about: 'let `robusta worker`s do the extraction, e.g. redis://host:6379',
  },
  {
    flags: '--queue-name <name>',
    key: 'run.queueName',
    about: 'of the queue on that server (default: robusta)',
  },
  { flags: '--keep-going', key: 'run.keepGoing', about: 'exit 0 even if some videos had to be skipped' },
  {
    flags: '--new-run',
    key: 'run.newRun',
    about: 'a run beside those of other configurations in the workspace',
  },
  {
    flags: '--table <names>',
    key: 'show.tables',
    about: `print these in place of the usual one: ${TABLES.join(',')}`,
    parse: list,
  },
  {
    flags: '--figure <names>',
    key: 'show.figures',
    about: `write these beside the report: ${FIGURES.join(',')}`,
    parse: list,
  },
  { flags: '--json', key: 'show.json', about: 'print one JSON object on stdout instead of the table' },
];

/** Adds flags to a command. */
export function addFlags(command: Command, flags: readonly RunFlag[]): Command {
  for (const { flags: names, about, parse } of flags) {
    const option = new Option(names, about);
    command.addOption(parse ? option.argParser(parse) : option);
  }
  return command;
}

/** What the flags of a command line say, as a configuration file would. */
export function layerOf(values: Readonly<Record<string, unknown>>): ConfigFile {
  const layer: Record<string, unknown> = {};
  for (const { flags, key } of [...PLACE_FLAGS, ...RUN_FLAGS]) {
    const value = values[new Option(flags).attributeName()];
    if (value === undefined) continue;
    const [group, name] = key.split('.') as [string, string | undefined];
    layer[group] = name === undefined ? value : { ...(layer[group] as object | undefined), [name]: value };
  }
  return layer as ConfigFile;
}

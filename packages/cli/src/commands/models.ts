import {
  type FetchReport,
  fetchModel,
  type ImportReport,
  importCheckpoint,
  type ModelKind,
  type Precision,
} from '@robusta/features';
import { type Command, Option } from 'commander';
import { EXIT } from '../exit.js';
import type { Context, Run } from '../main.js';
import { decimal, defined } from '../parse.js';
import { createProgress } from '../progress.js';

interface ImportFlags {
  kind: ModelKind;
  source: string;
  output: string;
  precision?: Precision;
  json?: boolean;
}

interface FetchFlags {
  sha256?: string;
  output?: string;
  refresh?: boolean;
  maxMb?: number;
  timeout?: number;
  json?: boolean;
}

/** `robusta models`: networks for features from published checkpoints. */
export function addModels(program: Command, run: Run): void {
  const models = program.command('models').description('Networks for features, from published checkpoints.');
  models
    .command('fetch')
    .argument('<url>', 'http: or https: address of a checkpoint, or of any file')
    .description('Download a checkpoint into the cache; an interrupted download goes on where it stopped.')
    .option('--sha256 <hex>', 'refuse a file of another SHA-256')
    .option('-o, --output <file>', 'put a copy there')
    .option('--refresh', 'download again what the cache has')
    .option('--max-mb <n>', 'refuse a larger file (default: 2147)', decimal)
    .option('--timeout <seconds>', 'longest silence of the server (default: 30)', decimal)
    .option('--json', 'print one JSON object on stdout: path, size, SHA-256')
    .addHelpText(
      'after',
      `
The cache is ROBUSTA_CACHE, else XDG_CACHE_HOME/robusta, else ~/.cache/robusta.

Example:
  $ robusta models fetch https://example.org/i3d_r50_kinetics.pth --sha256 <hex> -o i3d_r50_kinetics.pth`,
    )
    .action(run(fetchFile));
  models
    .command('import')
    .description('Make an ONNX model of a published checkpoint; nothing in the file is run.')
    .addOption(
      new Option('--kind <network>', 'the network that the checkpoint holds')
        .choices(['i3d-resnet50', 'i3d-inception', 'vggish'])
        .makeOptionMandatory(),
    )
    .requiredOption('--source <file>', '.pth, .pt or .pkl (PyTorch, Caffe2), .safetensors, .npz')
    .requiredOption('-o, --output <file>', 'the .onnx file to write')
    .addOption(
      new Option('--precision <type>', 'float16: for GPUs, half the size (default: float32)').choices([
        'float32',
        'float16',
      ]),
    )
    .option('--json', 'print one JSON object on stdout: sources, hashes, warnings')
    .addHelpText(
      'after',
      `
Examples:
  $ robusta models import --kind i3d-resnet50 --source i3d_r50_kinetics.pth --output i3d-resnet50.onnx
  $ robusta models import --kind vggish --source vggish-10086976.pth --output vggish.onnx`,
    )
    .action(run(importModel));
}

async function fetchFile(
  { terminal, signal }: Context,
  url: string,
  { json, maxMb, timeout, ...rest }: FetchFlags,
): Promise<number> {
  const progress = createProgress(terminal);
  try {
    const report = await fetchModel({
      url,
      ...rest,
      ...defined({ maxBytes: maxMb && Math.floor(maxMb * 1e6), timeoutSeconds: timeout }),
      signal,
      onProgress: ({ bytes, totalBytes }) =>
        progress.update({
          stage: 'fetching (MB)',
          done: megabytes(bytes),
          total: megabytes(totalBytes ?? bytes),
        }),
    });
    progress.stop();
    terminal.out(`${json ? JSON.stringify(report) : describeFetch(report, rest.sha256 !== undefined)}\n`);
    return EXIT.done;
  } finally {
    progress.stop();
  }
}

const megabytes = (bytes: number) => Math.round(bytes / 1e6);

function describeFetch(report: FetchReport, pinned: boolean): string {
  const { path, bytes, sha256, cached, resumedBytes } = report;
  const how = cached
    ? ', from the cache'
    : resumedBytes > 0
      ? `, ${resumedBytes} bytes of an earlier download`
      : '';
  const pin = pinned ? '' : ' (--sha256 insists on it)';
  return `${path}: ${bytes} bytes${how}\nSHA-256 ${sha256}${pin}`;
}

async function importModel({ terminal }: Context, flags: ImportFlags): Promise<number> {
  const { json, ...options } = flags;
  const report = await importCheckpoint(options);
  terminal.out(json ? `${JSON.stringify(report)}\n` : describeImport(report));
  for (const warning of report.warnings) terminal.err(`warning: ${warning}\n`);
  return EXIT.done;
}

function describeImport(report: ImportReport): string {
  const { kind, precision, source, output, tensors, ignored, nonLocal } = report;
  const beside = ignored.length > 0 ? `, ${ignored.length} others left out` : '';
  return [
    `${output.path}: ${kind}${nonLocal ? ' with non-local blocks' : ''}, ${precision}, ${megabytes(output.bytes)} MB`,
    `from ${source.name} (${tensors} tensors${beside}; SHA-256 ${source.sha256})`,
    '',
  ].join('\n');
}

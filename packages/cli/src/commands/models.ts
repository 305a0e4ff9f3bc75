import { type ImportReport, importCheckpoint, type ModelKind } from '@robusta/features';
import { type Command, Option } from 'commander';
import { EXIT } from '../exit.js';
import type { Context, Run } from '../main.js';

interface ImportFlags {
  kind: ModelKind;
  source: string;
  output: string;
  json?: boolean;
}

/** `robusta models`: networks for features from published checkpoints. */
export function addModels(program: Command, run: Run): void {
  const models = program.command('models').description('Networks for features, from published checkpoints.');
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

async function importModel({ terminal }: Context, flags: ImportFlags): Promise<number> {
  const { json, ...options } = flags;
  const report = await importCheckpoint(options);
  terminal.out(json ? `${JSON.stringify(report)}\n` : describe(report));
  for (const warning of report.warnings) terminal.err(`warning: ${warning}\n`);
  return EXIT.done;
}

function describe({ kind, source, output, tensors, ignored, nonLocal }: ImportReport): string {
  const megabytes = (output.bytes / 1e6).toFixed(0);
  const beside = ignored.length > 0 ? `, ${ignored.length} others left out` : '';
  return [
    `${output.path}: ${kind}${nonLocal ? ' with non-local blocks' : ''}, ${megabytes} MB`,
    `from ${source.name} (${tensors} tensors${beside}; SHA-256 ${source.sha256})`,
    '',
  ].join('\n');
}

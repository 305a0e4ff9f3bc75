import { resolve } from 'node:path';
import { findModel, scoreVideo } from '@robusta/benchmark';
import type { Command } from 'commander';
import type { Run } from '../main.js';
import { plotScores } from '../plot.js';
import { createProgress } from '../progress.js';

/** `robusta score`: how anomalous each snippet of one video is, and how far each modality is trusted. */
export function addScore(program: Command, run: Run): void {
  program
    .command('score')
    .argument('<video>', 'a video file')
    .description('Score one video with a trained model: anomaly score, λV and λA of each snippet of 2/3 s.')
    .option('--model <dir>', 'folder of a trained model (default: the first shared one of the workspace)')
    .option('--workspace <dir>', 'where to look for a model', 'robusta-demo')
    .option('--json', 'print one JSON object on stdout instead of the plot')
    .addHelpText('after', '\nExample:\n  $ robusta score street.mp4 --workspace ./run1')
    .action(
      run(
        async (
          { terminal, signal },
          video: string,
          flags: { model?: string; workspace: string; json?: boolean },
        ) => {
          const model = flags.model ? resolve(flags.model) : await findModel(resolve(flags.workspace));
          const progress = createProgress(terminal);
          try {
            const scored = await scoreVideo(video, model, {
              signal,
              onProgress: (step) => progress.update(step),
            });
            progress.stop();
            terminal.out(flags.json ? `${JSON.stringify(scored)}\n` : `${plotScores(scored, terminal)}\n`);
          } finally {
            progress.stop();
          }
          return undefined;
        },
      ),
    );
}

import { stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { readDatasetFile } from '@robusta/benchmark';
import { type BenchmarkResult, deriveSeed, RobustaError, type Severity } from '@robusta/core';
import { AUDIO_CORRUPTIONS } from '@robusta/corruptions-audio';
import { VISUAL_CORRUPTIONS } from '@robusta/corruptions-visual';
import { probe } from '@robusta/media';
import type { Example } from '@robusta/report';
import { corruptedSound, draw, loudestOf, melOf, middleOf } from '../preview/audio-sheet.js';
import { type Picture, thumbnail } from '../preview/image.js';
import { corruptedFrame, middleFrames } from '../preview/visual-sheet.js';

const WIDTH = 320;

/** What figure 3 is made of. */
export interface ExampleRequest {
  /** A video, or the workspace of a run, whose first test video with pictures and sound is taken. */
  source: { video: string } | { workspace: string };
  /** Whose severity and seed are used. */
  result: BenchmarkResult;
  signal: AbortSignal;
  onStep?(done: number, total: number): void;
}

/** The middle frame and the spectrogram of the middle seconds of a video, as recorded and under all corruptions. */
export async function makeExamples({ source, result, signal, onStep }: ExampleRequest): Promise<Example[]> {
  const path = 'video' in source ? source.video : await firstTestVideo(source.workspace, result);
  const info = await probe(path);
  const id = basename(path, extname(path));
  const { severity = 3, corruptionSeed = 0 } = result.configuration as {
    severity?: Severity;
    corruptionSeed?: number;
  };
  const optionsOf = (name: string) => ({ severity, seed: deriveSeed(corruptionSeed, id, name), signal });
  const total = (info.video ? VISUAL_CORRUPTIONS.length : 0) + (info.audio ? AUDIO_CORRUPTIONS.length : 0);
  let done = 0;
  const examples: Example[] = [];
  const add = (group: string, caption: string, { href, width, height }: Picture) =>
    examples.push({ group, caption, image: href, width, height });
  if (info.video) {
    const group = `visual, severity ${severity}`;
    const { frames, index, at } = await middleFrames(info, signal);
    const clean = { frame: frames[at]!, index };
    add(group, 'clean', thumbnail(clean.frame, WIDTH));
    for (const name of VISUAL_CORRUPTIONS) {
      onStep?.(done++, total);
      add(group, name, thumbnail(await corruptedFrame(info, clean, name, optionsOf(name)), WIDTH));
    }
  }
  if (info.audio) {
    const group = `audio, severity ${severity}`;
    const clip = await middleOf(info, signal);
    const clean = await melOf(clip);
    const loudest = loudestOf(clean);
    add(group, 'clean', draw(clean, loudest));
    for (const name of AUDIO_CORRUPTIONS) {
      onStep?.(done++, total);
      const { severity: strength, seed } = optionsOf(name);
      const sound = await corruptedSound(clip, name, { severity: strength, seed });
      add(group, name, draw(await melOf(sound), loudest));
    }
  }
  onStep?.(total, total);
  // Pictures and spectrograms are wide and narrow: each group has the shape of its own first.
  return examples.map((example) =>
    example.group.startsWith('audio') ? { ...example, width: 240, height: 128 } : example,
  );
}

async function firstTestVideo(workspace: string, { configuration }: BenchmarkResult): Promise<string> {
  const videos = await readDatasetFile(join(workspace, 'dataset.jsonl'));
  const test = videos.filter(({ split }) => split === 'test');
  const video = test.find(({ modalities }) => modalities.length === 2) ?? test[0];
  const path = video && join(String(configuration.root), video.path);
  if (path !== undefined && (await stat(path).catch(() => undefined))?.isFile()) return path;
  throw new RobustaError('FILE_NOT_FOUND', `no test video of ${workspace} is there for figure 3`, {
    hint: 'name one with --video',
  });
}

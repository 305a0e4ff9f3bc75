import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { appendFile, copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSyntheticDataset } from '@robusta/benchmark';
import { BenchmarkResultSchema } from '@robusta/core';
import { sharedPath } from '@robusta/test-kit';
import { bin, robusta, shell } from './run.js';

const quick = ['--seeds', '0', '--epochs', '1', '--corruptions', 'fog', '--levels', '0,100'];
let folder: string;
let root: string;
let workspace: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robusta-cli-'));
  root = join(folder, 'data');
  workspace = join(folder, 'workspace');
  await createSyntheticDataset(root, { videos: { train: 4, test: 4 }, seconds: 4, width: 64, height: 48 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const benchmark = (...args: string[]) =>
  shell('benchmark', '--dataset', 'xd-violence', '--root', root, '--workspace', workspace, ...quick, ...args);

describe('usage', () => {
  test('--help lists the commands and exits 0; each command has an example', async () => {
    const help = await robusta('--help');
    expect(help.code).toBe(0);
    for (const command of ['demo', 'benchmark', 'train', 'corrupt', 'score']) {
      expect(help.out).toContain(command);
      expect((await robusta(command, '--help')).out).toContain(`$ robusta ${command}`);
    }
  });

  test.each([
    [['benchmrk'], 'Did you mean benchmark'],
    [['score'], "missing required argument 'video'"],
    [['benchmark', '--dataset', 'xd-violence'], '--root'],
    [['demo', '--seeds', 'one'], 'whole number'],
    [['demo', '--sevrity', '3'], '--severity'],
    [['demo', '--backbone', 'resnet'], 'xdviodet'],
    [['demo', '--severity', '6'], 'severity must be 1, 2, 3, 4 or 5'],
  ])('%p is bad usage: exit 2, and says what to do', async (args, hint) => {
    const { code, err, out } = await robusta(...args);
    expect(code).toBe(2);
    expect(err).toContain(hint);
    expect(out).toBe('');
  });

  test('a value that the schema refuses is bad usage too', async () => {
    const { code, err } = await benchmark('--severity', '6');
    expect(code).toBe(2);
    expect(err).toContain('severity must be 1, 2, 3, 4 or 5');
  });
});

describe('benchmark', () => {
  test('prints the table, or one JSON object, and writes numbers, tables and report', async () => {
    const { code, out, err } = await benchmark();
    expect(err).toContain('extracting features');
    expect(code).toBe(0);
    expect(out).toMatch(/fog .*concat/);
    expect((await readdir(join(workspace, 'results'))).sort()).toEqual([
      'report.html',
      'table1.csv',
      'table1.md',
      expect.stringMatching(/^xd-violence-[0-9a-f]{8}\.costs\.json$/),
      expect.stringMatching(/^xd-violence-[0-9a-f]{8}\.json$/),
    ]);

    const json = JSON.parse((await benchmark('--json')).out);
    const { html, result, markdown: _markdown, csv: _csv, ...rest } = json;
    expect(existsSync(html)).toBe(true);
    expect(BenchmarkResultSchema.parse(rest)).toEqual(JSON.parse(await readFile(result, 'utf8')));
  });

  test.each([
    ['an odd number of frames', 'synth.test.001__#1_label_B1-0-0 1 2 3', 'annotations.txt:', 'pairs'],
  ])('%s in a line of the annotations: exit 1, names file and line', async (_what, line, where, hint) => {
    const broken = join(folder, 'broken');
    await mkdir(join(broken, 'videos/train'), { recursive: true });
    await mkdir(join(broken, 'videos/test'), { recursive: true });
    for (const split of ['train', 'test']) {
      const name = `synth.${split}.000__#1_label_A.mp4`;
      await copyFile(join(root, 'videos', split, name), join(broken, 'videos', split, name));
    }
    await writeFile(join(broken, 'annotations.txt'), `${line}\n`);
    const { code, err } = await benchmark('--root', broken, '--workspace', join(folder, 'unused'));
    expect(code).toBe(1);
    expect(err).toContain(where);
    expect(err).toContain(hint);
  });

  test('a folder that is no dataset: exit 1, says what was expected', async () => {
    const { code, err } = await benchmark(
      ...['--root', join(folder, 'workspace'), '--workspace', join(folder, 'unused')],
    );
    expect(code).toBe(1);
    expect(err).toContain('videos/train');
  });

  test('an annotated video that is absent: the rest is done, exit 1 unless --keep-going', async () => {
    await appendFile(join(root, 'annotations.txt'), 'gone__#1_label_B1-0-0 0 48\n');
    const { code, err, out } = await benchmark();
    expect(out).toContain('fog');
    expect(err).toContain('gone__#1_label_B1-0-0');
    expect(err).toContain('--keep-going');
    expect(code).toBe(1);
    expect((await benchmark('--keep-going')).code).toBe(0);
  });
});

describe('score', () => {
  const video = () => join(root, 'videos/test/synth.test.000__#1_label_A.mp4');

  test('plots for people, prints JSON for machines', async () => {
    const plot = await shell('score', video(), '--workspace', workspace);
    expect(plot.code).toBe(0);
    expect(plot.out).toContain('anomaly score of 6 snippets');
    expect(plot.out).toContain('λV');
    const { snippets } = JSON.parse((await shell('score', video(), '--workspace', workspace, '--json')).out);
    expect(snippets).toHaveLength(6);
    expect(snippets[0].lambdaVisual + snippets[0].lambdaAudio).toBeCloseTo(1, 6);
  });

  test('ordinary videos of other rates and sizes', async () => {
    const videos = sharedPath('data/videos');
    if (!videos) return console.warn('data/videos is not below ROBUSTA_SHARED: not checked');
    for (const name of (await readdir(videos)).filter((file) => file.endsWith('.mp4'))) {
      const { code, out } = await shell('score', join(videos, name), '--workspace', workspace, '--json');
      expect(code).toBe(0);
      for (const { score, lambdaVisual } of JSON.parse(out).snippets) {
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1);
        expect(lambdaVisual).toBeGreaterThanOrEqual(0);
      }
    }
  });

  test.each([
    ['none.mp4', undefined, 'FILE_NOT_FOUND'],
    ['text.mp4', 'not a video', 'NOT_MEDIA'],
    ['empty.mp4', '', 'EMPTY_INPUT'],
  ])('%s: exit 1 and the reason', async (name, content, reason) => {
    const file = join(folder, name);
    if (content !== undefined) await writeFile(file, content);
    const { code, err } = await shell('score', file, '--workspace', workspace);
    expect(code).toBe(1);
    expect(err).toContain(reason);
    expect(err).toContain(name);
    expect(err).toContain('hint:');
  });

  test('without a trained model it says how to get one', async () => {
    const { code, err } = await shell('score', video(), '--workspace', folder);
    expect(code).toBe(1);
    expect(err).toContain('robusta demo');
  });
});

describe('the program', () => {
  test('runs from the shell', async () => {
    expect((await shell('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test('Ctrl-C: exit 130, nothing half-written', async () => {
    const other = join(folder, 'interrupted');
    const child = spawn(
      process.execPath,
      [bin, 'benchmark', '--dataset', 'xd-violence', '--root', root, '--workspace', other, ...quick],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    child.stderr.once('data', () => child.kill('SIGINT'));
    const [code] = await once(child, 'exit');
    expect(code).toBe(130);
    const files = await readdir(other, { recursive: true });
    expect(files.filter((name) => /\.mp4|\.tmp|\.\d+$/.test(name))).toEqual([]);
  });
});

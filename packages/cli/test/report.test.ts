import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createSyntheticDataset } from '@robusta/benchmark';
import type { BenchmarkResult } from '@robusta/core';
import { decode } from 'fast-png';
import { robusta, shell } from './run.js';

let folder: string;
let workspace: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robusta-report-'));
  workspace = join(folder, 'workspace');
  await mkdir(join(workspace, 'results'), { recursive: true });
  for (const backbone of ['rtfm', 'xdviodet']) {
    await writeFile(join(workspace, 'results', `mine-${backbone}.json`), JSON.stringify(resultOf(backbone)));
  }
  const costs = [{ stage: 'training', seconds: 12.5, items: 50 }];
  await writeFile(join(workspace, 'results', 'mine-rtfm.costs.json'), JSON.stringify(costs));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function resultOf(backbone: string): BenchmarkResult {
  const rows = ['fog', 'white', 'mixed-visual', 'mixed-audio'];
  return {
    ...{ format: 'robusta-result', version: 1, run: `mine-${backbone}`, software: {}, skipped: [] },
    dataset: {
      name: 'mine',
      trainVideos: 4,
      testVideos: 2,
      testFrames: 64,
      anomalousFrames: 16,
      sha256: 'ab',
    },
    configuration: { backbone, severity: 2, corruptionSeed: 7 },
    records: rows.flatMap((corruption) =>
      ['concat', 'dynamic'].flatMap((method, m) =>
        [0, 100].map((level) => ({
          ...{ method, corruption, severity: 2 as const, level, seed: 0, corruptedVideos: level / 50 },
          modality:
            corruption === 'fog' || corruption === 'mixed-visual' ? ('visual' as const) : ('audio' as const),
          ...{ ap: 0.75 - level / 400 + m / 10, prAuc: 0.7, rocAuc: 0.8 },
        })),
      ),
    ),
  };
}

const report = (...args: string[]) => robusta('report', workspace, ...args);

test('a table on stdout, in the format that was asked for', async () => {
  const { code, out } = await report('--run', 'mine-rtfm', '--table', 'I');
  expect(code).toBe(0);
  expect(out).toContain('AP (%) by corruption');
  expect(out).toContain('dynamic   85.00*  60.00*\n');
  const csv = await report('--run', 'mine-rtfm', '--table', '1', '--format', 'csv');
  expect(csv.out).toContain('visual,fog,dynamic,100,1,60.0000,');
  const json = await report('--run', 'mine-rtfm', '--table', 'I', '--format', 'json', '--json');
  expect(JSON.parse(JSON.parse(json.out).content).table).toBe('I');
  expect((await report('--run', 'mine-rtfm', '--table', 'costs')).out).toContain('training     50     12.5');
});

test('Table III has all backbones of the workspace', async () => {
  const { code, out } = await report('--table', 'iii', '--format', 'markdown');
  expect(code).toBe(0);
  for (const backbone of ['rtfm', 'xdviodet']) expect(out).toContain(`| visual | ${backbone} | dynamic |`);
});

test('a file has the format of its name', async () => {
  const tex = join(folder, 'new', 'table.tex');
  const { code, out } = await report('--run', 'mine-rtfm', '--table', 'I', '--out', tex);
  expect({ code, out }).toEqual({ code: 0, out: `${tex}\n` });
  expect(await readFile(tex, 'utf8')).toContain('\\toprule');
  const png = join(folder, 'figure.png');
  expect((await report('--run', 'mine-rtfm', '--figure', '4', '--out', png)).code).toBe(0);
  const { width, height } = decode(await readFile(png));
  expect([width, height > 500]).toEqual([2256, true]);
  expect((await report('--run', 'mine-rtfm', '--figure', '4')).out).toMatch(/^<svg /);
});

test('one result file instead of a workspace', async () => {
  const file = join(workspace, 'results', 'mine-rtfm.json');
  const { code, out } = await robusta('report', file, '--table', 'costs', '--format', 'csv');
  expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('training,50,12.5,100,250') });
});

test('all of it, a folder for each run', async () => {
  const out = join(folder, 'all');
  const { code, out: said } = await report('--out', out, '--json');
  expect(code).toBe(0);
  const { files } = JSON.parse(said);
  expect((await readdir(out)).sort()).toEqual(['mine-rtfm', 'mine-xdviodet']);
  const names = files.map((file: string) => basename(file));
  for (const name of ['report.html', 'table-I.tex', 'table-III.csv', 'figure-4.svg', 'table-costs.md']) {
    expect(names).toContain(name);
  }
  const page = await readFile(join(out, 'mine-xdviodet', 'report.html'), 'utf8');
  expect(page).toContain('Backbones under mixed corruptions');
  expect(page).toContain('>rtfm</th>');
});

test('figure 3 shows a video under all sixteen corruptions', async () => {
  const root = join(folder, 'data');
  await createSyntheticDataset(root, { videos: { train: 2, test: 2 }, seconds: 2, width: 64, height: 48 });
  const video = join(root, 'videos', 'test', (await readdir(join(root, 'videos', 'test')))[0]!);
  const svg = join(folder, 'figure3.svg');
  const { code, err } = await shell(
    ...['report', workspace, '--run', 'mine-rtfm', '--figure', '3', '--video', video, '--out', svg],
  );
  expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('16/16') });
  const text = await readFile(svg, 'utf8');
  const images = [...text.matchAll(/href="(data:image\/png;base64,[^"]+)"/g)].map(([, image]) => image);
  expect(images).toHaveLength(18);
  // So small a stream may well have no bit error before its middle frame.
  expect(new Set(images.filter((_, i) => i !== 1)).size).toBe(17);
  expect(text).toContain('visual, severity 2');
  for (const name of ['bit-error', 'shot-noise', 'babble', 'white'])
    expect(text).toContain(`>${name}</text>`);
}, 60_000);

describe('bad usage says what to do', () => {
  test.each([
    [['--table', 'I'], 2, 'choose with --run: mine-rtfm, mine-xdviodet'],
    [['--table', 'VI'], 2, 'one of I, II, III'],
    [['--figure', '7'], 2, 'one of 3, 4, 5'],
    [['--table', 'I', '--figure', '4'], 2, 'exclude each other'],
    [['--run', 'other'], 2, 'there are mine-rtfm, mine-xdviodet'],
    [['--run', 'mine-rtfm', '--table', 'II'], 1, 'run rows of table2'],
    [['--run', 'mine-rtfm', '--table', 'I', '--format', 'pdf'], 2, 'one of text, markdown'],
    [['--run', 'mine-rtfm', '--figure', '4', '--format', 'png'], 2, 'a PNG needs a file'],
    [['--run', 'mine-xdviodet', '--table', 'costs'], 1, 'costs of run mine-xdviodet'],
    [['--run', 'mine-rtfm', '--figure', '3'], 1, 'dataset.jsonl'],
  ])('%j', async (args, exit, hint) => {
    const { code, err, out } = await report(...args);
    expect({ code, out }).toEqual({ code: exit, out: '' });
    expect(err).toContain(hint);
  });

  test('nothing there, or something else', async () => {
    const none = await robusta('report', join(folder, 'none'));
    expect(none.code).toBe(1);
    expect(none.err).toContain('none');
    await mkdir(join(folder, 'empty'));
    expect((await robusta('report', join(folder, 'empty'))).err).toContain('holds no results');
    const file = join(folder, 'other.json');
    await writeFile(file, '{"a":1}');
    expect((await robusta('report', file)).err).toContain(`${file} is not a benchmark result: format`);
    await writeFile(file, '{');
    expect((await robusta('report', file)).err).toContain(`${file} is not JSON`);
  });
});

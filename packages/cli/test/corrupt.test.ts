import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { corruptMedia, probe, readAudio, readFrames, writeMedia } from '@robusta/media';
import { decode } from 'fast-png';
import { closest } from '../src/corrupt/closest.js';
import { bin, robusta as run, shell as start } from './run.js';

let folder: string;
let video: string;
const robusta = (...args: string[]) => run('corrupt', ...args);
const shell = (...args: string[]) => start('corrupt', ...args);
const path = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robusta-corrupt-'));
  video = path('street.mp4');
  await writeVideo(video, 30);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A moving gradient and a tone that comes and goes. */
async function writeVideo(file: string, count: number, audio = true) {
  const pictures = Array.from({ length: 10 }, (_, i) => {
    const data = Uint8Array.from({ length: 96 * 64 * 3 }, (_, p) => ((p % 288) / 2 + 3 * i + (p >> 9)) & 255);
    return { width: 96, height: 64, data };
  });
  const frames = Array.from({ length: count }, (_, i) => pictures[i % 10]!);
  const samples = Float32Array.from(
    { length: Math.round((count * 16_000) / 25) },
    (_, i) => 0.3 * Math.sin(i / 6) * Math.sin(i / 900),
  );
  const sound = audio ? { audio: { sampleRate: 16_000, channels: [samples] } } : {};
  await writeMedia(file, { frames, fps: 25, preset: 'ultrafast', ...sound });
}

describe('one file', () => {
  test('is written, says what was done, with progress on stderr', async () => {
    const output = path('out.mp4');
    const { code, out, err } = await robusta(
      video,
      '-o',
      output,
      '--visual',
      'fog:3',
      '--audio',
      'white:4',
      '--seed',
      '7',
    );
    expect([code, out]).toEqual([0, `${output}: fog:3 + white:4 (30 frames, 1.2 s)\n`]);
    expect(err).toContain('measuring sound: ');
    expect(err).toContain('corrupting: 1/1');
    expect((await probe(output)).video!.frames).toBe(30);
  });

  test('the bytes are those of corruptMedia with the name of the file as id', async () => {
    const [one, two] = [path('one.mp4'), path('two.mp4')];
    await robusta(
      video,
      '-o',
      one,
      '--visual',
      'fog:2,motion=static,decay=1.6',
      '--audio',
      'dropout:1,fadeMs=0',
    );
    await corruptMedia(video, two, {
      visual: { name: 'fog', severity: 2, motion: 'static', decay: 1.6 },
      audio: { name: 'random-dropout', severity: 1, fadeMs: 0 },
      seed: 0,
      id: 'street',
    });
    expect((await readFile(one)).equals(await readFile(two))).toBe(true);
  });

  test('--json prints the report, and nothing else', async () => {
    const { code, out } = await robusta(video, '-o', path('json.mp4'), '--visual', 'bit-error:5', '--json');
    expect(code).toBe(0);
    const report = JSON.parse(out);
    expect(report.visual).toMatchObject({
      name: 'bit-error',
      severity: 5,
      frames: 30,
      parameters: { bytesPerError: 10_000 },
    });
    expect(report.streams.map(({ action }: { action: string }) => action)).toEqual(['corrupted', 'copied']);
  });

  test('an output that exists is kept without --force', async () => {
    const output = path('there.mp4');
    await writeFile(output, 'older');
    const refused = await robusta(video, '-o', output, '--visual', 'fog:1');
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('--force');
    expect(await readFile(output, 'utf8')).toBe('older');
    expect((await robusta(video, '-o', output, '--visual', 'fog:1', '--force')).code).toBe(0);
    expect((await probe(output)).video!.frames).toBe(30);
  });
});

describe('bad usage says what to do', () => {
  test.each([
    [['--visual', 'fgo:3'], 'did you mean fog?'],
    [['--visual', 'motionblur'], 'did you mean motion-blur?'],
    [['--audio', 'whit:3'], 'did you mean white?'],
    [['--visual', 'white:3'], 'white is one for --audio'],
    [['--audio', 'fog:3'], 'fog is one for --visual'],
    [['--visual', 'fog:6'], 'severity must be 1, 2, 3, 4 or 5, received 6'],
    [['--visual', 'fog:2.5'], 'received 2.5'],
    [['--visual', 'fog:'], 'received '],
    [['--visual', 'fog:3,motion'], '"motion" is not name=value'],
    [['--visual', 'fog:3,strenght=2'], 'strenght'],
    [['--visual', 'fog:3,strength=-1'], 'strength'],
    [[], 'neither --visual nor --audio'],
    [['--visual', 'fog:3', '--seed', 'x'], 'whole number'],
    [['--visual', 'fog:3', '--sede', '1'], '--seed'],
    [['--visual', 'fog:3', '--preset', 'fastest'], 'preset'],
  ])('%j', async (args, hint) => {
    const output = path('bad.mp4');
    const { code, err, out } = await robusta(video, '-o', output, ...args);
    expect(code).toBe(2);
    expect(err).toContain(hint);
    expect(out).toBe('');
    expect(existsSync(output)).toBe(false);
  });

  test('no output, an unknown container', async () => {
    expect((await robusta(video, '--visual', 'fog:3')).err).toContain('-o');
    expect((await robusta(video, '-o', path('x.avi'), '--visual', 'fog:3')).err).toContain('.mkv');
  });

  test('names that are near, and names that are not', () => {
    expect(closest('satturate', ['saturate', 'rain'])).toBe('saturate');
    expect(closest('zzzzzz', ['saturate', 'rain'])).toBeUndefined();
  });
});

test.each([
  ['none.mp4', undefined, 'FILE_NOT_FOUND'],
  ['text.mp4', 'not a video', 'NOT_MEDIA'],
  ['empty.mp4', '', 'EMPTY_INPUT'],
])('%s: exit 1 and the reason', async (name, content, reason) => {
  const file = path(name);
  if (content !== undefined) await writeFile(file, content);
  const { code, err } = await robusta(file, '-o', path('x.mp4'), '--visual', 'fog:1');
  expect(code).toBe(1);
  expect(err).toContain(reason);
  expect(err).toContain(name);
  expect(err).toContain('hint:');
  await rm(file, { force: true });
});

test('a file without sound and --audio', async () => {
  const mute = path('mute.mp4');
  await writeVideo(mute, 5, false);
  const { code, err } = await robusta(mute, '-o', path('x.mp4'), '--audio', 'white:1');
  expect(code).toBe(1);
  expect(err).toContain('NO_AUDIO');
  expect(existsSync(path('x.mp4'))).toBe(false);
});

describe('folders', () => {
  let source: string;
  beforeAll(async () => {
    source = path('videos');
    await mkdir(join(source, 'deep'), { recursive: true });
    await copyFile(video, join(source, 'a.mp4'));
    await writeVideo(join(source, 'deep', 'b.mp4'), 10);
    await writeFile(join(source, 'notes.txt'), 'no media');
  });

  test('every file under its place, whatever the number of jobs', async () => {
    for (const jobs of ['1', '2']) {
      const { code, out } = await robusta(
        source,
        '-o',
        path(`jobs${jobs}`),
        '--visual',
        'fog:2',
        '--audio',
        'white:2',
        '--jobs',
        jobs,
      );
      expect(code).toBe(0);
      expect(out).toContain(`${path(`jobs${jobs}`, 'deep', 'b.mp4')}: fog:2 + white:2 (10 frames, 0.4 s)`);
    }
    for (const name of ['a.mp4', 'deep/b.mp4']) {
      expect((await readFile(path('jobs1', name))).equals(await readFile(path('jobs2', name)))).toBe(true);
    }
    const alone = path('alone.mp4');
    await robusta(join(source, 'a.mp4'), '-o', alone, '--visual', 'fog:2', '--audio', 'white:2');
    expect((await readFile(alone)).equals(await readFile(path('jobs1', 'a.mp4')))).toBe(true);
    expect((await readdir(path('jobs1'), { recursive: true })).sort()).toEqual([
      'a.mp4',
      'deep',
      'deep/b.mp4',
    ]);
  });

  test('one that fails does not stop the others: exit 1; run again, the rest is kept', async () => {
    await writeFile(join(source, 'broken.mp4'), 'not a video');
    const output = path('partly');
    const first = await robusta(source, '-o', output, '--visual', 'brightness:1', '--json');
    expect(first.code).toBe(1);
    expect(first.err).toContain('PARTIAL_FAILURE');
    const { files, failed, kept } = JSON.parse(first.out);
    expect([files.length, kept.length]).toEqual([2, 0]);
    expect(failed).toEqual([
      expect.objectContaining({ code: 'NOT_MEDIA', input: join(source, 'broken.mp4') }),
    ]);
    await rm(join(source, 'broken.mp4'));
    const second = await robusta(source, '-o', output, '--visual', 'brightness:1', '--json');
    expect(second.code).toBe(0);
    expect(JSON.parse(second.out)).toMatchObject({
      files: [],
      kept: [path('partly', 'a.mp4'), path('partly', 'deep', 'b.mp4')],
    });
  });

  test('outputs inside of the input folder are no inputs of the next run; other containers become Matroska', async () => {
    const own = path('own');
    await mkdir(own);
    await copyFile(video, join(own, 'a.mp4'));
    await copyFile(video, join(own, 'b.avi'));
    for (const count of [2, 0]) {
      const { code, out } = await robusta(own, '-o', join(own, 'out'), '--audio', 'white:1', '--json');
      expect(code).toBe(0);
      expect(JSON.parse(out).files).toHaveLength(count);
    }
    expect((await readdir(join(own, 'out'))).sort()).toEqual(['a.mp4', 'b.mkv']);
  });

  test('a folder without media; two files for one output', async () => {
    await mkdir(path('bare'), { recursive: true });
    expect((await robusta(path('bare'), '-o', path('x'), '--visual', 'fog:1')).err).toContain('EMPTY_INPUT');
    const { code, err } = await robusta(video, video, '-o', path('x'), '--visual', 'fog:1');
    expect(code).toBe(2);
    expect(err).toContain('would both become');
  });
});

describe('--preview', () => {
  test('a contact sheet and a sheet of spectrograms, readable and of the promised size', async () => {
    const output = path('preview');
    const { code, out } = await shell(video, '--preview', '-o', output);
    expect(code).toBe(0);
    expect(out).toBe(`${join(output, 'street-visual.png')}\n${join(output, 'street-audio.png')}\n`);
    for (const name of ['street-visual.png', 'street-audio.png']) {
      const { width, height, data, channels } = decode(await readFile(join(output, name)));
      expect(width).toBe(1464);
      expect(height).toBeGreaterThan(1000);
      // Text and pictures on white: neither blank nor covered.
      let white = 0;
      for (let i = 0; i < data.length; i += channels) {
        if (data[i] === 255 && data[i + 1] === 255 && data[i + 2] === 255) white++;
      }
      const share = white / (width * height);
      expect(share).toBeGreaterThan(0.15);
      expect(share).toBeLessThan(0.7);
    }
    expect((await readdir(output)).sort()).toEqual(['street-audio.png', 'street-visual.png']);
  });

  test('one row where one is named; sound alone; --json', async () => {
    const { code, out } = await robusta(
      video,
      '--preview',
      '-o',
      path('row.png'),
      '--audio',
      'white',
      '--json',
    );
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({ images: [path('row-audio.png')] });
    const mute = path('mute2.mp4');
    await writeVideo(mute, 5, false);
    expect((await robusta(mute, '--preview', '-o', path('mute'), '--visual', 'contrast')).out).toBe(
      `${path('mute', 'mute2-visual.png')}\n`,
    );
  });
});

test('Ctrl-C: exit 130, nothing half-written', async () => {
  const long = path('long.mp4');
  await writeVideo(long, 3000, false);
  const output = path('interrupted');
  await mkdir(output);
  for (const args of [
    [long, '-o', join(output, 'out.mp4')],
    [long, video, '-o', output, '--jobs', '1'],
  ]) {
    const child = spawn(process.execPath, [bin, 'corrupt', ...args, '--visual', 'motion-blur:5'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr.on('data', (text) => {
      if (String(text).includes('corrupting')) setTimeout(() => child.kill('SIGINT'), 300);
    });
    const [code] = await once(child, 'exit');
    expect(code).toBe(130);
    expect(await readdir(output)).toEqual([]);
  }
});

test('readers of the result find sound and picture as long as before', async () => {
  const output = path('same.mkv');
  await robusta(video, '-o', output, '--visual', 'shot-noise:1', '--audio', 'bitrate:5');
  let count = 0;
  for await (const _ of readFrames(output)) count++;
  expect(count).toBe(30);
  expect((await readAudio(output)).channels[0]!.length).toBe((await readAudio(video)).channels[0]!.length);
});

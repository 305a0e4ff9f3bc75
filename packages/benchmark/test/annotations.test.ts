import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeShared } from '@robusta/test-kit';
import { parseUcfAnnotations, parseXdAnnotations } from '../src/dataset/annotations.js';
import { clampIntervals, mergeIntervals, toGrid } from '../src/dataset/intervals.js';

describe('parseXdAnnotations', () => {
  test('reads names and pairs, passes over empty lines, drops a stray .mp4', () => {
    const text = 'a__#1_label_B1-0-0 0 16 32 48\r\n\nb__#1_label_G-0-0.mp4 5 9\n';
    expect(parseXdAnnotations(text, 'annotations.txt')).toEqual([
      {
        video: 'a__#1_label_B1-0-0',
        intervals: [
          [0, 16],
          [32, 48],
        ],
        line: 1,
      },
      { video: 'b__#1_label_G-0-0', extension: '.mp4', intervals: [[5, 9]], line: 3 },
    ]);
  });

  test.each([
    ['v 1 2 3', '3 frame numbers, but they must be pairs'],
    ['v 1', '1 frame number, but they must be pairs'],
    ['v 5 5', 'start 5 is not before end 5'],
    ['v 9 3', 'start 9 is not before end 3'],
    ['v -1 3', '"-1" is not a frame number'],
    ['v 1.5 3', '"1.5" is not a frame number'],
    ['v 1 end', '"end" is not a frame number'],
    ['v 1 99999999999999999999', '"99999999999999999999" is not a frame number'],
  ])('refuses "%s"', (line, problem) => {
    const call = () => parseXdAnnotations(`ok 1 2\n${line}\n`, '/data/annotations.txt');
    expect(call).toThrow(
      expect.objectContaining({
        code: 'BAD_ANNOTATION',
        message: `/data/annotations.txt:2: ${problem}: "${line}"`,
      }),
    );
  });
});

describe('parseUcfAnnotations', () => {
  test('reads names, classes and pairs; -1 -1 is none', () => {
    const text =
      'Abuse028_x264.mp4  Abuse  165  240  -1  -1  \n\nNormal_Videos_003_x264  Normal -1 -1 -1 -1\n';
    expect(parseUcfAnnotations(text, 'f')).toEqual([
      { video: 'Abuse028_x264', extension: '.mp4', category: 'Abuse', intervals: [[165, 240]], line: 1 },
      { video: 'Normal_Videos_003_x264', category: 'Normal', intervals: [], line: 3 },
    ]);
  });

  test.each([
    ['Abuse028_x264 165 240 -1 -1', 'no class after the name'],
    ['Abuse028_x264', 'no class after the name'],
    ['Abuse028_x264 Abuse 165 240 -1', '3 frame numbers, but they must be pairs'],
    ['Abuse028_x264 Abuse 165 -1 -1 -1', '"-1" is not a frame number'],
    ['Abuse028_x264 Abuse 240 165 -1 -1', 'start 240 is not before end 165'],
  ])('refuses "%s"', (line, problem) => {
    expect(() => parseUcfAnnotations(`\n${line}`, 'f')).toThrow(
      expect.objectContaining({ code: 'BAD_ANNOTATION', message: `f:2: ${problem}: "${line}"` }),
    );
  });
});

describe('intervals', () => {
  test('go to the 24-fps grid by time', () => {
    expect(toGrid([30, 60], 30)).toEqual([24, 48]);
    expect(toGrid([7, 9], 24)).toEqual([7, 9]);
    expect(toGrid([25, 50], 25)).toEqual([24, 48]);
    // 1/60 s is shorter than a frame of the grid, but no stretch gets lost.
    expect(toGrid([0, 1], 60)).toEqual([0, 1]);
  });

  test('are merged where they overlap or touch, and end with the video', () => {
    expect(
      mergeIntervals([
        [20, 30],
        [0, 5],
        [4, 8],
        [8, 9],
      ]),
    ).toEqual([
      [0, 9],
      [20, 30],
    ]);
    expect(
      clampIntervals(
        [
          [0, 9],
          [20, 30],
          [40, 50],
        ],
        25,
      ),
    ).toEqual([
      [0, 9],
      [20, 25],
    ]);
  });
});

describeShared('data/xd-violence', (folder) => {
  const lines = (name: string) => readFileSync(join(folder, name), 'utf8').split('\n').filter(Boolean);

  test('the published annotations name exactly the violent test videos', () => {
    const annotated = parseXdAnnotations(
      readFileSync(join(folder, 'annotations.txt'), 'utf8'),
      'annotations.txt',
    );
    const violent = lines('test-videos.txt').filter((name) => !name.includes('_label_A'));
    expect(annotated).toHaveLength(500);
    expect(annotated.map(({ video }) => video).sort()).toEqual(violent.sort());
    for (const { intervals } of annotated) expect(intervals.length).toBeGreaterThan(0);
  });

  test('every published name tells its label', () => {
    const pattern = /^(.+)__#(\d+|\d+-\d+-\d+_\d+-\d+-\d+)_label_(A|[BG]\d?(?:-[BG0]\d?)*)(__)?$/;
    const names = [...lines('train-videos.txt'), ...lines('test-videos.txt')];
    expect(names).toHaveLength(4754);
    expect(names.filter((name) => !pattern.test(name))).toEqual([]);
    expect(names.filter((name) => name.includes('_label_A'))).toHaveLength(2049 + 300);
  });
});

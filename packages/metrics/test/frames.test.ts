import { expandToFrames, frameLabels, xdGroundTruth } from '../src/index.js';

const failing = (code: string, message?: RegExp) =>
  expect.objectContaining({ code, ...(message && { message: expect.stringMatching(message) }) });

describe('expandToFrames', () => {
  test('repeats 16 times by default', () => {
    const frames = expandToFrames([0.25, 0.5]);
    expect(frames).toEqual(Float32Array.from({ length: 32 }, (_, i) => (i < 16 ? 0.25 : 0.5)));
  });

  test('keeps double precision where it is given', () => {
    expect(expandToFrames(Float64Array.of(0.1), { framesPerSnippet: 2 })).toEqual(Float64Array.of(0.1, 0.1));
  });

  test('strict refuses any difference and names both lengths', () => {
    expect(() => expandToFrames([1, 2], { frameCount: 33 })).toThrow(
      failing('LENGTH_MISMATCH', /32 frames, not 33/),
    );
    expect(() => expandToFrames([1, 2], { frameCount: 31 })).toThrow(failing('LENGTH_MISMATCH'));
  });

  test('trim and pad-last', () => {
    const expand = (frameCount: number, policy: 'trim' | 'pad-last') =>
      Array.from(expandToFrames([1, 2], { framesPerSnippet: 2, frameCount, policy }));
    expect(expand(3, 'trim')).toEqual([1, 1, 2]);
    expect(expand(9, 'trim')).toEqual([1, 1, 2, 2]);
    expect(expand(3, 'pad-last')).toEqual([1, 1, 2]);
    expect(expand(6, 'pad-last')).toEqual([1, 1, 2, 2, 2, 2]);
    expect(() => expandToFrames([], { frameCount: 1, policy: 'pad-last' })).toThrow(failing('EMPTY_INPUT'));
    expect(expandToFrames([], { frameCount: 0, policy: 'pad-last' })).toHaveLength(0);
  });

  test.each([
    { framesPerSnippet: 0 },
    { framesPerSnippet: 1.5 },
    { frameCount: -1 },
    { policy: 'stretch' },
    { frames: 3 },
  ])('refuses %j', (options) => {
    const name = Object.keys(options)[0]!;
    expect(() => expandToFrames([1], options as never)).toThrow(failing('BAD_OPTION', new RegExp(name)));
  });
});

describe('frameLabels', () => {
  test('half-open, united, cut at the end', () => {
    const labels = frameLabels(
      [
        [1, 3],
        [2, 4],
        [6, 100],
        [5, 2],
      ],
      8,
    );
    expect(Array.from(labels)).toEqual([0, 1, 1, 1, 0, 0, 1, 1]);
    expect(frameLabels([], 3)).toEqual(new Uint8Array(3));
  });

  test('refuses what slicing would wrap around or round', () => {
    for (const interval of [
      [-1, 2],
      [0, -2],
      [0.5, 2],
      [0, Number.NaN],
      [0, Infinity],
    ] as [number, number][]) {
      expect(() => frameLabels([[0, 1], interval], 8)).toThrow(failing('BAD_INPUT', /interval 1/));
    }
    expect(() => frameLabels([], -1)).toThrow(failing('BAD_OPTION', /frameCount/));
  });
});

describe('xdGroundTruth', () => {
  test('drops the last frame, then what is no whole snippet', () => {
    expect([1, 16, 17, 160, 161].map((frames) => xdGroundTruth([], frames).length)).toEqual([
      0, 0, 16, 144, 160,
    ]);
    expect(Array.from(xdGroundTruth([[3, 6]], 10, 4))).toEqual([0, 0, 0, 1, 1, 1, 0, 0]);
  });

  test('refuses an empty video and a bad snippet length', () => {
    expect(() => xdGroundTruth([], 0)).toThrow(failing('BAD_OPTION', /totalFrames/));
    expect(() => xdGroundTruth([], 20, 0)).toThrow(failing('BAD_OPTION', /framesPerSnippet/));
  });
});

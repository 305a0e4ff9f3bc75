import { readdirSync, readFileSync } from 'node:fs';
import { type Frame, RobustaError } from '@robusta/core';
import fc from 'fast-check';
import { createFrameCorruption, SEVERITY, VISUAL_ALIASES, VISUAL_CORRUPTIONS } from '../src/index.js';
import { noiseFrame } from './frames.js';

const built = ['brightness', 'contrast', 'fog', 'rain', 'motion-blur', 'saturate', 'shot-noise'] as const;
const anyBuilt = fc.constantFrom(...built);
const anySeverity = fc.constantFrom(1, 2, 3, 4, 5);
const anySeed = fc.integer({ min: 0, max: 0xffffffff });
const anySide = fc.integer({ min: 1, max: 33 });
const size = { width: 9, height: 7, fps: 25 };

function errorOf(action: () => unknown): RobustaError {
  try {
    action();
  } catch (error) {
    if (RobustaError.isInstance(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('the eight names of the protocol, in its order', () => {
  expect(VISUAL_CORRUPTIONS.join(' ')).toBe(
    'bit-error brightness contrast fog rain motion-blur saturate shot-noise',
  );
});

test('the published severity tables', () => {
  const rows = (name: keyof typeof SEVERITY) =>
    ([1, 2, 3, 4, 5] as const).map((severity) => Object.values(SEVERITY[name][severity]));
  expect(rows('brightness')).toEqual([[0.1], [0.2], [0.3], [0.4], [0.5]]);
  expect(rows('contrast')).toEqual([[0.5], [0.4], [0.3], [0.2], [0.1]]);
  expect(rows('contrast:imagenet-c')).toEqual([[0.4], [0.3], [0.2], [0.1], [0.05]]);
  expect(rows('saturate')).toEqual([
    [0.3, 0],
    [0.1, 0],
    [2, 0],
    [5, 0.1],
    [20, 0.2],
  ]);
  expect(rows('shot-noise')).toEqual([[60], [25], [12], [5], [3]]);
  expect(rows('fog')).toEqual([
    [1.5, 2],
    [2, 2],
    [2.5, 1.7],
    [2.5, 1.5],
    [3, 1.4],
  ]);
  expect(rows('bit-error')).toEqual([[100000], [50000], [30000], [20000], [10000]]);
  expect(rows('rain')).toEqual([
    [10, 770, 0.8],
    [30, 770, 0.8],
    [60, 770, 0.7],
    [60, 500, 0.6],
    [80, 400, 0.5],
  ]);
  expect(rows('motion-blur')).toEqual([
    [10, 3],
    [15, 5],
    [15, 8],
    [15, 12],
    [20, 15],
  ]);
});

describe('names', () => {
  test('bit-error is refused with the name of the package that makes it', () => {
    for (const name of ['bit-error', 'bit_error'] as const) {
      const { code, message, hint } = errorOf(() => createFrameCorruption(name, { ...size, severity: 3 }));
      expect(code).toBe('BAD_OPTION');
      expect(message).toContain(name);
      expect(hint).toContain('corruptMedia of @robusta/media');
    }
  });

  test('the spelling of the paper gives the same corruption', () => {
    const options = { ...size, severity: 3, seed: 4 } as const;
    const frame = noiseFrame(9, 7, 1);
    const paper = createFrameCorruption('motion_blur', options);
    expect(paper.name).toBe('motion-blur');
    expect(paper.apply(frame, 0)).toEqual(createFrameCorruption('motion-blur', options).apply(frame, 0));
    for (const name of Object.values(VISUAL_ALIASES)) expect(VISUAL_CORRUPTIONS).toContain(name);
  });

  test.each(['blur', 'toString', ''])('%j is no corruption', (name) => {
    expect(errorOf(() => createFrameCorruption(name as 'fog', size)).code).toBe('BAD_OPTION');
  });
});

describe('options', () => {
  test.each([0, 6, 2.5, '3', null])('severity %j is refused', (severity) => {
    const error = errorOf(() => createFrameCorruption('fog', { ...size, severity: severity as 3 }));
    expect(error.code).toBe('BAD_OPTION');
    expect(error.message).toContain('severity');
  });

  test.each([
    ['brightness', { amount: 2 }],
    ['brightness', { amount: Number.NaN }],
    ['brightness', { amout: 0.2 }],
    ['contrast', { factor: 1.5 }],
    ['contrast', { table: 'imagenet' }],
    ['saturate', { gain: -1 }],
    ['saturate', { offset: 2 }],
    ['shot-noise', { photons: 0 }],
    ['shot-noise', { photons: Number.POSITIVE_INFINITY }],
    ['fog', { strength: -1 }],
    ['fog', { motion: 'blow' }],
    ['motion-blur', { radius: 1.5 }],
    ['motion-blur', { sigma: 0 }],
    ['motion-blur', { mode: 'temporal' }],
    ['motion-blur', { seed: -1 }],
    ['motion-blur', { width: 0 }],
    ['motion-blur', { height: 100000 }],
    ['fog', { fps: 0 }],
    ['rain', { length: 0.5 }],
    ['rain', { pixelsPerDrop: 1 }],
    ['rain', { contrast: 2 }],
    ['rain', { slant: 0.5 }],
    ['rain', { motion: 'static' }],
    ['rain', { speed: -1 }],
  ] as const)('%s %j is refused by name', (name, wrong) => {
    const error = errorOf(() => createFrameCorruption(name, { ...size, severity: 3, ...wrong } as never));
    expect(error.code).toBe('BAD_OPTION');
    expect(error.message).toContain(Object.keys(wrong)[0]);
  });

  test('without a severity all physical parameters are needed', () => {
    const error = errorOf(() => createFrameCorruption('fog', { ...size, strength: 2 }));
    expect(error.code).toBe('BAD_OPTION');
    expect(error.message).toContain('decay');
    expect(createFrameCorruption('fog', { ...size, strength: 2, decay: 1.7 }).parameters.strength).toBe(2);
  });

  test('a given parameter takes the place of the one of the table', () => {
    const { parameters } = createFrameCorruption('motion-blur', { ...size, severity: 3, sigma: 2 });
    expect(parameters).toMatchObject({ severity: 3, radius: 15, sigma: 2 });
  });
});

describe('frames', () => {
  const corruption = createFrameCorruption('brightness', { ...size, severity: 3 });

  test.each<[string, Frame]>([
    ['another width', noiseFrame(8, 7, 1)],
    ['another height', noiseFrame(9, 8, 1)],
    ['too little data', { ...noiseFrame(9, 7, 1), data: new Uint8Array(3) }],
    ['data of another type', { ...noiseFrame(9, 7, 1), data: new Uint8ClampedArray(189) as never }],
  ])('%s is BAD_INPUT, as input and as out', (_what, wrong) => {
    expect(errorOf(() => corruption.apply(wrong, 0)).code).toBe('BAD_INPUT');
    expect(errorOf(() => corruption.apply(noiseFrame(9, 7, 1), 0, wrong)).code).toBe('BAD_INPUT');
  });

  test.each([-1, 0.5, Number.NaN])('index %p is BAD_INPUT', (index) => {
    expect(errorOf(() => corruption.apply(noiseFrame(9, 7, 1), index)).code).toBe('BAD_INPUT');
  });

  test('out may not be the input', () => {
    const frame = noiseFrame(9, 7, 1);
    expect(errorOf(() => corruption.apply(frame, 0, frame)).code).toBe('BAD_INPUT');
  });
});

test('a frame of any size: out is filled with what is returned without it, and the input is kept', () => {
  fc.assert(
    fc.property(
      anyBuilt,
      anySeverity,
      anySeed,
      anySide,
      anySide,
      fc.nat(10000),
      fc.constantFrom('cut', 'nearest'),
      (name, severity, seed, width, height, index, rounding) => {
        const corruption = createFrameCorruption(name, { severity, seed, width, height, fps: 24, rounding });
        const frame = noiseFrame(width, height, seed);
        const before = frame.data.slice();
        const out = noiseFrame(width, height, seed + 1);
        const returned = corruption.apply(frame, index);
        expect(corruption.apply(frame, index, out)).toBe(out);
        expect(out).toEqual(returned);
        expect(returned).toMatchObject({ width, height });
        expect(frame.data).toEqual(before);
      },
    ),
    { numRuns: 60 },
  );
});

test.each(built)('%s: frame 500 alone equals frame 500 of a run', (name) => {
  const options = { ...size, severity: 4, seed: 77 } as const;
  const run = createFrameCorruption(name, options);
  const out = noiseFrame(9, 7, 0);
  for (let index = 0; index <= 500; index++) run.apply(noiseFrame(9, 7, index), index, out);
  expect(createFrameCorruption(name, options).apply(noiseFrame(9, 7, 500), 500)).toEqual(out);
});

test('the reported parameters, through JSON, are options that give the same bytes', () => {
  fc.assert(
    fc.property(anyBuilt, anySeverity, anySeed, fc.nat(100), (name, severity, seed, index) => {
      const options = { severity, seed, width: 13, height: 8, fps: 30, scale: 'relative' } as const;
      const first = createFrameCorruption(name, options);
      const again = createFrameCorruption(name, JSON.parse(JSON.stringify(first.parameters)));
      const frame = noiseFrame(13, 8, index);
      expect(again.apply(frame, index)).toEqual(first.apply(frame, index));
      expect(again.parameters).toEqual(first.parameters);
    }),
    { numRuns: 40 },
  );
});

test('different seeds give different patterns, the severities of one seed the same', () => {
  const blur = (seed: number, severity: 1 | 2 | 3 | 4 | 5) =>
    createFrameCorruption('motion-blur', { ...size, seed, severity }).parameters.angleDeg;
  const fog = (seed: number, severity: 1 | 2 | 3 | 4 | 5) =>
    createFrameCorruption('fog', { ...size, seed, severity }).parameters.driftAngleDeg;
  for (const severity of [2, 3, 4, 5] as const) {
    expect(blur(9, severity)).toBe(blur(9, 1));
    expect(fog(9, severity)).toBe(fog(9, 1));
  }
  const angles = Array.from({ length: 200 }, (_, seed) => blur(seed, 3));
  expect(new Set(angles).size).toBe(200);
  expect(Math.min(...angles)).toBeGreaterThanOrEqual(-45);
  expect(Math.min(...angles)).toBeLessThan(-40);
  expect(Math.max(...angles)).toBeGreaterThan(40);
  expect(Math.max(...angles)).toBeLessThan(45);
});

test('the sources import nothing of Node', () => {
  const folder = new URL('../src/', import.meta.url);
  const sources = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), 'utf8'));
  expect(sources.filter((text) => /from 'node:|require\(|process\.|\bBuffer\b/.test(text))).toEqual([]);
});

import fc from 'fast-check';
import {
  createRng,
  deriveSeed,
  fileError,
  fromWire,
  hash32,
  parseOptions,
  quantile,
  RobustaError,
  SeveritySchema,
  toWire,
  wasmModule,
} from '../src/index.js';

describe('deriveSeed', () => {
  test('tags type and length of every part', () => {
    expect(deriveSeed('a', 'bc')).not.toBe(deriveSeed('ab', 'c'));
    expect(deriveSeed(1)).not.toBe(deriveSeed('1'));
    expect(deriveSeed()).not.toBe(deriveSeed(''));
  });

  test('is a stable 32-bit integer', () => {
    // Values that published datasets depend on: changing the hash changes every corrupted copy.
    expect(deriveSeed('subset', 7)).toBe(deriveSeed('subset', 7));
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.integer())), (parts) => {
        const seed = deriveSeed(...parts);
        return Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32;
      }),
    );
  });

  test('spreads: 20,000 neighbouring inputs collide about as often as chance has it', () => {
    const seen = new Set<number>();
    for (let i = 0; i < 20_000; i++) seen.add(deriveSeed('frame', i));
    expect(seen.size).toBeGreaterThan(19_995);
  });

  test('refuses NaN', () => {
    expect(() => deriveSeed(Number.NaN)).toThrow(RobustaError);
  });
});

describe('createRng', () => {
  test('same seed, same stream; other seed, other stream', () => {
    const draw = (seed: number) => {
      const rng = createRng(seed);
      return Array.from({ length: 8 }, () => rng.uniform());
    };
    expect(draw(5)).toEqual(draw(5));
    expect(draw(5)).not.toEqual(draw(6));
  });

  test('uniform: mean 1/2 and variance 1/12 within 5 standard errors of 200,000 draws', () => {
    const rng = createRng(1);
    const n = 200_000;
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < n; i++) {
      const u = rng.uniform();
      sum += u;
      squares += (u - 0.5) ** 2;
    }
    expect(Math.abs(sum / n - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / n));
    expect(Math.abs(squares / n - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / n));
  });

  test('normal: first four moments within 5 standard errors', () => {
    const rng = createRng(2);
    const n = 200_000;
    const moments = [0, 0, 0, 0];
    for (let i = 0; i < n; i++) {
      const x = rng.normal();
      for (let k = 0; k < 4; k++) moments[k]! += x ** (k + 1) / n;
    }
    const expected = [0, 1, 0, 3];
    const variances = [1, 2, 15, 96];
    for (let k = 0; k < 4; k++) {
      expect(Math.abs(moments[k]! - expected[k]!)).toBeLessThan(5 * Math.sqrt(variances[k]! / n));
    }
  });

  test.each([0, 0.3, 4, 29, 31, 400])('poisson(%p): mean and variance are lambda', (lambda) => {
    const rng = createRng(3);
    const n = 100_000;
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < n; i++) {
      const k = rng.poisson(lambda);
      sum += k;
      squares += (k - lambda) ** 2;
    }
    expect(Math.abs(sum / n - lambda)).toBeLessThanOrEqual(5 * Math.sqrt(lambda / n));
    expect(Math.abs(squares / n - lambda)).toBeLessThanOrEqual(5 * Math.sqrt((lambda + 2 * lambda ** 2) / n));
  });

  test('int covers its range evenly', () => {
    const rng = createRng(4);
    const counts = new Array(7).fill(0);
    for (let i = 0; i < 70_000; i++) counts[rng.int(7)]++;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });
});

test('hash32: every bit is set half the time and flips half the time when the index moves by one', () => {
  const ones = new Array(32).fill(0);
  const flips = new Array(32).fill(0);
  for (let i = 0; i < 20_000; i++) {
    const value = hash32(9, i);
    const change = value ^ hash32(9, i + 1);
    for (let bit = 0; bit < 32; bit++) {
      ones[bit] += (value >>> bit) & 1;
      flips[bit] += (change >>> bit) & 1;
    }
  }
  for (const count of [...ones, ...flips]) expect(Math.abs(count - 10_000)).toBeLessThan(400);
});

describe('errors', () => {
  test('parseOptions names the field', () => {
    expect(() => parseOptions(SeveritySchema, 0, 'createFrameCorruption')).toThrow(
      'createFrameCorruption: severity must be 1, 2, 3, 4 or 5, received 0',
    );
  });

  test('fileError names the file and says what to do', () => {
    const error = fileError(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }), 'out.npy');
    expect(error).toMatchObject({ code: 'DISK_FULL', message: expect.stringContaining('out.npy') });
    const other = new TypeError('x');
    expect(fileError(other, 'out.npy')).toBe(other);
  });

  test('toWire and fromWire keep code, message, hint and details over structured cloning', () => {
    const error = new RobustaError('BAD_INPUT', 'what', { hint: 'do', details: { at: 3 } });
    const { code, message, hint, details } = fromWire(structuredClone(toWire(error)));
    expect({ code, message, hint, details }).toEqual({
      code: 'BAD_INPUT',
      message: 'what',
      hint: 'do',
      details: { at: 3 },
    });
    expect(toWire(new TypeError('x'))).toMatchObject({ code: 'INTERNAL', message: 'x' });
    expect(toWire('x')).toEqual({ code: 'INTERNAL', message: 'x' });
  });

  test('isInstance knows errors of another copy of the package', () => {
    const foreign = { [Symbol.for('robusta.error')]: true };
    expect(RobustaError.isInstance(foreign)).toBe(true);
    expect(RobustaError.isInstance(new Error('x'))).toBe(false);
  });
});

describe('wasmModule', () => {
  // (module (import "env" "memory" (memory 0)) (func (export "size") (result i32) memory.size))
  const bytes = [
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 2, 15, 1, 3, 101, 110, 118, 6, 109, 101, 109, 111,
    114, 121, 2, 0, 0, 3, 2, 1, 0, 7, 8, 1, 4, 115, 105, 122, 101, 0, 0, 10, 6, 1, 4, 0, 63, 0, 11,
  ];
  const base64 = btoa(String.fromCharCode(...bytes));

  test('each instance has the memory that it asked for, in pages, all 0', () => {
    const instantiate = wasmModule<{ size(): number }>(base64);
    const small = instantiate(1)!;
    const large = instantiate(65_537)!;
    expect([small.kernels.size(), large.kernels.size()]).toEqual([1, 2]);
    expect(large.memory.byteLength).toBe(2 * 65_536);
    new Uint8Array(small.memory)[0] = 1;
    expect(new Uint8Array(large.memory).every((value) => value === 0)).toBe(true);
  });

  test('undefined where the module cannot run or the memory cannot be had', () => {
    expect(wasmModule(btoa('not wasm'))(1)).toBeUndefined();
    expect(wasmModule(base64)(2 ** 40)).toBeUndefined();
  });
});

describe('quantile', () => {
  test('order statistics at their own shares, a straight line between them', () => {
    const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (list, share) => {
        const sorted = Float64Array.from(list).sort();
        const last = sorted.length - 1;
        const position = share * last;
        const below = sorted[Math.floor(position)]!;
        const above = sorted[Math.ceil(position)]!;
        const found = quantile(sorted, share);
        // Adding 0 makes one zero of both.
        expect(quantile(sorted, 0) + 0).toBe(sorted[0]! + 0);
        expect(quantile(sorted, 1) + 0).toBe(sorted[last]! + 0);
        // 1e-9: values up to 1e6 hold ten digits below the point.
        expect(found).toBeGreaterThanOrEqual(below - 1e-9);
        expect(found).toBeLessThanOrEqual(above + 1e-9);
        expect(Math.abs(found - below - (position - Math.floor(position)) * (above - below))).toBeLessThan(
          1e-9,
        );
      }),
    );
  });

  test('the median of one, two and three', () => {
    expect([[5], [1, 2], [1, 2, 9]].map((sorted) => quantile(sorted, 0.5))).toEqual([5, 1.5, 2]);
  });
});

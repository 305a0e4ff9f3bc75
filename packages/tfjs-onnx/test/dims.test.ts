import * as fc from 'fast-check';
import { checkLengths, extentsOf, inferDims, namesIn } from '../src/compile/dims.js';

const sizeOf = (shape: readonly number[]) => shape.reduce((product, extent) => product * extent, 1);
const infer = (shapes: (number | string)[][], lengths: number[], given = {}) =>
  inferDims(
    shapes.map((shape) => ({ shape })),
    lengths,
    given,
  );

test('lengths tell what they can', () => {
  expect(infer([['T']], [5])).toEqual({ T: 5 });
  expect(infer([['B', 3]], [0])).toEqual({ B: 0 });
  // B from the second input makes T known in the first.
  expect(infer([['B', 'T', 3], ['B']], [30, 2])).toEqual({ B: 2, T: 5 });
  expect(infer([['T', 'T', 2], ['T']], [32, 4])).toEqual({ T: 4 });
  expect(infer([['T', 'T', 2]], [18])).toEqual({ T: 3 });
  expect(infer([['B', 'T']], [12], { T: 4 })).toEqual({ B: 3, T: 4 });
  expect(infer([[2, 3], []], [6, 1])).toEqual({});
});

test.each([
  ['lengths that tell nothing', [['B', 'T']], [12], {}, 'do not tell B and T'],
  ['an empty batch', [['B', 'T'], ['B']], [0, 0], {}, 'do not tell T'],
  ['a length that no extent gives', [['T', 2]], [5], {}, '5 elements, which no T gives its shape [T,2]'],
  ['a length that is no square', [['T', 'T']], [5], {}, 'which no T gives'],
  ['contradicting lengths', [['T'], ['T']], [4, 5], {}, 'shape [T] with T = 4 needs 4'],
  ['contradicting dims', [['T']], [4], { T: 5 }, 'shape [T] with T = 5 needs 5'],
  ['an unknown name', [['T']], [4], { B: 1 }, 'there is no dimension B, only T'],
  ['a name where all is fixed', [[4]], [4], { B: 1 }, 'only fixed ones'],
  ['a negative extent', [['T']], [4], { T: -4 }, 'dimension T cannot be -4'],
  ['a fraction', [['T']], [4], { T: 1.5 }, 'dimension T cannot be 1.5'],
  ['a wrong fixed shape', [['T'], [2, 3]], [4, 5], {}, '5 elements, its shape [2,3] needs 6'],
] as const)('%s', (_name, shapes, lengths, given, message) => {
  expect(() => infer(shapes as never, [...lengths], given)).toThrow(
    expect.objectContaining({ code: 'BAD_INPUT', message: expect.stringContaining(message) }),
  );
});

const name = fc.constantFrom('B', 'T', 'N');
const shape = fc.array(fc.oneof(fc.integer({ min: 1, max: 5 }), name), { maxLength: 4 });

test('whatever is inferred has the lengths of the inputs; with all dimensions given, so is everything', () => {
  fc.assert(
    fc.property(
      fc.array(shape, { minLength: 1, maxLength: 4 }),
      fc.record({
        B: fc.integer({ min: 1, max: 9 }),
        T: fc.integer({ min: 1, max: 9 }),
        N: fc.integer({ min: 1, max: 9 }),
      }),
      (shapes, extents) => {
        const lengths = shapes.map((own) => sizeOf(extentsOf(own, extents)));
        const names = namesIn(shapes);
        const all = Object.fromEntries(names.map((key) => [key, extents[key as 'B']]));
        expect(infer(shapes, lengths, all)).toEqual(all);
        let found: ReturnType<typeof infer> | undefined;
        try {
          found = infer(shapes, lengths);
        } catch (error) {
          expect((error as Error).message).toContain('do not tell');
        }
        // What the lengths tell is unique: nothing but the extents that they were made of.
        if (found) expect(found).toEqual(all);
      },
    ),
  );
});

test('fixed shapes are checked without names', () => {
  expect(() => checkLengths([{ shape: [2, 2], name: 'x' }], [3], undefined)).toThrow(
    'run: input 0 (x) has 3 elements, its shape [2,2] needs 4',
  );
});

import { expectClose } from '@robusta/test-kit';
import fc from 'fast-check';
import { holmAdjust, type LevelScore, robustness } from '../src/index.js';
import { failing } from './support.js';

const grid = (values: Record<string, Record<number, number>>): LevelScore[] =>
  Object.entries(values).flatMap(([corruption, levels]) =>
    Object.entries(levels).map(([level, value]) => ({ corruption, level: Number(level), value })),
  );

const ours = grid({ fog: { 0: 0.8, 50: 0.7, 100: 0.4 }, white: { 0: 0.8, 50: 0.8, 100: 0.7 } });
const reference = grid({ fog: { 0: 0.9, 50: 0.7, 100: 0.3 }, white: { 0: 0.9, 50: 0.9, 100: 0.9 } });

describe('robustness', () => {
  test('worked out by hand', () => {
    const { corruptions, ...summary } = robustness(ours, reference);
    expectClose(
      [summary.clean, summary.mean, summary.relative, summary.drop, summary.mce!, summary.relativeMce!],
      [0.8, 0.65, 0.65 / 0.8, 0.25, (0.9 / 1 + 0.5 / 0.2) / 2, 0.5 / 0.8],
      { absolute: 1e-14 },
    );
    const [fog, white] = corruptions;
    expectClose(
      [fog!.mean, fog!.relative, fog!.drop, fog!.ce!, fog!.relativeCe!],
      [0.55, 0.6875, 0.4, 0.9, 0.625],
      {
        absolute: 1e-14,
      },
    );
    // The reference loses nothing to white noise: no share of that can be taken.
    expectClose([white!.mean, white!.relative, white!.drop, white!.ce!], [0.75, 0.9375, 0.1, 2.5], {
      absolute: 1e-14,
    });
    expect(white!.relativeCe).toBeNull();
    expect(robustness(ours)).toEqual({
      clean: summary.clean,
      mean: summary.mean,
      relative: summary.relative,
      drop: summary.drop,
      corruptions: corruptions.map(({ ce, relativeCe, ...row }) => row),
    });
  });

  test('a perfect reference makes no error to compare with', () => {
    const perfect = ours.map((score) => ({ ...score, value: 1 }));
    expect(robustness(ours, perfect)).toMatchObject({ mce: null, relativeMce: null });
    expect(robustness(perfect, ours)).toMatchObject({ mce: 0, relativeMce: 0, relative: 1 });
  });

  const cells = fc
    .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }))
    .chain(([corruptions, levels]) =>
      fc
        .array(fc.double({ min: 0.01, max: 0.99, noNaN: true }), {
          minLength: corruptions * (levels + 1),
          maxLength: corruptions * (levels + 1),
        })
        .map((values) =>
          values.map((value, i) => ({
            corruption: `c${Math.floor(i / (levels + 1))}`,
            level: i % (levels + 1),
            value,
          })),
        ),
    );

  test('of a method against itself is 1, and the order of the cells does not matter', () => {
    fc.assert(
      fc.property(
        cells.chain((list) =>
          fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
        ),
        ([list, shuffled]) => {
          const result = robustness(list, shuffled);
          expect(result.mce).toBeCloseTo(1, 12);
          for (const { relativeCe } of result.corruptions) {
            if (relativeCe !== null) expect(relativeCe).toBeCloseTo(1, 9);
          }
          const other = robustness(shuffled);
          expectClose([other.mean, other.relative, other.drop], [result.mean, result.relative, result.drop], {
            absolute: 1e-12,
          });
        },
      ),
    );
  });

  test.each<[string, LevelScore[], LevelScore[] | undefined, string, RegExp]>([
    ['nothing', [], undefined, 'EMPTY_INPUT', /scores/],
    ['an empty reference', ours, [], 'EMPTY_INPUT', /reference/],
    ['percentages', grid({ fog: { 0: 80, 100: 40 } }), undefined, 'BAD_INPUT', /80/],
    ['a missing level', ours.slice(0, -1), undefined, 'BAD_INPUT', /white lack level 100/],
    ['a cell given twice', [...ours, ours[2]!], undefined, 'BAD_INPUT', /fog at level 100 are given twice/],
    ['clean values only', grid({ fog: { 0: 0.5 } }), undefined, 'BAD_INPUT', /level 0/],
    ['no clean value', grid({ fog: { 50: 0.5, 100: 0.4 } }), undefined, 'BAD_INPUT', /level 50, 100/],
    ['a clean value of 0', grid({ fog: { 0: 0, 100: 0 } }), undefined, 'BAD_INPUT', /fog at level 0/],
    ['a negative level', grid({ fog: { [-1]: 0.5, 0: 0.5 } }), undefined, 'BAD_INPUT', /start at 0/],
    ['NaN', grid({ fog: { 0: 0.5, 100: Number.NaN } }), undefined, 'NON_FINITE', /fog at level 100/],
    ['another corruption', ours, [...ours, ...grid({ rain: { 0: 1, 50: 1, 100: 1 } })], 'BAD_INPUT', /rain/],
    ['other levels', ours, ours.filter(({ level }) => level !== 50), 'BAD_INPUT', /fog at 0, 50, 100/],
  ])('refuses %s', (_, scores, other, code, message) => {
    expect(() => robustness(scores, other)).toThrow(failing(code, message));
  });
});

describe("Holm's adjustment", () => {
  test('the example of three, in any order', () => {
    expectClose(holmAdjust([0.01, 0.04, 0.03]), [0.03, 0.06, 0.06], { absolute: 1e-15 });
    expectClose(holmAdjust([0.9, 0.5]), [1, 1], { absolute: 0 });
    expect(holmAdjust([])).toEqual([]);
  });

  test('rejects what the step-down procedure rejects', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 8 }),
        fc.constantFrom(0.01, 0.05, 0.2),
        (pValues, alpha) => {
          const order = pValues.map((_, i) => i).sort((a, b) => pValues[a]! - pValues[b]!);
          const kept = order.findIndex((i, step) => pValues[i]! * (pValues.length - step) > alpha);
          const rejected = new Set(kept < 0 ? order : order.slice(0, kept));
          holmAdjust(pValues).forEach((p, i) => {
            expect(p <= alpha).toBe(rejected.has(i));
          });
        },
      ),
    );
  });

  test('refuses what is no probability', () => {
    for (const p of [-0.1, 1.1, Number.NaN])
      expect(() => holmAdjust([0.5, p])).toThrow(failing('BAD_INPUT', /1 of 2/));
  });
});

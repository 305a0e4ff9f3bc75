import fc from 'fast-check';
import { sortAscending } from '../src/sort.js';

const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
/** Far apart; crowded in the last bits; a few values many times. */
const values = fc
  .constantFrom<fc.Arbitrary<number>>(
    finite,
    fc.integer({ min: -50, max: 50 }).map((steps) => 1 + steps * 2 ** -52),
    fc.constantFrom(0, 5e-324, -5e-324, 1, 1 + 2 ** -52, -Number.MAX_VALUE, Number.MAX_VALUE),
  )
  .chain((value) => fc.array(value, { maxLength: 60 }));

test('sorts as the comparison does, and stably what belongs to each', () => {
  fc.assert(
    fc.property(values, (list) => {
      const order = list.map((_, i) => i).sort((a, b) => list[a]! - list[b]! || a - b);
      const sorted = sortAscending(
        Float64Array.from(list),
        Uint32Array.from(list, (_, i) => i),
      );
      expect(sorted.values).toEqual(Float64Array.from(order, (i) => list[i]!));
      expect(sorted.payload).toEqual(Uint32Array.from(order));
      expect(sortAscending(Float64Array.from(list), undefined).values).toEqual(sorted.values);
    }),
    { numRuns: 300 },
  );
});

test('many values that differ in their last bits only, also negative ones', () => {
  const n = 20_000;
  for (const sign of [1, -1]) {
    const crowded = Float64Array.from({ length: n }, (_, i) => sign * (1 + ((i * 7919) % n) * 2 ** -52));
    const expected = crowded.slice().sort();
    const { values: sorted, payload } = sortAscending(
      crowded.slice(),
      Uint32Array.from({ length: n }, (_, i) => i),
    );
    expect(sorted).toEqual(expected);
    expect(Float64Array.from(payload, (i) => crowded[i]!)).toEqual(expected);
  }
});

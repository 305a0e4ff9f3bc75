import { deriveSeed } from '@robusta/core';
import fc from 'fast-check';
import { corruptionOrder, LEVELS, selectCorrupted } from '../src/protocol/select.js';

const ids = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { maxLength: 60 });
const videos = fc.uniqueArray(fc.record({ id: fc.string({ minLength: 1 }), label: fc.constantFrom(0, 1) }), {
  selector: ({ id }) => id,
  maxLength: 80,
});
const seed = fc.nat(0xffffffff);

const idsOf = (list: { id: string }[]) => list.map(({ id }) => id);
const labelsOf = (list: { label: number }[]) => list.map(({ label }) => label);

describe('selectCorrupted', () => {
  test('takes 0, 80, 240, 400, 560, 720 and 800 of 800 test videos', () => {
    const names = Array.from({ length: 800 }, (_, i) => `video ${i}`);
    const sizes = LEVELS.map((level) => selectCorrupted(names, level, 1).size);
    expect(sizes).toEqual([0, 80, 240, 400, 560, 720, 800]);
  });

  test('rounds half a video up', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    expect([10, 30, 50, 70, 90].map((level) => selectCorrupted(names, level, 1).size)).toEqual([
      1, 2, 3, 4, 5,
    ]);
  });

  test('a lower level selects a subset of a higher one', () => {
    fc.assert(
      fc.property(videos, seed, fc.nat(100), fc.nat(100), (list, runSeed, a, b) => {
        const [low, high] = [a, b]
          .sort((x, y) => x - y)
          .map((level) => selectCorrupted(idsOf(list), level, runSeed, labelsOf(list)));
        expect([...low!].every((id) => high!.has(id))).toBe(true);
      }),
    );
  });

  test('does not depend on the order of the videos', () => {
    fc.assert(
      fc.property(videos, seed, fc.nat(100), (list, runSeed, level) => {
        const reversed = [...list].reverse();
        expect(selectCorrupted(idsOf(reversed), level, runSeed, labelsOf(reversed))).toEqual(
          selectCorrupted(idsOf(list), level, runSeed, labelsOf(list)),
        );
      }),
    );
  });

  test('holds the classes in proportion, to less than one video, at every size', () => {
    fc.assert(
      fc.property(videos, seed, (list, runSeed) => {
        const labels = new Map(list.map(({ id, label }) => [id, label]));
        const positives = labelsOf(list).filter((label) => label === 1).length;
        let chosen = 0;
        corruptionOrder(idsOf(list), runSeed, labelsOf(list)).forEach((id, index) => {
          if (labels.get(id) === 1) chosen++;
          expect(Math.abs(chosen - ((index + 1) * positives) / list.length)).toBeLessThan(1);
        });
      }),
    );
  });

  test('without labels the order is the order of the hashes of seed and id', () => {
    fc.assert(
      fc.property(ids, seed, (list, runSeed) => {
        const hashes = corruptionOrder(list, runSeed).map((id) => deriveSeed(runSeed, 'subset', id));
        expect(hashes).toEqual([...hashes].sort((a, b) => a - b));
      }),
    );
  });

  test('the class of a video moves it, the classes of two videos interleave by rank', () => {
    // Ranks by hash inside the classes; positions (r + ½)/n: 1 of 2 at ¼ and ¾, 1 of 1 at ½.
    const list = [
      { id: 'p', label: 1 },
      { id: 'q', label: 1 },
      { id: 'n', label: 0 },
    ];
    const order = corruptionOrder(idsOf(list), 3, labelsOf(list));
    expect(order[1]).toBe('n');
  });

  test('another seed gives another choice', () => {
    const names = Array.from({ length: 100 }, (_, i) => `video ${i}`);
    expect(selectCorrupted(names, 30, 1)).not.toEqual(selectCorrupted(names, 30, 2));
  });

  test.each([
    [() => selectCorrupted(['a'], 101, 1), 'BAD_OPTION', 'received 101'],
    [() => selectCorrupted(['a'], Number.NaN, 1), 'BAD_OPTION', 'received NaN'],
    [() => selectCorrupted(['a', 'a'], 10, 1), 'BAD_INPUT', '"a" is given twice'],
    [() => selectCorrupted(['a', 'b'], 10, 1, [1]), 'LENGTH_MISMATCH', '2 video ids but 1 labels'],
  ])('refuses bad input %#', (call, code, message) => {
    expect(call).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
  });
});

import fc from 'fast-check';
import { evaluate, type ScoredVideo } from '../src/index.js';

/** A video whose frames 0…15 are anomalous if it is of class 1; `fog` reverses its scores. */
function video(id: string, label: 0 | 1, scores: number[]): ScoredVideo {
  const of = (values: number[]) => ({ average: Float32Array.from(values) });
  return {
    id,
    label,
    frames: 16 * scores.length + 5,
    intervals: label ? [[0, 16]] : [],
    snippets: scores.length,
    clean: of(scores),
    corrupted: { fog: of(scores.map((score) => 1 - score)) },
  };
}

const grid = {
  corruptions: ['fog'],
  levels: [0, 50, 100],
  methods: ['average'],
  severity: 3,
  seed: 3,
} as const;

test('perfect scores when clean, the worst possible when all are corrupted', () => {
  const videos = [video('a', 1, [1, 0, 0, 0]), video('b', 0, [0, 0]), video('c', 0, [0, 0])];
  const [clean, half, all] = evaluate(videos, grid);
  expect(clean).toMatchObject({
    ap: 1,
    prAuc: 1,
    rocAuc: 1,
    level: 0,
    corruptedVideos: 0,
    modality: 'visual',
  });
  expect(half!.corruptedVideos).toBe(2);
  // Of 128 frames 16 are anomalous, and all others rank above them.
  expect(all).toMatchObject({ rocAuc: 0, level: 100, corruptedVideos: 3, seed: 3, method: 'average' });
  expect(all!.ap).toBeCloseTo(16 / 128, 12);
});

test('level 0 is the clean result for every corruption, level 100 does not depend on the seed', () => {
  const score = fc.double({ min: 0, max: 1, noNaN: true });
  const scores = fc.array(score, { minLength: 2, maxLength: 6 });
  fc.assert(
    fc.property(scores, scores, scores, fc.nat(), (a, b, c, seed) => {
      const videos = [video('a', 1, a), video('b', 0, b), video('c', 1, c)].map((one) => ({
        ...one,
        corrupted: { ...one.corrupted, white: one.clean },
      }));
      const records = evaluate(videos, { ...grid, corruptions: ['fog', 'white'], seed });
      const at = (corruption: string, level: number) =>
        records.find((record) => record.corruption === corruption && record.level === level)!.ap;
      expect(at('fog', 0)).toBe(at('white', 0));
      expect(at('white', 50)).toBe(at('white', 0));
      expect(at('fog', 100)).toBe(
        evaluate(videos, { ...grid, seed: seed + 1 }).find(({ level }) => level === 100)!.ap,
      );
    }),
    { numRuns: 50 },
  );
});

test('a clip that was looped to one snippet has its labels looped too', () => {
  const short: ScoredVideo = { ...video('a', 1, [0.9]), frames: 8, intervals: [[0, 4]] };
  const [record] = evaluate([short, video('b', 0, [0.1])], grid);
  // 8 of 16 frames of the first video are anomalous and share its score: precision 1/2 at full recall.
  expect(record!.ap).toBeCloseTo(0.5, 12);
});

test('without any anomalous frame the areas are refused', () => {
  expect(() => evaluate([video('a', 0, [0.5])], grid)).toThrow(
    expect.objectContaining({ code: 'NO_POSITIVE' }),
  );
});

import fc from 'fast-check';
import { holdOut } from '../src/training/hold-out.js';

const videosOf = (labels: readonly (0 | 1)[]) => labels.map((label, i) => ({ id: `v${i}`, label }));
const labelsArbitrary = fc.array(fc.constantFrom<0 | 1>(0, 1), { minLength: 2, maxLength: 60 });

test('every video is in one part, each class in proportion, whatever the order of the videos', () => {
  fc.assert(
    fc.property(
      labelsArbitrary,
      fc.double({ min: 0.01, max: 0.99, noNaN: true }),
      fc.nat(),
      (labels, share, seed) => {
        const videos = videosOf(labels);
        const { train, held } = holdOut(videos, share, seed);
        expect([...train, ...held].map(({ id }) => id).sort()).toEqual(videos.map(({ id }) => id).sort());
        for (const label of [0, 1]) {
          const all = videos.filter((video) => video.label === label).length;
          const own = held.filter((video) => video.label === label).length;
          expect(own).toBe(all === 0 ? 0 : Math.max(1, Math.round(share * all)));
        }
        const reversed = holdOut([...videos].reverse(), share, seed);
        expect(reversed.held.map(({ id }) => id).sort()).toEqual(held.map(({ id }) => id).sort());
      },
    ),
  );
});

test('the seed decides which', () => {
  const videos = videosOf(Array.from({ length: 40 }, (_, i) => (i % 2) as 0 | 1));
  const chosen = (seed: number) => holdOut(videos, 0.2, seed).held.map(({ id }) => id);
  expect(chosen(1)).toEqual(chosen(1));
  expect(chosen(1)).not.toEqual(chosen(2));
});

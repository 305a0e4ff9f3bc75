import { expectClose } from '@robusta/test-kit';
import fc from 'fast-check';
import { fuse, modalityLambda, modalityWeights } from '../src/index.js';

const nll = fc.double({ min: -1e15, max: 1e15, noNaN: true });
const calibration = fc.record({
  c: fc.double({ min: 1e-6, max: 100, noNaN: true }),
  x0: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
});

test('weights sum to 1, also as float32, and lie in [0, 1]', () => {
  fc.assert(
    fc.property(nll, nll, calibration, calibration, (visualNll, audioNll, visual, audio) => {
      const weights = modalityWeights({ visual: [visualNll], audio: [audioNll] }, { visual, audio });
      const [v, a] = [weights.visual[0]!, weights.audio[0]!];
      expect(Math.abs(v + a - 1)).toBeLessThan(1e-15);
      expect(Math.abs(Math.fround(v) + Math.fround(a) - 1)).toBeLessThan(1e-6);
      expect(Math.min(v, a)).toBeGreaterThanOrEqual(0);
    }),
  );
});

test('λ falls as the negative log-likelihood grows, from 0.5 to 0', () => {
  fc.assert(
    fc.property(nll, nll, calibration, (a, b, given) => {
      const [low, high] = modalityLambda([Math.min(a, b), Math.max(a, b)], given) as unknown as [
        number,
        number,
      ];
      expect(high).toBeLessThanOrEqual(low);
      expect(low).toBeLessThanOrEqual(0.5);
      expect(high).toBeGreaterThanOrEqual(0);
    }),
  );
  expectClose(modalityLambda([-1e9, 7, 1e9], { c: 2, x0: -7 }), [0.5, 0.25, 0], { absolute: 0 });
});

test('a worse modality never gains weight', () => {
  fc.assert(
    fc.property(nll, nll, nll, calibration, calibration, (a, b, audioNll, visual, audio) => {
      const visualNll = [Math.min(a, b), Math.max(a, b)];
      const weights = modalityWeights({ visual: visualNll, audio: [audioNll, audioNll] }, { visual, audio });
      expect(weights.visual[1]!).toBeLessThanOrEqual(weights.visual[0]!);
    }),
  );
});

test('a fused score lies between the two scores', () => {
  const share = fc.float({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(share, share, share, (visual, audio, weight) => {
      const fused = fuse({ visual: [visual], audio: [audio] }, { visual: weight, audio: 1 - weight })[0]!;
      expect(fused).toBeGreaterThanOrEqual(Math.min(visual, audio) - 1e-6);
      expect(fused).toBeLessThanOrEqual(Math.max(visual, audio) + 1e-6);
    }),
  );
});

test('fuse: averages, missing modalities, and the type of the result', () => {
  const scores = { visual: [0.25, 0.5], audio: [0.75, 1] };
  expect(fuse(scores, { visual: 0.5, audio: 0.5 })).toEqual(Float32Array.of(0.5, 0.75));
  const doubles = { visual: Float64Array.of(1, 0), audio: Float64Array.of(0, 1) };
  expect(fuse(scores, doubles)).toEqual(Float64Array.of(0.25, 1));
  expect(fuse({ audio: [0.75, 1] }, { visual: new Float32Array(2), audio: Float32Array.of(1, 1) })).toEqual(
    Float32Array.of(0.75, 1),
  );
});

test.each([
  ['no scores', {}, { visual: 0.5, audio: 0.5 }, 'MISSING_MODALITY'],
  ['weight for absent scores', { audio: [0.5] }, { visual: 0.5, audio: 0.5 }, 'MISSING_MODALITY'],
  ['scores of two lengths', { visual: [0], audio: [0, 1] }, { visual: 0.5, audio: 0.5 }, 'LENGTH_MISMATCH'],
  ['too few weights', { visual: [0, 1], audio: [0, 1] }, { visual: [1], audio: [0] }, 'LENGTH_MISMATCH'],
  ['a score above 1', { visual: [0], audio: [1.5] }, { visual: 0.5, audio: 0.5 }, 'BAD_INPUT'],
  ['a NaN score', { visual: [0], audio: [Number.NaN] }, { visual: 0.5, audio: 0.5 }, 'NON_FINITE'],
  ['weights that do not sum to 1', { visual: [0], audio: [1] }, { visual: 0.5, audio: 0.6 }, 'BAD_INPUT'],
  ['a weight below 0', { visual: [0], audio: [1] }, { visual: -0.5, audio: 1.5 }, 'BAD_INPUT'],
  ['a NaN weight', { visual: [0], audio: [1] }, { visual: Number.NaN, audio: 1 }, 'BAD_INPUT'],
])('fuse refuses %s', (_name, scores, weights, code) => {
  expect(() => fuse(scores, weights)).toThrow(expect.objectContaining({ name: 'RobustaError', code }));
});

test('a modality without calibration is refused', () => {
  const attempt = () => modalityWeights({ visual: [1], audio: [1] }, { visual: { c: 1, x0: 0 } });
  expect(attempt).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
});

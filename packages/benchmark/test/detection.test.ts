import fc from 'fast-check';
import { type DetectedVideo, evaluateDetection } from '../src/run/detection.js';

const grid = { corruptions: ['fog', 'white'], severity: 3, seed: 7 } as const;
const ofList = (values: number[]) => Float32Array.from(values);

test('clean against corrupted, over snippets and over videos', () => {
  const videos: DetectedVideo[] = [
    { clean: { visual: ofList([0.1, 0.9]) }, corrupted: { fog: ofList([0.8, 0.9]) } },
    { clean: { visual: ofList([0.2, 0.2]) }, corrupted: { fog: ofList([0.5, 0.7]) } },
  ];
  // Snippets: of 16 pairs, 0.9 clean is above 0.8, 0.5 and 0.7 and ties with 0.9. Videos: 0.5 and 0.2 against 0.85 and 0.6.
  expect(evaluateDetection(videos, grid)).toEqual([
    {
      ...{ corruption: 'fog', modality: 'visual', severity: 3, seed: 7 },
      ...{ snippetRocAuc: 12.5 / 16, videoRocAuc: 1 },
    },
  ]);
});

test('videos without the modality take no part', () => {
  const both: DetectedVideo = {
    clean: { visual: ofList([0.3]), audio: ofList([0.3]) },
    corrupted: { white: ofList([0.4]), fog: ofList([0.2]) },
  };
  const silent: DetectedVideo = { clean: { visual: ofList([0.9]) }, corrupted: { fog: ofList([0.1]) } };
  const [fog, white] = evaluateDetection([both, silent], grid);
  expect(fog).toMatchObject({ modality: 'visual', videoRocAuc: 0 });
  expect(white).toMatchObject({ modality: 'audio', videoRocAuc: 1 });
});

test('what a corruption does not change cannot be told apart', () => {
  const values = fc
    .array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 6 })
    .map(ofList);
  fc.assert(
    fc.property(fc.array(values, { minLength: 1, maxLength: 6 }), (list) => {
      const videos = list.map((audio) => ({ clean: { audio }, corrupted: { white: audio } }));
      expect(evaluateDetection(videos, grid)).toMatchObject([{ snippetRocAuc: 0.5, videoRocAuc: 0.5 }]);
    }),
    { seed: 1 },
  );
});

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describeShared, expectClose, goldenJson } from '@robusta/test-kit';
import { type Calibration, fuse, modalityLambda, modalityWeights } from '../src/index.js';

interface Pair<T> {
  visual: T;
  audio: T;
}
interface FusionCase {
  name: string;
  c: Pair<number>;
  x0: Pair<number>;
  nll: Pair<number | null>;
  score: Pair<number | null>;
  expect: { lambda: Pair<number | null>; weight: Pair<number>; score: number };
}
interface FusionError {
  name: string;
  c: number;
  x0: number;
  nll: Pair<number | null>;
  score?: Pair<number>;
  expect_reason: string;
}
const codes: Record<string, string> = {
  no_modality: 'MISSING_MODALITY',
  non_finite: 'NON_FINITE',
  bad_option: 'BAD_OPTION',
  bad_score: 'BAD_INPUT',
};
const one = (value: number | null) => (value === null ? null : Float64Array.of(value));
const calibrations = (c: Pair<number>, x0: Pair<number>): Pair<Calibration> => ({
  visual: { c: c.visual, x0: x0.visual },
  audio: { c: c.audio, x0: x0.audio },
});

describeShared('golden/gmm', (folder) => {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) =>
      goldenJson<{ tolerance_abs?: number; cases?: object[]; errors?: object[] }>(join(folder, file)),
    )
    .filter(({ cases }) => cases?.some((item) => 'nll' in item));
  test('lists fusions', () => expect(files.length).toBeGreaterThan(0));

  for (const { tolerance_abs: absolute = 0, cases = [], errors = [] } of files) {
    test.each((cases as FusionCase[]).map((item) => [item.name, item] as const))('%s', (_name, item) => {
      const calibration = calibrations(item.c, item.x0);
      const nll = { visual: one(item.nll.visual), audio: one(item.nll.audio) };
      for (const modality of ['visual', 'audio'] as const) {
        const lambda = item.expect.lambda[modality];
        if (lambda === null) continue;
        expectClose(modalityLambda(nll[modality]!, calibration[modality]), [lambda], {
          absolute,
          label: 'lambda',
        });
      }
      const weights = modalityWeights(nll, calibration);
      const { visual, audio } = item.expect.weight;
      expectClose([weights.visual[0]!, weights.audio[0]!], [visual, audio], { absolute, label: 'weights' });
      const scores = { visual: one(item.score.visual), audio: one(item.score.audio) };
      expectClose(fuse(scores, weights), [item.expect.score], { absolute, label: 'score' });
    });

    test.each((errors as FusionError[]).map((item) => [item.name, item] as const))(
      'refuses %s',
      (_name, item) => {
        expect(codes).toHaveProperty(item.expect_reason);
        const both = (value: number) => ({ visual: value, audio: value });
        const attempt = () => {
          const nll = { visual: one(item.nll.visual), audio: one(item.nll.audio) };
          const weights = modalityWeights(nll, calibrations(both(item.c), both(item.x0)));
          if (item.score) fuse({ visual: one(item.score.visual), audio: one(item.score.audio) }, weights);
        };
        expect(attempt).toThrow(
          expect.objectContaining({ name: 'RobustaError', code: codes[item.expect_reason] }),
        );
      },
    );
  }
});

import { createStreamScorer, Detector, toTensors } from '@robusta/detector';
import { describeShared, expectClose, goldenBackbones, goldenRecording } from '@robusta/test-kit';
import { compile } from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';
import { xdviodet } from '../src/index.js';

// About ten times the difference between the official code in float32 and in float64.
const tolerance = { logits: 5e-5, scores: 1e-5 };

describeShared('golden/backbones', (folder) => {
  for (const { file, tensors, state } of goldenBackbones(folder, 'xdviodet')) {
    test.each(['cpu', 'onnx'] as const)(`${file}: the online branch alone, on %s`, async (engine) => {
      const model = xdviodet.build({ inputDim: tensors.input!.shape[2]! });
      const weights = model.fromOfficial(state);
      for (const [input, logits, scores] of [
        ['input', 'out.logits_online', undefined],
        ['test.input', 'test.out.logits_online', 'test.out.score_online'],
      ] as const) {
        const { shape } = tensors[input]!;
        const compiled = await compile(
          ([x]) => {
            const ours = model.online!.forward(toTensors(weights), x!, tf.ones(shape.slice(0, 2)));
            return [ours, tf.mean(tf.sigmoid(ours), 0)];
          },
          [{ shape, dtype: 'float32' }],
          { engine },
        );
        const results = await compiled.run([tensors[input]!.data]);
        compiled.dispose();
        expectClose(results[0]!, tensors[logits]!.data, { absolute: tolerance.logits, label: logits });
        if (!scores) continue;
        expectClose(results[1]!, tensors[scores]!.data, { absolute: tolerance.scores, label: scores });
      }
    });

    test(`${file}: the test video as a stream`, async () => {
      const { visual, audio } = goldenRecording(tensors['test.input']!);
      const { dim, crops, length } = visual;
      using detector = Detector.fromOfficial({
        backbone: xdviodet,
        stateDict: state,
        visual: { dim, crops },
        ...(audio && { audio: { dim: audio.dim } }),
      });
      const row = ({ data }: { data: Float32Array }, t: number) => {
        const width = data.length / length;
        return data.subarray(t * width, (t + 1) * width);
      };
      const snippets = Array.from({ length }, (_, t) => ({
        visual: row(visual, t),
        ...(audio && { audio: row(audio, t) }),
      }));
      using scorer = createStreamScorer(detector);
      const scores: number[] = [];
      for await (const { joint } of scorer.scores(snippets)) scores.push(joint!);
      const key = 'test.out.score_online';
      expectClose(scores, tensors[key]!.data, { absolute: tolerance.scores, label: key });
    });
  }
});

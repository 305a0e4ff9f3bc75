import { averagePrecision, bootstrapInterval, rankingMetrics } from '@robusta/metrics';
import { measure, measurePair, record } from '@robusta/test-kit/bench';
import { scikitLearn } from './peers/scikit-learn.mjs';

// As many frames as the ground truth of XD-Violence has, 16 to a snippet, in 800 videos.
const FRAMES = 2_331_296;
const SNIPPET = 16;
const VIDEOS = 800;
const SAMPLES = 10_000;

let state = 800;
const uniform = () => (state = (Math.imul(1664525, state) + 1013904223) >>> 0) / 4294967296;
const labels = new Uint8Array(FRAMES);
const snippets = new Float32Array(FRAMES);
for (let i = 0; i < FRAMES; i += SNIPPET) {
  const label = uniform() < 0.23 ? 1 : 0;
  labels.fill(label, i, i + SNIPPET);
  snippets.fill(0.25 * label + 0.75 * uniform(), i, i + SNIPPET);
}
const distinct = Float64Array.from(
  labels,
  (label) => 0.25 * label + 0.75 * (uniform() + uniform() * 2 ** -32),
);

const report = (name, value, unit, more) =>
  record({ package: '@robusta/metrics', name, value, unit, ...more });

async function againstScikitLearn() {
  const peer = await scikitLearn(labels, distinct);
  let value;
  let theirValue;
  const { own, theirs } = await measurePair(
    () => {
      value = averagePrecision(labels, distinct);
    },
    peer &&
      (async () => {
        const run = await peer.run();
        theirValue = run.value;
        return run.milliseconds;
      }),
    { count: 9, warmUp: 2 },
  );
  await peer?.close();
  if (peer && !(Math.abs(value - theirValue) <= 1e-9))
    throw new Error(`AP ${value}, scikit-learn ${theirValue}`);
  const ratio = peer && {
    peer: `scikit-learn ${peer.version}, ${theirs.toFixed(0)} ms`,
    ratio: theirs / own,
  };
  report(`AP, ${FRAMES} distinct float64 scores`, own, 'ms', { ...ratio, target: '>= 5' });
}

async function intervals() {
  const videos = Array.from({ length: VIDEOS }, (_, video) => {
    const at = (edge) => SNIPPET * Math.round((edge * FRAMES) / SNIPPET / VIDEOS);
    const [start, end] = [at(video), at(video + 1)];
    return { labels: labels.subarray(start, end), scores: snippets.subarray(start, end) };
  });
  bootstrapInterval(videos, averagePrecision, { samples: 100 });
  const start = performance.now();
  bootstrapInterval(videos, averagePrecision, { samples: SAMPLES });
  const seconds = (performance.now() - start) / 1000;
  report(`bootstrap of AP, ${SAMPLES} resamples of ${VIDEOS} videos`, seconds, 's', { target: '< 5' });
}

await againstScikitLearn();
report(
  'AP, the same frames in snippets of 16',
  await measure(() => averagePrecision(labels, snippets)),
  'ms',
  {
    target: '< 50',
  },
);
report(
  'AP, PR-AUC and ROC-AUC of these together',
  await measure(() => rankingMetrics(labels, snippets)),
  'ms',
);
await intervals();

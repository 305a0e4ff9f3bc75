import { trainDetector } from '@robusta/detector';
import { toyAnomaly, toyVideos } from '@robusta/detector/testing';
import { temporalMlp } from './temporal-mlp.js';

// Noise of two visual crops and sound; in every second video some snippets in the middle are raised.
const videos = toyVideos(34, { crops: 2, visualDim: 16, audioDim: 8 });
const [training, unseen] = [videos.slice(0, 32), videos.slice(32)];

using detector = await trainDetector({
  backbone: temporalMlp,
  backboneOptions: { width: 24 },
  data: training,
  fusion: 'shared',
  epochs: 10,
  onEpoch: ({ epoch, loss }) => {
    if (epoch % 2 === 0) console.log(`epoch ${epoch}: loss ${loss.toFixed(2)}`);
  },
});

const [from, to] = toyAnomaly;
for (const { id, label, visual, audio } of unseen) {
  const what = label ? `anomalous in snippets ${from} to ${to - 1}` : 'normal';
  console.log(`\n${id}, not seen in training: ${what}`);
  for (const [modality, scores] of Object.entries(await detector.score({ visual, audio }))) {
    const row = Array.from(scores as Float32Array, (score) => score.toFixed(1));
    console.log(`${modality} ${row.join(' ')}`);
  }
}

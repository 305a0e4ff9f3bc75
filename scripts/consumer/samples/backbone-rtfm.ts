import { rtfm } from '@robusta/backbone-rtfm';
import { type DetectorScores, trainDetector } from '@robusta/detector';
import { toyVideos } from '@robusta/detector/testing';

export async function run() {
  const data = toyVideos(4);
  const small = { fusion: 'concat', epochs: 1, batchSize: 4, maxLength: 12 } as const;
  const detector = await trainDetector({ backbone: rtfm, data, ...small });
  const [video] = data;
  const { joint }: DetectorScores = await detector.score({ visual: video!.visual, audio: video!.audio });
  detector.dispose();
  return { scored: joint?.length === video!.visual.length, finite: joint?.every(Number.isFinite) };
}

export const expected = { scored: true, finite: true };

import { createHash } from 'node:crypto';
import { modalities, type TrainingVideo } from './data.js';

/** What a detector was trained on, small enough to stand in its model file. */
export interface DataFingerprint {
  videos: number;
  anomalous: number;
  /** Of ids, labels, shapes and features, in the order of the videos. */
  sha256: string;
}

export function fingerprint(videos: readonly TrainingVideo[]): DataFingerprint {
  const hash = createHash('sha256');
  for (const video of videos) {
    const head = modalities.map((modality) => {
      const sequence = video[modality];
      return sequence ? [sequence.length, sequence.crops, sequence.dim] : null;
    });
    hash.update(`${JSON.stringify([video.id, video.label, ...head])}\n`);
    for (const modality of modalities) {
      const data = video[modality]?.data;
      if (data) hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
  }
  const anomalous = videos.filter(({ label }) => label === 1).length;
  return { videos: videos.length, anomalous, sha256: hash.digest('hex') };
}

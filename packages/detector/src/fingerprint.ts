import { createHash } from 'node:crypto';
import { modalities, type TrainingVideo } from './data.js';

/** What a detector was trained on, small enough to stand in its model file. */
export interface DataFingerprint {
  videos: number;
  anomalous: number;
  /** Of ids, labels, shapes and features, in the order of the videos. */
  sha256: string;
}

/** Takes the fingerprint of videos that come by one after the other. */
export class Fingerprinter {
  private readonly hash = createHash('sha256');
  private videos = 0;
  private anomalous = 0;

  /** A video; its features follow, `visual` first. */
  begin(video: TrainingVideo): void {
    const head = modalities.map((modality) => {
      const features = video[modality];
      return features ? [features.length, features.crops, features.dim] : null;
    });
    this.hash.update(`${JSON.stringify([video.id, video.label, ...head])}\n`);
    this.videos++;
    this.anomalous += video.label;
  }

  add(data: Float32Array): void {
    this.hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }

  end(): DataFingerprint {
    const { videos, anomalous } = this;
    return { videos, anomalous, sha256: this.hash.digest('hex') };
  }
}

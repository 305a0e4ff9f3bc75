/** What was done to one modality, JSON-safe. */
export interface Applied {
  name: string;
  severity?: number;
  /** Valid options (besides recordings) that give the same result again. */
  parameters: object;
  /** What came out on the way. */
  measured?: object;
  /** How a stream was encoded before its packets were damaged, where its own codec is not H.264. */
  encoded?: object | undefined;
}

/** What corruptMedia did, JSON-safe. */
export interface CorruptReport {
  input: string;
  output: string;
  seed: number;
  id?: string;
  /** Seconds of the recording. */
  duration: number;
  visual?: Applied & { frames: number };
  audio?: Applied & { samples: number; sampleRate: number; channels: number };
  /** What became of each stream of the input, in order. */
  streams: { type: string; codec: string; action: 'corrupted' | 'copied' | 'left out' }[];
  /** How what was corrupted was encoded. */
  encoding: {
    video?: { codec: 'h264'; crf: number; preset: string; pixelFormat: 'yuv420p' | 'yuv444p' };
    audio?: { codec: string; bitsPerSample?: 24; bitrate?: number };
  };
  /** Versions of FFmpeg's libraries. */
  ffmpeg: string;
}

import { av, seconds } from './ffmpeg.js';
import { frameRate, rate } from './frame-rate.js';
import { type MediaFile, type NativeStream, openMedia } from './media-file.js';
import { orientationOf } from './orientation.js';
import { createPace } from './pace.js';

/** What a file says about its video. */
export interface VideoInfo {
  /** FFmpeg's name, such as `h264`. */
  codec: string;
  /** Pixels of the upright picture, as readFrames gives it. */
  width: number;
  height: number;
  /** Average frames per second. */
  fps: number;
  /** The lowest rate that can express all timestamps; equals `fps` where the rate is constant. */
  nominalFps: number;
  /** Number of frames, where the container counts them. */
  frames?: number;
  /** Degrees clockwise by which readFrames turns the stored picture (after mirroring it, if `mirrored`). */
  rotation: 0 | 90 | 180 | 270;
  mirrored: boolean;
  /** FFmpeg's name, such as `yuv420p`. */
  pixelFormat: string;
  /** Seconds from time zero of the container to the first frame. */
  start: number;
}

/** What a file says about its sound. */
export interface AudioInfo {
  /** FFmpeg's name, such as `aac`. */
  codec: string;
  /** Samples per second of each channel (Hz). */
  sampleRate: number;
  channels: number;
  /** Seconds from time zero of the container to the first sample. */
  start: number;
}

/** What a media file says about itself. */
export interface MediaInfo {
  path: string;
  /** FFmpeg's names of the container, such as `mov,mp4,m4a,3gp,3g2,mj2`. */
  format: string;
  /** Seconds from time zero of the container to the end of its longest stream. */
  duration: number;
  /** The file is shorter than its container declares: reading it ends with TRUNCATED. */
  truncated: boolean;
  /** Absent where the file has no video. */
  video?: VideoInfo;
  /** Absent where the file has no sound. */
  audio?: AudioInfo;
}

/**
 * Reads what a media file says about itself, without decoding it.
 * @throws FILE_NOT_FOUND, FILE_UNREADABLE, EMPTY_INPUT, NOT_MEDIA, TRUNCATED (an MP4 whose index is missing)
 */
export async function probe(path: string): Promise<MediaInfo> {
  const file = await openMedia(path);
  try {
    const { format, truncated, video, audio } = file;
    const info: MediaInfo = {
      path,
      format: format.iformat?.name ?? 'unknown',
      duration: seconds(format.duration, { num: 1, den: 1_000_000 }) ?? 0,
      truncated,
    };
    if (video) info.video = describeVideo(file, video);
    if (audio) {
      const { codecId, sampleRate, channels } = audio.codecpar;
      info.audio = { codec: codecName(codecId), sampleRate, channels, start: start(file, audio) };
    }
    // Raw streams do not know their length; counting packets is cheap beside decoding.
    if (info.duration <= 0) info.duration = await measureDuration(file);
    return info;
  } finally {
    file.close();
  }
}

function describeVideo(file: MediaFile, stream: NativeStream): VideoInfo {
  const { codecId, width, height, format } = stream.codecpar;
  const { rotation, mirrored } = orientationOf(stream);
  const swap = rotation === 90 || rotation === 270;
  const fps = frameRate(stream) ?? 25;
  const frames = Number(stream.nbFrames);
  return {
    codec: codecName(codecId),
    width: swap ? height : width,
    height: swap ? width : height,
    fps,
    nominalFps: rate(stream.rFrameRate) ?? fps,
    ...(frames > 0 ? { frames } : {}),
    rotation,
    mirrored,
    pixelFormat: av.avGetPixFmtName(format as never) ?? 'unknown',
    start: start(file, stream),
  };
}

const codecName = (id: NativeStream['codecpar']['codecId']) => av.avGetCodecName(id) ?? 'unknown';

function start({ origin }: MediaFile, stream: NativeStream): number {
  const time = seconds(stream.startTime, stream.timeBase);
  return time === undefined ? 0 : time - origin / 1e6;
}

async function measureDuration({ format, video, audio }: MediaFile): Promise<number> {
  const stream = video ?? audio!;
  const { timeBase } = stream;
  const usual = video ? 1 / (frameRate(video) ?? 25) : 0;
  const packet = new av.Packet();
  packet.alloc();
  const pace = createPace();
  let total = 0;
  try {
    while (format.readFrameSync(packet) >= 0) {
      await pace();
      if (packet.streamIndex === stream.index) {
        total += packet.duration > 0n ? (Number(packet.duration) * timeBase.num) / timeBase.den : usual;
      }
      packet.unref();
    }
    return total;
  } finally {
    packet.free();
  }
}

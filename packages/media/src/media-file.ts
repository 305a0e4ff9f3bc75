import { open } from 'node:fs/promises';
import { fileError, RobustaError } from '@robusta/core';
import { mediaError, truncatedError } from './errors.js';
import { av, constants } from './ffmpeg.js';
import { checkIntegrity, type Integrity } from './integrity.js';

/**
 * The containers that are opened. Playlists (HLS, DASH, concat), which name other files or hosts, and
 * demuxers that take any text or picture for a video are left out.
 */
const containers = [
  'mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,mxf,nut,gif,ivf,obu,av1,dv,rm,swf',
  'h264,hevc,m4v,mjpeg,yuv4mpegpipe,wav,w64,aiff,caf,au,mp3,aac,ac3,eac3,dts,flac,ogg,amr,wv,tta,ape',
].join(',');

/** An open file: its demuxer and what is known about it. Close it. */
export interface MediaFile {
  path: string;
  format: InstanceType<typeof av.FormatContext>;
  truncated: boolean;
  /** Time zero of the container in microseconds of the file's own timestamps. */
  origin: number;
  video: NativeStream | undefined;
  audio: NativeStream | undefined;
  close(): void;
}

export type NativeStream = InstanceType<typeof av.Stream>;

/**
 * Opens a file and finds its streams.
 * @throws FILE_NOT_FOUND, FILE_UNREADABLE, EMPTY_INPUT, TRUNCATED (index missing), NOT_MEDIA
 */
export async function openMedia(path: string): Promise<MediaFile> {
  const { isoMedia, truncated } = await inspect(path);
  const format = new av.FormatContext();
  const options = av.Dictionary.fromObject({ format_whitelist: containers, protocol_whitelist: 'file' });
  try {
    // The prefix keeps names such as `data:x` or `a|b` from being read as addresses.
    let code = format.openInputSync(`file:${path}`, null, options);
    if (code >= 0) code = format.findStreamInfoSync();
    if (code < 0) throw isoMedia && truncated ? truncatedError(path) : notMedia(path);
    const { video, audio } = findStreams(format);
    if (!video && !audio) throw truncated ? truncatedError(path) : notMedia(path);
    return {
      path,
      format,
      truncated,
      origin: Math.max(0, startOf(format.startTime)),
      video,
      audio,
      close: () => format.closeInputSync(),
    };
  } catch (error) {
    format.closeInputSync();
    throw error;
  } finally {
    options.free();
  }
}

const startOf = (time: bigint) => (time === constants.AV_NOPTS_VALUE ? 0 : Number(time));

async function inspect(path: string): Promise<Integrity> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, 'r');
  } catch (error) {
    const known = fileError(error, path);
    if (RobustaError.isInstance(known)) throw known;
    const { code, message } = error as NodeJS.ErrnoException;
    throw mediaError(
      'FILE_UNREADABLE',
      path,
      `cannot be opened: ${code ?? message}`,
      'check the path',
      error,
    );
  }
  try {
    const stats = await file.stat();
    if (stats.isDirectory()) throw fileError({ code: 'EISDIR' }, path);
    if (!stats.isFile()) {
      throw mediaError('FILE_UNREADABLE', path, 'is not a regular file', 'name a file on a disk');
    }
    if (stats.size === 0) {
      throw mediaError('EMPTY_INPUT', path, 'is empty (0 bytes)', 'fetch or record the file again');
    }
    return await checkIntegrity(file, stats.size);
  } finally {
    await file.close();
  }
}

function notMedia(path: string) {
  return mediaError(
    'NOT_MEDIA',
    path,
    'is neither video nor sound that can be read',
    'check what the file really is; its name does not matter, its content does',
  );
}

function findStreams(format: MediaFile['format']) {
  const streams = format.streams;
  const best = (type: typeof constants.AVMEDIA_TYPE_VIDEO) => {
    const index = format.findBestStream(type);
    return streams.find((stream) => stream.index === index);
  };
  const video = best(constants.AVMEDIA_TYPE_VIDEO);
  const picture = video?.disposition ?? 0;
  return {
    // The cover of a song is not a video.
    video: video && (picture & constants.AV_DISPOSITION_ATTACHED_PIC) === 0 ? video : undefined,
    audio: best(constants.AVMEDIA_TYPE_AUDIO),
  };
}

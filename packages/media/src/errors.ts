import { type ErrorCode, fileError, RobustaError } from '@robusta/core';
import { av, constants } from './ffmpeg.js';

/** An error about one file, naming it. */
export function mediaError(code: ErrorCode, path: string, problem: string, hint: string, cause?: unknown) {
  return new RobustaError(code, `${path} ${problem}`, { hint, details: { path }, cause });
}

/** The file ends before its container says it does. */
export function truncatedError(path: string): RobustaError {
  return mediaError(
    'TRUNCATED',
    path,
    'ends too early: a part of the recording is missing',
    'the copy or download was probably cut off; fetch the file again',
  );
}

/** @throws the error of the file system that FFmpeg met, or INTERNAL with its message, for a negative code */
export function check(code: number, path: string, action: string): number {
  if (code >= 0) return code;
  if (code === constants.AVERROR_ENOSPC) throw fileError({ code: 'ENOSPC' }, path);
  if (code === constants.AVERROR_EACCES) throw fileError({ code: 'EACCES' }, path);
  if (code === constants.AVERROR_ENOENT) throw fileError({ code: 'ENOENT' }, path);
  throw new RobustaError('INTERNAL', `${path}: ${action} failed: ${av.FFmpegError.strerror(code)}`, {
    details: { path, ffmpegCode: code },
  });
}

import { constants } from './ffmpeg.js';
import type { NativeStream } from './media-file.js';
import { type Orientation, readDisplayMatrix } from './rotate.js';

/** How the pictures of a stream have to be turned; upright where nothing is said. */
export function orientationOf(stream: NativeStream): Orientation {
  const matrix = stream.codecpar.getCodedSideData(constants.AV_PKT_DATA_DISPLAYMATRIX);
  return matrix ? readDisplayMatrix(matrix) : { rotation: 0, mirrored: false };
}

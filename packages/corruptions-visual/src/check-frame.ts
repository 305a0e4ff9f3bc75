import { type Frame, RobustaError } from '@robusta/core';

/** @throws BAD_INPUT for a frame of another size or data of the wrong length */
export function checkFrame(frame: Frame, width: number, height: number, what: string): void {
  if (frame.width !== width || frame.height !== height) {
    throw new RobustaError(
      'BAD_INPUT',
      `${what} is ${frame.width}x${frame.height}, but the corruption was made for ${width}x${height}`,
      { hint: 'create one corruption for each size of frame' },
    );
  }
  if (!(frame.data instanceof Uint8Array) || frame.data.length !== width * height * 3) {
    throw new RobustaError(
      'BAD_INPUT',
      `${what} of ${width}x${height} must hold ${width * height * 3} bytes in a Uint8Array, ` +
        `received ${frame.data?.length} in ${frame.data?.constructor.name}`,
    );
  }
}

/** @throws BAD_INPUT for an index that is no whole number from 0 */
export function checkIndex(index: number): void {
  if (!(Number.isSafeInteger(index) && index >= 0)) {
    throw new RobustaError('BAD_INPUT', `index must be a whole number from 0, received ${index}`);
  }
}

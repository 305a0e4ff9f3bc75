import { RobustaError } from '@robusta/core';

/** A Fortran-ordered numpy array of 16-bit floats, the worst sound case, is decoded, widened and transposed. */
const MAX_EXPANSION = 6;

/**
 * Counts what is allocated for elements while a file is read, since a few bytes of a pickle can ask for another copy of
 * a large storage.
 */
export class Budget {
  #left: number;

  /** @param fileSize - bytes of the file */
  constructor(fileSize: number) {
    this.#left = MAX_EXPANSION * fileSize;
  }

  /** @throws BAD_FORMAT before more is allocated than any sound file of this size needs */
  take(bytes: number): void {
    this.#left -= bytes;
    if (this.#left >= 0) return;
    throw new RobustaError(
      'BAD_FORMAT',
      `its tensors together are more than ${MAX_EXPANSION} times as large as the file`,
    );
  }
}

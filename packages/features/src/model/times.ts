/** Where the time of an extractor went, summed over everything it extracted. */
export interface ExtractionTimes {
  /** What went through the network: windows times crops, or log-mel patches. */
  clips: number;
  /** Seconds of waiting for pictures or sound. */
  decode: number;
  /** Seconds of making the input of the network: resizing, cropping and normalizing, or log-mel. */
  prepare: number;
  /** Seconds in which the network ran, beside the other two. */
  network: number;
}

export const noTimes = (): ExtractionTimes => ({ clips: 0, decode: 0, prepare: 0, network: 0 });

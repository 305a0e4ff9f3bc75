import { av, constants } from '../ffmpeg.js';

export type OutputFormat = InstanceType<typeof av.FormatContext>;

/** One or more streams of the output and what feeds them. */
export interface Track {
  /** Seconds up to which it has been written. */
  time(): number;
  /** Writes a little more; false at the end. */
  step(): Promise<boolean>;
  close(): void;
}

/** Tags that belong to a container or to the program that wrote it. */
const structural = new Set(['major_brand', 'minor_version', 'compatible_brands', 'encoder']);

/** What a file or stream says about itself, without what its container says. */
export function tagsOf(source: {
  metadata: InstanceType<typeof av.Dictionary> | null;
}): Record<string, string> {
  const tags = source.metadata?.getAll() ?? {};
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !structural.has(key.toLowerCase())));
}

type Stream = InstanceType<typeof av.Stream>;

/** Takes over what a stream says about itself: language, title, default or not. */
export function describeLike(target: Stream, source: Stream): void {
  const tags = tagsOf(source);
  if (Object.keys(tags).length > 0) target.metadata = av.Dictionary.fromObject(tags);
  target.disposition = source.disposition;
}

/** Ticks of a stream from the times of a file to those since time zero of its container. */
export function originTicks(origin: number, { num, den }: { num: number; den: number }): bigint {
  return BigInt(Math.round((origin * den) / (num * 1e6)));
}

export const isKnown = (time: bigint) => time !== constants.AV_NOPTS_VALUE;

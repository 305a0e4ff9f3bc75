import { RobustaError } from '@robusta/core';
import type { BatchLayout } from './backbone.js';
import { type Sample, shuffled } from './samples.js';

/** Normal and anomalous samples. */
function byLabel(samples: readonly Sample[]): [Sample[], Sample[]] {
  const of = (label: 0 | 1) => samples.filter(({ video }) => video.label === label);
  return [of(0), of(1)];
}

/**
 * Bags of a batch: as many as asked for, but not more than there are samples; for halves, not more than twice the
 * smaller class.
 * @throws BAD_OPTION for halves of an odd number
 */
export function batchSizeOf(samples: readonly Sample[], asked: number, { halves }: BatchLayout): number {
  if (!halves) return Math.min(asked, samples.length);
  if (asked % 2 !== 0) {
    throw new RobustaError(
      'BAD_OPTION',
      `trainDetector: batchSize is ${asked}; this backbone is trained on as many normal bags as anomalous ones and needs an even number`,
    );
  }
  return Math.min(asked, ...byLabel(samples).map(({ length }) => 2 * length));
}

/** Batches of a class drawn one after the other, over as many shuffled passes as needed; no incomplete ones. */
function* drawn(samples: readonly Sample[], size: number, seed: number, name: string): Generator<Sample[]> {
  for (let pass = 0; ; pass++) {
    const order = shuffled(samples, seed, `${name}-${pass}`);
    for (let end = size; end <= order.length; end += size) yield order.slice(end - size, end);
  }
}

/**
 * The samples of an epoch, batch after batch; the last batch may be incomplete where batches are not made of halves. It
 * depends on seed and epoch alone.
 * @param size - of {@link batchSizeOf}
 */
export function orderOf(
  samples: readonly Sample[],
  size: number,
  { halves }: BatchLayout,
  seed: number,
  epoch: number,
): Sample[] {
  if (!halves) return shuffled(samples, seed, epoch);
  const classes = byLabel(samples);
  const half = size / 2;
  const batches = Math.floor(Math.max(...classes.map(({ length }) => length)) / half);
  const streams = classes.map((own, label) => drawn(own, half, seed, `${epoch}-${label}`));
  return Array.from({ length: batches }, () =>
    streams.flatMap((stream) => stream.next().value as Sample[]),
  ).flat();
}

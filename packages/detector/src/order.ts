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

/**
 * Steps of an epoch. Halves: as many as the larger class has whole halves.
 * @param size - of {@link batchSizeOf}
 * @param dropLast - leave out an incomplete last batch; halves never have one
 */
export function batchesPerEpoch(
  samples: readonly Sample[],
  size: number,
  { halves }: BatchLayout,
  dropLast = false,
): number {
  if (halves) return Math.floor(Math.max(...byLabel(samples).map(({ length }) => length)) / (size / 2));
  return dropLast ? Math.floor(samples.length / size) : Math.ceil(samples.length / size);
}

/**
 * The samples of an epoch, batch after batch. It depends on seed and epoch alone.
 *
 * Halves: each class is an endless stream over the epochs, as the two loaders of the published RTFM code are: shuffled
 * passes one after the other, an incomplete last batch of a pass left out.
 * @param size - of {@link batchSizeOf}
 * @param dropLast - as for {@link batchesPerEpoch}
 */
export function orderOf(
  samples: readonly Sample[],
  size: number,
  layout: BatchLayout,
  seed: number,
  epoch: number,
  dropLast = false,
): Sample[] {
  const batches = batchesPerEpoch(samples, size, layout, dropLast);
  if (!layout.halves) return shuffled(samples, seed, epoch).slice(0, batches * size);
  const half = size / 2;
  const streams = byLabel(samples).map((own, label) =>
    classBatches(own, half, seed, label, epoch * batches, batches),
  );
  return Array.from({ length: batches }, (_, i) => streams.flatMap((stream) => stream[i]!)).flat();
}

/** Batches number `from` to `from + count` of the stream of a class. */
function classBatches(
  samples: readonly Sample[],
  size: number,
  seed: number,
  label: number,
  from: number,
  count: number,
): Sample[][] {
  const perPass = Math.floor(samples.length / size);
  let pass = -1;
  let order: Sample[] = [];
  return Array.from({ length: count }, (_, i) => {
    const number = from + i;
    if (pass !== Math.floor(number / perPass)) {
      pass = Math.floor(number / perPass);
      order = shuffled(samples, seed, `${label}-${pass}`);
    }
    const start = (number % perPass) * size;
    return order.slice(start, start + size);
  });
}

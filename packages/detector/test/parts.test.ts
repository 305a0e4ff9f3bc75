import type { FeatureSequence } from '@robusta/core';
import { expectClose } from '@robusta/test-kit';
import { uniformIndices } from '../src/index.js';
import { samplesOf, shuffled } from '../src/samples.js';
import { copyRow, Moments } from '../src/scaling.js';
import { rateFactor, type Schedule } from '../src/schedule.js';
import { toyVideos } from './toy.js';

describe('rateFactor', () => {
  const schedule = (kind: Schedule['kind'], rest: Partial<Schedule> = {}): Schedule => ({
    kind,
    period: 10,
    milestones: [],
    milestoneFactor: 0.1,
    warmupSteps: 0,
    ...rest,
  });

  test('constant, cosine from 1 towards 0, multistep at its milestones', () => {
    expect(rateFactor(schedule('constant'), 7, 70)).toBe(1);
    const cosine = Array.from({ length: 10 }, (_, epoch) =>
      rateFactor(schedule('cosine'), epoch, 10 * epoch),
    );
    expect(cosine[0]).toBe(1);
    expect(cosine[5]).toBeCloseTo(0.5, 12);
    expect(cosine.every((factor, i) => i === 0 || factor < cosine[i - 1]!)).toBe(true);
    const steps = schedule('multistep', { milestones: [3, 6] });
    const factors = [2, 3, 5, 6].map((epoch) => rateFactor(steps, epoch, 100));
    expectClose(factors, [1, 0.1, 0.1, 0.01], { relative: 1e-12 });
  });

  test('warm-up rises linearly over the first steps and then leaves the schedule alone', () => {
    const warm = schedule('constant', { warmupSteps: 3 });
    expect([0, 1, 2, 3, 4].map((step) => rateFactor(warm, 0, step))).toEqual([0.25, 0.5, 0.75, 1, 1]);
  });
});

describe('scaling', () => {
  const fitScaling = ({ data, dim }: FeatureSequence, limit: number) => {
    const moments = new Moments(dim);
    moments.add(data);
    return moments.scaling(limit);
  };

  const { visual } = toyVideos(1, { crops: 2 })[0]!;

  test('mean 0 and deviation 1 over snippets and crops', () => {
    const scaling = fitScaling(visual!, 10);
    const scaled = new Float32Array(visual!.data.length);
    for (let i = 0; i < scaled.length; i += 6) copyRow(visual!.data, i, 6, scaled, i, scaling);
    for (let d = 0; d < 6; d++) {
      const column = scaled.filter((_, i) => i % 6 === d);
      const mean = column.reduce((sum, x) => sum + x, 0) / column.length;
      const variance = column.reduce((sum, x) => sum + (x - mean) ** 2, 0) / column.length;
      expectClose([mean, variance], [0, 1], { absolute: 1e-5 });
    }
  });

  test('pieces give the same bytes as the whole; features far from 0 keep their deviation', () => {
    const far = { ...visual!, data: visual!.data.map((x, i) => (i % 6 === 1 ? 4096 + x / 8 : x)) };
    const whole = fitScaling(far, 10);
    const moments = new Moments(6);
    for (let i = 0; i < far.data.length; i += 12) moments.add(far.data.subarray(i, i + 12));
    expect(moments.scaling(10)).toEqual(whole);
    const column = far.data.filter((_, i) => i % 6 === 1);
    const mean = Math.fround(column.reduce((sum, x) => sum + x, 0) / column.length);
    const variance = column.reduce((sum, x) => sum + (x - mean) ** 2, 0) / column.length;
    expectClose([whole.scale[1]! * Math.sqrt(variance)], [1], { relative: 1e-6 });
  });

  test('a feature that never varied is left out, also when it varies later', () => {
    const constant = { ...visual!, data: visual!.data.map((x, i) => (i % 6 === 3 ? 0.1 : x)) };
    const row = new Float32Array(6);
    copyRow(Float32Array.of(0, 0, 0, 1e6, 0, 0), 0, 6, row, 0, fitScaling(constant, 10));
    expect(row[3]).toBe(0);
  });
});

test('uniformIndices keeps both ends, rises, and takes every row of a sequence of its length', () => {
  expect([...uniformIndices(7, 7)]).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect([...uniformIndices(9, 3)]).toEqual([0, 4, 8]);
  expect([...uniformIndices(5, 1)]).toEqual([4]);
  const rows = uniformIndices(12345, 200);
  expect([rows[0], rows[199]]).toEqual([0, 12344]);
  expect(rows.every((row, i) => i === 0 || row > rows[i - 1]!)).toBe(true);
});

test('an epoch visits every sample once, in an order of seed and epoch alone', () => {
  const samples = samplesOf(toyVideos(5), 'shared', {
    visual: { dim: 6, crops: 1 },
    audio: { dim: 4, crops: 1 },
  });
  expect(samples).toHaveLength(10);
  const order = shuffled(samples, 3, 1);
  expect(order).not.toEqual(samples);
  expect(new Set(order)).toEqual(new Set(samples));
  expect(shuffled(samples, 3, 1)).toEqual(order);
  expect(shuffled(samples, 3, 2)).not.toEqual(order);
});

import { RobustaError } from '@robusta/core';
import { failureOf } from '../src/jobs/failed-conditions.js';
import type { Condition } from '../src/protocol/condition.js';

const fog: Condition = { corruption: 'fog', severity: 3, seed: 0 };
const rain: Condition = { ...fog, corruption: 'rain' };
const conditions = ['clean', fog, rain] as const;
const fine = { status: 'fulfilled', value: undefined } as const;
const failed = (reason: unknown) => ({ status: 'rejected', reason }) as const;
const error = (message: string, code: 'BAD_INPUT' | 'ABORTED' = 'BAD_INPUT') =>
  new RobustaError(code, message, { hint: 'do this', details: { path: '/a' } });

test('a failed condition is named, and what the error knows is kept', () => {
  expect(failureOf(conditions, [fine, fine, fine])).toBeUndefined();
  expect(failureOf(conditions, [fine, failed(error('too small')), fine])).toMatchObject({
    code: 'BAD_INPUT',
    message: 'fog-s3-seed0: too small',
    hint: 'do this',
    details: { path: '/a', conditions: ['fog-s3-seed0'] },
  });
  const both = failureOf(conditions, [fine, failed(error('too small')), failed(new TypeError('x'))]);
  expect(both).toMatchObject({
    message: 'fog-s3-seed0: too small; rain-s3-seed0 failed, too',
    details: { conditions: ['fog-s3-seed0', 'rain-s3-seed0'] },
  });
  expect(failureOf([fog], [failed(new TypeError('x'))])).toMatchObject({
    code: 'INTERNAL',
    message: 'fog-s3-seed0: x',
  });
});

test('what fails under all conditions alike is the file; an abort is an abort', () => {
  const reason = error('is no video');
  expect(
    failureOf(
      conditions,
      conditions.map(() => failed(reason)),
    ),
  ).toBe(reason);
  expect(failureOf(['clean'], [failed(reason)])).toBe(reason);
  const stopped = error('stopped', 'ABORTED');
  expect(failureOf(conditions, [failed(reason), failed(stopped), fine])).toBe(stopped);
});

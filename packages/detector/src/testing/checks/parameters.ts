import { RobustaError } from '@robusta/core';
import type { PublishedModel } from '../../backbone.js';
import { sizeOf } from '../../weights.js';
import { equalBytes, requireFinite, requireThat } from '../require.js';
import { build, type Check } from '../subject.js';

export const parameterChecks: Check[] = [
  {
    name: 'init gives every parameter, of its shape and finite',
    run(subject) {
      const model = build(subject);
      const weights = model.init(subject.seed);
      const [declared, given] = [Object.keys(model.parameters), Object.keys(weights)];
      requireThat(
        [...declared].sort().join() === [...given].sort().join(),
        `parameters are ${declared.join(', ')}, init gives ${given.join(', ')}; name the same in both`,
      );
      for (const [name, { shape, learningRateScale }] of Object.entries(model.parameters)) {
        const { data, shape: own } = weights[name]!;
        requireThat(
          own.join() === shape.join() && data.length === sizeOf(shape),
          `init gives ${name} shape [${own}] and ${data.length} values; its shape is declared as [${shape}]`,
        );
        requireThat(data instanceof Float32Array, `init gives ${name} as no Float32Array; make it one`);
        requireFinite(data, `init: ${name}`, 'start from finite numbers');
        requireThat(
          Number.isFinite(learningRateScale) && learningRateScale >= 0,
          `learningRateScale of ${name} is ${learningRateScale}; give a factor, 1 for the rate itself`,
        );
      }
    },
  },
  {
    name: 'init depends on the seed alone, and on it',
    run(subject) {
      const model = build(subject);
      const first = model.init(1);
      const bytes = Object.fromEntries(Object.entries(first).map(([name, { data }]) => [name, data.slice()]));
      // What a caller does to its arrays must not come back.
      for (const { data } of Object.values(first)) data.fill(7);
      for (const [name, { data }] of Object.entries(build(subject).init(1))) {
        requireThat(
          equalBytes(data, bytes[name]!),
          `init(1) gives other values of ${name} the second time; draw from createRng(deriveSeed(seed, name)), and give new arrays`,
        );
      }
      const other = Object.entries(model.init(2));
      requireThat(
        other.some(([name, { data }]) => !equalBytes(data, bytes[name]!)),
        'init(2) gives the values of init(1); draw from the seed',
      );
    },
  },
  {
    name: 'an empty state dict is refused, where published weights can be read',
    run(subject) {
      const { fromOfficial } = build(subject) as Partial<PublishedModel>;
      if (!fromOfficial) return;
      try {
        fromOfficial({});
      } catch (error) {
        const { code, message } = error as RobustaError;
        requireThat(
          RobustaError.isInstance(error) && code === 'BAD_MODEL',
          `fromOfficial({}) throws ${message}; throw a RobustaError BAD_MODEL that lists what is missing`,
        );
        return;
      }
      requireThat(false, 'fromOfficial({}) gives weights; throw BAD_MODEL for what is missing');
    },
  },
];

import { conformanceChecks } from '@robusta/detector/testing';
import { rtfm } from '../src/index.js';

const small = { branchWidth: 8, fc1Width: 16, fc2Width: 8, dropout: 0.3 };

describe.each([
  ['segments', {}],
  ['padded sequences', { lengths: 'sample', perBag: true }],
])('%s', (_, options) => {
  const backboneOptions = { ...small, ...options };
  for (const { name, run } of conformanceChecks(rtfm, { backboneOptions, epochs: 60 })) test(name, run);
});

import { conformanceChecks } from '@robusta/detector/testing';
import { rtfm } from '../src/index.js';

const small = { branchWidth: 8, fc1Width: 16, fc2Width: 8, dropout: 0.3 };

describe('segments', () => {
  for (const { name, run } of conformanceChecks(rtfm, { backboneOptions: small, epochs: 60 }))
    test(name, run);
});

describe('padded sequences', () => {
  const backboneOptions = { ...small, lengths: 'sample', perBag: true };
  for (const { name, run } of conformanceChecks(rtfm, { backboneOptions, epochs: 60 })) {
    // What fusion does to a batch is the same for both.
    if (!/^(shared|padding): /.test(name)) test(name, run);
  }
});

import { conformanceChecks } from '../src/testing/index.js';
import { tiny } from './tiny-backbone.js';

describe('the tiny backbone', () => {
  for (const { name, run } of conformanceChecks(tiny)) test(name, run);
});

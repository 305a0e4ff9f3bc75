import { conformanceChecks } from '../src/testing/index.js';
import { elaborate } from './elaborate-backbone.js';
import { faults } from './faulty-backbones.js';
import { positioned } from './stream-backbone.js';
import { tiny } from './tiny-backbone.js';

describe.each([tiny, elaborate, positioned])('backbone $name', (backbone) => {
  for (const { name, run } of conformanceChecks(backbone)) test(name, run);
});

describe('a fault is found and told', () => {
  test.each(faults)('%s: %s', async (name, _, backbone, message) => {
    const check = conformanceChecks(backbone, { epochs: 20, learningRate: 0.02 }).find(
      (found) => found.name === name,
    );
    await expect(check!.run()).rejects.toThrow(message);
  });

  test('for every check there is such a backbone', () => {
    const names = conformanceChecks(tiny).map(({ name }) => name.replace(/^(shared|padding):/, 'concat:'));
    expect([...new Set(faults.map(([name]) => name))].sort()).toEqual([...new Set(names)].sort());
  });
});

import { AUDIO_CORRUPTIONS } from '@robusta/corruptions-audio';
import { VISUAL_CORRUPTIONS } from '@robusta/corruptions-visual';
import fc from 'fast-check';
import { assignInputs, corruptionsOf, parseScenario, TABLE_1, TABLE_2 } from '../src/protocol/scenario.js';
import { LEVELS, selectCorrupted } from '../src/protocol/select.js';

const videosOf = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ id: `v${i}`, label: (i % 3 === 0 ? 1 : 0) as 0 | 1 }));
const clean = { visual: 'clean', audio: 'clean' };

describe('rows', () => {
  test('the tables of the paper: 23 rows and two averages, 16 rows and two averages', () => {
    expect(TABLE_1.map(parseScenario)).toHaveLength(23);
    expect(TABLE_2.map(parseScenario)).toHaveLength(16);
    expect(new Set([...TABLE_1, ...TABLE_2]).size).toBe(39);
  });

  test.each([
    ['fog', 'visual', { rest: 'clean', damaged: ['fog'] }, { rest: 'clean', damaged: [] }],
    ['mixed-audio', 'audio', { rest: 'clean', damaged: [] }, { rest: 'clean', damaged: AUDIO_CORRUPTIONS }],
    ['missing-visual', 'visual', { rest: 'clean', damaged: ['missing'] }, { rest: 'clean', damaged: [] }],
    ['fog+white', 'both', { rest: 'clean', damaged: ['fog'] }, { rest: 'clean', damaged: ['white'] }],
    ['pink@missing-visual', 'audio', { rest: 'missing', damaged: [] }, { rest: 'clean', damaged: ['pink'] }],
  ] as const)('%s', (name, modality, visual, audio) => {
    expect(parseScenario(name)).toEqual({ name, modality, visual, audio });
  });

  test.each([
    '',
    'smog',
    'fog+rain',
    'fog+smog',
    'fog+white+pink',
    'fog@missing-visual',
    'fog+white@missing-audio',
    'missing-visual@missing-audio',
    'fog@',
    'fog@missing-audio@missing-audio',
  ])('%p is refused with what is known', (name) => {
    expect(() => parseScenario(name)).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION', hint: expect.stringContaining('mixed-visual') }),
    );
  });

  test('the corruptions of several rows are each named once', () => {
    expect(corruptionsOf([])).toEqual([]);
    expect(corruptionsOf(['white', 'fog+white', 'missing-audio'].map(parseScenario))).toEqual([
      'fog',
      'white',
    ]);
    expect(corruptionsOf(TABLE_1.map(parseScenario))).toEqual([...VISUAL_CORRUPTIONS, ...AUDIO_CORRUPTIONS]);
  });
});

describe('inputs', () => {
  const cases = fc.record({
    name: fc.constantFrom(...TABLE_1, ...TABLE_2),
    count: fc.integer({ min: 1, max: 60 }),
    seed: fc.nat(1e6),
    coupling: fc.constantFrom('same' as const, 'independent' as const),
  });

  test('level 0 is the rest, and what a level damages stays as it is at every higher one', () => {
    fc.assert(
      fc.property(cases, ({ name, count, seed, coupling }) => {
        const scenario = parseScenario(name);
        const videos = videosOf(count);
        const rest = { visual: scenario.visual.rest, audio: scenario.audio.rest };
        let before = assignInputs(scenario, videos, { level: 0, seed, coupling });
        expect(before).toEqual(videos.map(() => rest));
        for (const level of LEVELS) {
          const now = assignInputs(scenario, videos, { level, seed, coupling });
          now.forEach((inputs, i) => {
            for (const modality of ['visual', 'audio'] as const) {
              if (before[i]![modality] !== rest[modality])
                expect(inputs[modality]).toBe(before[i]![modality]);
            }
          });
          before = now;
        }
      }),
    );
  });

  test('a single corruption damages the videos that selectCorrupted chooses', () => {
    const videos = videosOf(36);
    const labels = videos.map(({ label }) => label);
    const ids = videos.map(({ id }) => id);
    for (const level of LEVELS) {
      const inputs = assignInputs(parseScenario('fog'), videos, { level, seed: 5 });
      const chosen = selectCorrupted(ids, level, 5, labels);
      expect(inputs).toEqual(ids.map((id) => (chosen.has(id) ? { ...clean, visual: 'fog' } : clean)));
    }
  });

  test('the order of the videos does not matter', () => {
    const videos = videosOf(30);
    for (const name of ['mixed-visual', 'fog+white']) {
      const options = { level: 50, seed: 3, coupling: 'independent' } as const;
      const inputs = assignInputs(parseScenario(name), videos, options);
      expect(assignInputs(parseScenario(name), [...videos].reverse(), options)).toEqual(
        [...inputs].reverse(),
      );
    }
  });

  test('a mixed row deals its eight types out evenly', () => {
    for (const level of LEVELS.slice(1)) {
      const inputs = assignInputs(parseScenario('mixed-audio'), videosOf(100), { level, seed: 1 });
      const counts = AUDIO_CORRUPTIONS.map((type) => inputs.filter(({ audio }) => audio === type).length);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      expect(counts.reduce((a, b) => a + b)).toBe(level);
    }
  });

  test('a pair damages the same videos in both modalities, or others when asked', () => {
    const damaged = (coupling: 'same' | 'independent', modality: 'visual' | 'audio') =>
      assignInputs(parseScenario('fog+white'), videosOf(60), { level: 50, seed: 2, coupling }).map(
        (inputs) => inputs[modality] !== 'clean',
      );
    expect(damaged('same', 'audio')).toEqual(damaged('same', 'visual'));
    expect(damaged('independent', 'visual')).toEqual(damaged('same', 'visual'));
    expect(damaged('independent', 'audio')).not.toEqual(damaged('same', 'audio'));
    expect(damaged('independent', 'audio').filter(Boolean)).toHaveLength(30);
  });

  test('a level outside 0 to 100 is refused', () => {
    for (const level of [-1, 101, Number.NaN]) {
      expect(() => assignInputs(parseScenario('fog'), videosOf(3), { level, seed: 0 })).toThrow(
        expect.objectContaining({ code: 'BAD_OPTION' }),
      );
    }
  });
});

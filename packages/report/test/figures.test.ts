import fc from 'fast-check';
import { availableFigures, FIGURES, renderExamples, renderFigure } from '../src/index.js';
import { makeFullResult, makeResult } from './fixture.js';
import { parseHtml } from './html.js';

const full = makeFullResult();
const failing = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });
const PIXEL = 'data:image/png;base64,iVBORw0KGgo=';

test.each(FIGURES)('figure %s is well-formed, loads nothing and is the same twice', (figure) => {
  const svg = renderFigure(full, figure);
  expect(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg" ')).toBe(true);
  expect(svg).not.toMatch(/NaN|Infinity|undefined|var\(|url\(|href|<script/);
  parseHtml(svg);
  expect(renderFigure(makeFullResult(), figure)).toBe(svg);
});

test('figure 4 has the rows of the paper and the three schemes', () => {
  const { tags, text } = parseHtml(renderFigure(full, '4'));
  for (const name of ['fog (visual)', 'motion-blur (visual)', 'random-dropout (audio)'])
    expect(text).toContain(name);
  const lines = tags.filter(({ attributes }) => attributes.class === 'line');
  expect(lines).toHaveLength(3 * 3 + 3);
  expect(text).not.toContain('padding');
  // Without them, the first three rows of the result.
  const few = makeResult();
  for (const record of few.records) if (record.corruption === 'fog') record.corruption = 'rain';
  expect(parseHtml(renderFigure(few, '4')).text).toContain('brightness (visual)');
});

test('figure 5 shades the anomaly and draws both methods clean and corrupted', () => {
  const { tags, text } = parseHtml(renderFigure(full, '5'));
  expect(text).toContain('a<b: fog');
  // Two seconds over 308 pixels from 40 on: the anomaly from 0.5 to 1 s, snippets at 1/3, 1 and 5/3 s.
  const truth = tags.find(({ attributes }) => attributes.class === 'truth')!;
  expect([truth.attributes.x, truth.attributes.width]).toEqual(['117', '77']);
  const paths = tags.filter(({ attributes }) => attributes.d?.startsWith('M91.33'));
  expect(paths.map(({ attributes }) => attributes.class)).toEqual([
    'curve clean',
    'curve',
    'curve clean',
    'curve',
  ]);
  expect(paths[0]!.attributes.d).toBe('M91.33 200L194 10L296.67 105');
});

test('weights stand at their place', () => {
  const { tags } = parseHtml(renderFigure(full, 'weights'));
  const ranges = tags.filter(({ attributes }) => attributes.class === 'range');
  expect(ranges).toHaveLength(2 * 2);
  // From 190 to 704: the weight of audio under white noise is 0.1 to 0.3.
  expect(Number(ranges[3]!.attributes.x1)).toBeCloseTo(190 + 0.1 * 514, 1);
  expect(Number(ranges[3]!.attributes.x2)).toBeCloseTo(190 + 0.3 * 514, 1);
});

test('a result has the figures that it has numbers for', () => {
  expect(availableFigures(full)).toEqual(FIGURES);
  expect(availableFigures(makeResult())).toEqual(['4']);
  expect(() => renderFigure(makeResult(), '5')).toThrow(failing('EMPTY_INPUT', /figure 5/));
  expect(() => renderFigure(full, '6' as never)).toThrow(failing('BAD_OPTION', /figure/));
  expect(() => renderFigure({} as never, '4')).toThrow(failing('BAD_INPUT', /not a benchmark result/));
});

test('curves of any length stay inside', () => {
  const small = makeResult({ seeds: [0], levels: [0] });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 400 }).chain((snippets) =>
        fc.record({
          scores: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
            minLength: snippets,
            maxLength: snippets,
          }),
          missing: fc.integer({ min: 0, max: 15 }),
        }),
      ),
      ({ scores, missing }) => {
        const frames = Math.max(1, scores.length * 16 - missing);
        const curve = { ...full.curves![0]!, frames, intervals: [[0, frames + 100]] as [number, number][] };
        const svg = renderFigure({ ...small, curves: [{ ...curve, clean: scores, corrupted: scores }] }, '5');
        for (const [, x, y] of svg.matchAll(/[ML]([\d.e-]+) ([\d.e-]+)/g)) {
          expect(Number(x)).toBeLessThanOrEqual(348);
          expect(Number(y)).toBeGreaterThanOrEqual(6);
          expect(Number(y)).toBeLessThanOrEqual(200);
        }
      },
    ),
    { numRuns: 50 },
  );
});

describe('examples', () => {
  const example = (group: string, caption: string) => ({
    group,
    caption,
    image: PIXEL,
    width: 320,
    height: 240,
  });

  test('stand under their headings, five in a line', () => {
    const examples = [...'abcdefg'].map((name) => example('visual', name));
    const svg = renderExamples([...examples, example('audio', '<&>')]);
    const { tags, text } = parseHtml(svg);
    const images = tags.filter(({ name }) => name === 'image');
    expect(images).toHaveLength(8);
    expect(images.map(({ attributes }) => attributes.x)).toEqual([
      '12',
      '232',
      '452',
      '672',
      '892',
      '12',
      '232',
      '12',
    ]);
    expect(images[0]!.attributes.height).toBe('156');
    expect(text).toContain('<&>');
  });

  test('only data addresses of pictures', () => {
    for (const image of ['https://example.org/a.png', 'data:text/html;base64,AA==', `${PIXEL}" onload="x`]) {
      expect(() => renderExamples([{ ...example('v', 'a'), image }])).toThrow(failing('BAD_OPTION', /image/));
    }
    expect(() => renderExamples([])).toThrow(failing('BAD_OPTION', /renderExamples/));
  });
});

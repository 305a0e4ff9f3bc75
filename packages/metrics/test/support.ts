import fc from 'fast-check';

/** An error with this code and, if given, a message like this. */
export const failing = (code: string, message?: RegExp) =>
  expect.objectContaining({ code, ...(message && { message: expect.stringMatching(message) }) });

/** Items of both labels, scores with many ties. */
export const binary = fc
  .array(fc.tuple(fc.constantFrom(0, 1), fc.constantFrom(-2, -0, 0, 0.5, 0.1, 0.7)), {
    minLength: 2,
    maxLength: 30,
  })
  .map((list) => ({ labels: list.map(([label]) => label), scores: list.map(([, score]) => score) }))
  .filter(({ labels }) => new Set(labels).size === 2);

/** A video with these frames. */
export const video = (labels: number[], scores: number[]) => ({ labels, scores });

/** A stretch of a sequence that is scored in one piece, and the part of it whose scores are kept. */
export interface Window {
  start: number;
  length: number;
  /** First snippet, counted from the start of the sequence, whose score comes from this window. */
  from: number;
  /** One past the last. */
  to: number;
}

/**
 * Covers a sequence. Up to `size` snippets it is one window; beyond that, windows of `size` every half size (the
 * last one moved back to end with the sequence), each snippet scored where it lies farthest from an edge.
 */
export function windowsOf(length: number, size: number): Window[] {
  if (length <= size) return [{ start: 0, length, from: 0, to: length }];
  const hop = Math.max(1, size >> 1);
  const starts: number[] = [];
  for (let start = 0; start < length - size; start += hop) starts.push(start);
  starts.push(length - size);
  const border = (i: number) => (starts[i - 1]! + size + starts[i]!) >> 1;
  return starts.map((start, i) => ({
    start,
    length: size,
    from: i === 0 ? 0 : border(i),
    to: i === starts.length - 1 ? length : border(i + 1),
  }));
}

/**
 * Covers a sequence for scores that see only `context` snippets before their own: `size` scores a window, none of
 * them cut off from its context.
 */
export function causalWindowsOf(length: number, size: number, context: number): Window[] {
  const windows: Window[] = [];
  for (let from = 0; from < length; from += size) {
    const start = Math.max(0, from - context);
    const to = Math.min(length, from + size);
    windows.push({ start, length: to - start, from, to });
  }
  return windows;
}

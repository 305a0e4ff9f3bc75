import { PassThrough } from 'node:stream';
import { createProgress } from '../src/progress.js';

/** What a terminal is sent, without the commands that move its cursor. */
function screen(show: (progress: ReturnType<typeof createProgress>) => void): string[] {
  const stream = Object.assign(new PassThrough(), {
    isTTY: true,
    columns: 120,
    cursorTo: () => true,
    clearLine: () => true,
    clearScreenDown: () => true,
    moveCursor: () => true,
  });
  const terminal = {
    out: () => {},
    err: () => {},
    progressStream: stream as unknown as NodeJS.WriteStream,
    columns: 120,
    color: false,
  };
  show(createProgress(terminal));
  const text = String(stream.read() ?? '');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are control characters
  return text.split(/\x1b\[[0-9;?]*[a-zA-Z]|\x1b[78]|\r|\n/).filter((line) => line.trim() !== '');
}

test('a terminal sees what is done, running and failed, and a line for each finished stage', () => {
  const lines = screen((progress) => {
    progress.update({ stage: 'extracting features', done: 0, total: 3, running: 2, failed: 0 });
    progress.note('warning: a.mp4: is damaged');
    progress.update({ stage: 'extracting features', done: 3, total: 3, running: 0, failed: 1 });
    progress.update({ stage: 'training', done: 1, total: 50, detail: 'loss 0.5' });
    progress.stop();
  });
  expect(lines[0]).toMatch(/^extracting features +[█░]+ {2}0\/3 {2}2 running$/);
  expect(lines).toContain('warning: a.mp4: is damaged');
  expect(lines).toContainEqual(expect.stringMatching(/^extracting features +3\/3, 1 failed in \d+:\d\d$/));
  expect(lines).toContainEqual(expect.stringMatching(/^training +[█░]+ {2}1\/50 {2}loss 0\.5$/));
  expect(lines.at(-1)).toMatch(/^training +1\/50 in \d+:\d\d$/);
});

test('elsewhere: plain lines, at the start of a stage and at every tenth', () => {
  let text = '';
  const progress = createProgress({
    out: () => {},
    err: (said) => void (text += said),
    progressStream: undefined,
    columns: 80,
    color: false,
  });
  for (let done = 0; done <= 40; done++) {
    progress.update({ stage: 'extracting features', done, total: 40, running: 2, failed: done > 20 ? 1 : 0 });
  }
  progress.stop();
  const lines = text.trimEnd().split('\n');
  expect(lines).toHaveLength(11);
  expect(lines[1]).toBe('extracting features: 4/40  2 running');
  expect(lines[10]).toBe('extracting features: 40/40  2 running, 1 failed');
});

/** The longest stretch of work, in milliseconds, before other work of the process gets its turn. */
const STRETCH = 10;

/**
 * FFmpeg is called synchronously, because a worker thread that is ended while one of node-av's background calls is on
 * its way takes the whole process with it. So that timers and abort signals still come through, long work awaits the
 * returned function between its steps.
 */
export function createPace(): () => Promise<void> | undefined {
  let started = performance.now();
  return () => {
    if (performance.now() - started < STRETCH) return undefined;
    return new Promise((resolve) => {
      setImmediate(() => {
        started = performance.now();
        resolve();
      });
    });
  };
}

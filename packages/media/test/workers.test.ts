import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { readAudio, readFrames, writeMedia } from '../src/index.js';
import { numberedFrames, temporaryFolder, tone } from './fixtures.js';

const folder = temporaryFolder();
// Workers are started by node itself, so they take the built package.
const built = new URL('../dist/index.js', import.meta.url).href;

async function digest(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const { data } of readFrames(path, { fps: 24 })) hash.update(data);
  for (const samples of (await readAudio(path, { sampleRate: 8000, mono: true })).channels) {
    hash.update(Buffer.from(samples.buffer));
  }
  return hash.digest('hex');
}

const job = `
  import { createHash } from 'node:crypto';
  import { parentPort, workerData } from 'node:worker_threads';
  const { readAudio, readFrames, writeMedia } = await import(workerData.built);
  const hash = createHash('sha256');
  for await (const { data } of readFrames(workerData.path, { fps: 24 })) hash.update(data);
  for (const samples of (await readAudio(workerData.path, { sampleRate: 8000, mono: true })).channels) {
    hash.update(Buffer.from(samples.buffer));
  }
  await writeMedia(workerData.copy, { frames: readFrames(workerData.path), fps: 30 });
  parentPort.postMessage(hash.digest('hex'));
`;

function startWorker(code: string, workerData: object): { worker: Worker; done: Promise<string> } {
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), {
    workerData,
    execArgv: [],
  });
  const done = new Promise<string>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the worker ended without an answer')));
  });
  return { worker, done };
}

test('several worker threads decode and encode at once, with the result of one', async () => {
  const path = folder.path('job.mp4');
  await writeMedia(path, { frames: numberedFrames(60, 160, 120), fps: 30, audio: tone(16000, 2, [440]) });
  const expected = await digest(path);
  for (let round = 0; round < 2; round++) {
    const jobs = Array.from({ length: 4 }, (_, i) =>
      startWorker(job, { built, path, copy: folder.path(`copy-${i}.mp4`) }),
    );
    expect(await Promise.all(jobs.map(({ done }) => done))).toEqual(Array(4).fill(expected));
  }
});

test('a worker that is stopped in the middle by its signal takes nothing else with it', async () => {
  const path = folder.path('ended.mp4');
  await writeMedia(path, { frames: numberedFrames(200), fps: 30 });
  const endless = `
    import { parentPort, workerData } from 'node:worker_threads';
    const { readFrames } = await import(workerData.built);
    const controller = new AbortController();
    parentPort.once('message', () => controller.abort());
    let frames = 0;
    try {
      for (;;) {
        for await (const frame of readFrames(workerData.path, { signal: controller.signal })) {
          if (frames++ === 0) parentPort.postMessage('running');
          // Messages are seen between turns of the event loop.
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
    } catch (error) {
      parentPort.postMessage(error.code);
    }
  `;
  for (let round = 0; round < 3; round++) {
    const { worker, done } = startWorker(endless, { built, path });
    expect(await done).toBe('running');
    const answered = new Promise((resolve) => worker.once('message', resolve));
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    worker.postMessage('stop');
    expect(await answered).toBe('ABORTED');
    expect(await ended).toBe(0);
  }
  expect(await digestLength(path)).toBe(200);
});

async function digestLength(path: string): Promise<number> {
  let count = 0;
  for await (const _ of readFrames(path)) count++;
  return count;
}

test('FFmpeg prints nothing, and the process ends by itself', async () => {
  const script = `
    import { readFrames, writeMedia, readAudio } from ${JSON.stringify(built)};
    const frame = { width: 32, height: 32, data: new Uint8Array(32 * 32 * 3) };
    const path = ${JSON.stringify(folder.path('quiet.mp4'))};
    await writeMedia(path, { frames: [frame, frame], fps: 25, audio: { sampleRate: 8000, channels: [new Float32Array(9000)] } });
    for await (const frame of readFrames(path)) if (frame.width !== 32) throw new Error('wrong');
    await readAudio(${JSON.stringify(fileURLToPath(import.meta.url))}).catch((error) => console.log(error.code));
  `;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '-e',
    script,
  ]);
  expect(stdout).toBe('NOT_MEDIA\n');
  expect(stderr).toBe('');
});

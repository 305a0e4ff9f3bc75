import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AUDIO_CORRUPTIONS } from '@robusta/corruptions-audio';
import { VISUAL_CORRUPTIONS } from '@robusta/corruptions-visual';
import { corruptBitrate, corruptMedia, readFrames, writeMedia } from '@robusta/media';
import { record } from '@robusta/test-kit/bench';

const report = (name, value, unit, more = {}) =>
  record({ package: '@robusta/media', name, value, unit, ...more });
const folder = await mkdtemp(join(tmpdir(), 'robusta-corrupt-bench-'));
const file = (name) => join(folder, name);

/** A texture that moves under a little noise: harder to code than a drawing, easier than a crowd. */
function* scene(count, width, height) {
  let state = 1;
  for (let i = 0; i < count; i++) {
    const data = new Uint8Array(width * height * 3);
    for (let y = 0, p = 0; y < height; y++) {
      for (let x = 0; x < width; x++, p += 3) {
        state = (Math.imul(state, 1664525) + 1013904223) | 0;
        const noise = state >>> 29;
        data[p] = 128 + 90 * Math.sin((x + i * 2) / 9) + noise;
        data[p + 1] = 128 + 90 * Math.sin((y - i) / 13) + noise;
        data[p + 2] = 128 + 60 * Math.sin((x + y + i) / 21) + noise;
      }
    }
    yield { width, height, data };
  }
}

function sound(sampleRate, seconds) {
  let state = 7;
  const samples = Float32Array.from({ length: sampleRate * seconds }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return 0.3 * Math.sin(i / 20) * Math.sin(i / 9000) + (0.05 * state) / 2 ** 31;
  });
  return { sampleRate, channels: [samples] };
}

/**
 * Milliseconds of the least of some runs: of processor time, all threads, which means the same on a busy machine, and
 * on the clock, which does not.
 */
async function times(fn, runs = 2) {
  let [processor, clock] = [Infinity, Infinity];
  for (let run = 0; run < runs; run++) {
    const [before, start] = [process.cpuUsage(), performance.now()];
    await fn();
    const { user, system } = process.cpuUsage(before);
    processor = Math.min(processor, (user + system) / 1000);
    clock = Math.min(clock, performance.now() - start);
  }
  return { processor, clock };
}

try {
  const seconds = 60;
  const clip = sound(44100, seconds);
  // "There and back" in 31 ms a second of sound is what the Python packages take for MP3; 50 times real time are 20 ms.
  for (const severity of [1, 2, 3, 4, 5]) {
    const { processor } = await times(() => corruptBitrate(clip, { severity }));
    report(`bitrate, MP3 of severity ${severity}, 44.1 kHz mono`, processor / seconds, 'ms/s of one core', {
      target: 20,
    });
  }
  for (const options of [{ codec: 'aac' }, { codec: 'opus' }, { mode: 'bit-error' }]) {
    const { processor } = await times(() => corruptBitrate(clip, { severity: 3, ...options }));
    const [what] = Object.values(options);
    report(`bitrate, ${what} of severity 3, 44.1 kHz mono`, processor / seconds, 'ms/s of one core');
  }

  const length = 10;
  const path = file('input.mp4');
  await writeMedia(path, { frames: scene(25 * length, 640, 360), fps: 25, audio: sound(44100, length) });
  const realTime = async (name, options, more) => {
    const { processor, clock } = await times(() =>
      corruptMedia(path, file('output.mp4'), { ...options, seed: 1 }),
    );
    report(`corruptMedia 640x360 25 fps, ${name}`, (1000 * length) / clock, 'x real time on the clock', more);
    report(`corruptMedia 640x360 25 fps, ${name}`, (1000 * length) / processor, 'x real time of one core');
  };
  for (const name of VISUAL_CORRUPTIONS)
    await realTime(name, { visual: { name, severity: 3 } }, { target: 4 });
  const temporal = { name: 'motion-blur', mode: 'temporal', severity: 3 };
  await realTime('temporal motion-blur', { visual: temporal }, { target: 4 });
  for (const name of AUDIO_CORRUPTIONS) await realTime(name, { audio: { name, severity: 3 } });
  const { processor } = await times(async () => {
    for await (const _ of readFrames(path, { bitError: { severity: 3 } }));
  });
  report('decode with bit errors, 640x360', (25 * length) / (processor / 1000), 'frames/s of one core');

  await recordMemory();
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Ten minutes of picture and sound: how much more memory the last nine tenths need than the first one. */
async function recordMemory() {
  const [fps, minutes] = [25, 10];
  const path = file('long.mp4');
  const loop = [...scene(50, 160, 96)];
  function* frames() {
    for (let i = 0; i < fps * minutes * 60; i++) yield loop[i % loop.length];
  }
  function* audio() {
    const minute = sound(44100, 60);
    for (let i = 0; i < minutes; i++) yield minute;
  }
  await writeMedia(path, { frames: frames(), fps, audio: audio(), preset: 'ultrafast' });
  const cases = [
    ['fog and babble', { visual: { name: 'fog', severity: 3 }, audio: { name: 'babble', severity: 3 } }],
    [
      'bit-error and bitrate',
      { visual: { name: 'bit-error', severity: 3 }, audio: { name: 'bitrate', severity: 3 } },
    ],
    [
      'temporal motion-blur and reverb',
      {
        visual: { name: 'motion-blur', mode: 'temporal', severity: 3 },
        audio: { name: 'reverb', severity: 3 },
      },
    ],
  ];
  for (const [name, options] of cases) {
    let [early, late] = [0, 0];
    await corruptMedia(path, file('long-out.mp4'), {
      ...options,
      onProgress({ stage, done, total }) {
        if (stage !== 'corrupting') return;
        const { rss } = process.memoryUsage();
        if (done < total / 10) early = Math.max(early, rss);
        else late = Math.max(late, rss);
      },
    });
    report(`memory growth over ${minutes} min, ${name}`, (late - early) / 2 ** 20, 'MiB');
  }
}

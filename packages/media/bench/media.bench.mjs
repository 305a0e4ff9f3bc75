import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { probe, readAudio, readFrames, resampleAudio, streamAudio, writeMedia } from '@robusta/media';
import { record } from '@robusta/test-kit/bench';
import { Decoder, Demuxer, FilterAPI } from 'node-av/api';

const report = (name, value, unit, more = {}) =>
  record({ package: '@robusta/media', name, value, unit, ...more });
const folder = await mkdtemp(join(tmpdir(), 'robusta-media-bench-'));
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

function sound(sampleRate, seconds, channels) {
  const make = (frequency) =>
    Float32Array.from({ length: sampleRate * seconds }, (_, i) => {
      return 0.4 * Math.sin((i * frequency) / sampleRate) * Math.sin(i / sampleRate);
    });
  return { sampleRate, channels: Array.from({ length: channels }, (_, c) => make(2000 + 700 * c)) };
}

/**
 * Milliseconds of processor time of one call, all threads: the least of some runs, after one to warm up. Unlike the time
 * on the clock it means the same on a busy machine.
 */
async function processorTime(fn, runs = 4) {
  let least = Infinity;
  for (let run = 0; run <= runs; run++) {
    const before = process.cpuUsage();
    await fn();
    const { user, system } = process.cpuUsage(before);
    if (run > 0) least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

async function count(frames) {
  let total = 0;
  for await (const _ of frames) total++;
  return total;
}

/** The same conversion through node-av's own high-level interface. */
async function countByFilter(path) {
  const input = await Demuxer.open(path);
  const stream = input.video();
  const decoder = await Decoder.create(stream, { threads: 1 });
  const flags = 'bicubic+full_chroma_int+full_chroma_inp+accurate_rnd+bitexact';
  const filter = FilterAPI.create(`scale=flags=${flags},format=rgb24`);
  let total = 0;
  for await (const frame of filter.frames(decoder.frames(input.packets(stream.index)))) {
    if (!frame) continue;
    frame.toBuffer();
    frame.free();
    total++;
  }
  await input.close();
  return total;
}

try {
  for (const [width, height, target] of [
    [320, 240, 500],
    [640, 360, undefined],
  ]) {
    const frames = 240;
    const path = file(`${width}.mp4`);
    const pictures = [...scene(frames, width, height)];
    const writing = await processorTime(() => writeMedia(path, { frames: pictures, fps: 24 }), 2);
    report(`write ${width}x${height}, veryfast`, (frames / writing) * 1000, 'frames/s of one core');
    const reading = await processorTime(() => count(readFrames(path)));
    const peer = await processorTime(() => countByFilter(path));
    report(`decode ${width}x${height} to RGB`, (frames / reading) * 1000, 'frames/s of one core', {
      peer: 'the speed of node-av FilterAPI',
      ratio: peer / reading,
      ...(target ? { target } : {}),
    });
    const small = await processorTime(() => count(readFrames(path, { fps: 12, width: 112, height: 112 })));
    report(
      `decode ${width}x${height} to 112x112 at half the rate`,
      (frames / small) * 1000,
      'frames/s of one core',
    );
  }

  const seconds = 60;
  const path = file('sound.mp4');
  await writeMedia(path, { frames: scene(2, 64, 64), fps: 2, audio: sound(44100, seconds, 2) });
  const listening = await processorTime(() => readAudio(path, { sampleRate: 16000, mono: true }));
  report('read 44.1 kHz stereo AAC as 16 kHz mono', seconds / (listening / 1000), 'seconds/s of one core');
  const clip = await readAudio(path);
  const resampling = await processorTime(() => resampleAudio(clip, 16000));
  report('resample 44.1 kHz stereo to 16 kHz', seconds / (resampling / 1000), 'seconds/s of one core');

  await recordMemory();
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** An hour of picture and sound: how much more memory the last nine tenths need than the first one. */
async function recordMemory() {
  const [fps, hour] = [4, 3600];
  const path = file('hour.mp4');
  const loop = [...scene(40, 96, 64)];
  function* frames() {
    for (let i = 0; i < fps * hour; i++) yield loop[i % loop.length];
  }
  function* audio() {
    const minute = sound(8000, 60, 1);
    for (let i = 0; i < hour / 60; i++) yield minute;
  }
  const megabytes = () => process.memoryUsage().rss / 2 ** 20;
  async function growth(source, total) {
    let early = 0;
    let late = 0;
    let index = 0;
    for await (const _ of source) {
      const rss = index % 200 === 0 ? megabytes() : 0;
      if (index++ < total / 10) early = Math.max(early, rss);
      else late = Math.max(late, rss);
    }
    return late - early;
  }
  const write = async () => {
    let [early, late] = [0, 0];
    function* watched() {
      let index = 0;
      for (const frame of frames()) {
        const rss = index % 200 === 0 ? megabytes() : 0;
        if (index++ < (fps * hour) / 10) early = Math.max(early, rss);
        else late = Math.max(late, rss);
        yield frame;
      }
    }
    await writeMedia(path, { frames: watched(), fps, audio: audio() });
    return late - early;
  };
  report('memory growth, writing 1 h', await write(), 'MiB');
  const { duration } = await probe(path);
  if (duration !== hour) throw new Error(`the hour lasts ${duration} s`);
  const shown = 24 * hour;
  report(
    'memory growth, reading 1 h of frames at 24 fps',
    await growth(readFrames(path, { fps: 24 }), shown),
    'MiB',
  );
  const blocks = streamAudio(path, { sampleRate: 16000, mono: true });
  report('memory growth, streaming 1 h of sound', await growth(blocks, hour), 'MiB');

  const before = megabytes();
  for (let i = 0; i < 300; i++) {
    for await (const _ of readFrames(path, { fps: 24 })) break;
  }
  report('memory growth, opening and leaving 300 times', megabytes() - before, 'MiB');
}

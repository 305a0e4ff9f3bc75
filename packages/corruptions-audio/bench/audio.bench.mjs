// Every corruption on mono sound of 44.1 kHz: times real time, and against the reference formulas in numpy and scipy.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { corruptAudio, createAudioCorruption } from '@robusta/corruptions-audio';
import { measure, record } from '@robusta/test-kit/bench';

const name = '@robusta/corruptions-audio';
const sampleRate = 44100;
const seconds = 30;

const script = fileURLToPath(new URL('peers/audio.py', import.meta.url));
const candidates = [process.env.PYTHON, 'python3', '/usr/bin/python3'].filter(Boolean);
const python = candidates.find((one) => spawnSync(one, ['-c', 'import numpy, scipy']).status === 0);
if (!python) console.error('no Python with numpy and scipy: peers are skipped');

/** Milliseconds for a second of sound of a peer, measured beside ours; undefined where there is none. */
function runPeer(corruption) {
  if (!python || !['white', 'pink', 'hf-channel', 'reverb', 'pitch-shift'].includes(corruption))
    return undefined;
  const { status, stdout, stderr } = spawnSync(python, [script, String(seconds), corruption], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return Number(stdout);
}

const samples = Float32Array.from({ length: seconds * sampleRate }, (_, i) => 0.3 * Math.sin(i * 0.03));
const clip = { sampleRate, channels: [samples] };

for (const [corruption, target, options = {}] of [
  ['white', 400],
  ['pink', 400],
  ['hf-channel', 400],
  ['hf-channel', undefined, { mode: 'radio' }],
  ['random-dropout', 400],
  ['random-dropout', 400, { unit: 'frames' }],
  ['random-dropout', 400, { unit: 'samples' }],
  ['reverb', 400],
  ['pitch-shift', 50, { semitones: 6 }],
  ['pitch-shift', 50, { semitones: -6 }],
  ['pitch-shift', 50, { semitones: 6, method: 'wsola' }],
  ['babble', 50],
]) {
  const milliseconds = await measure(() =>
    corruptAudio(clip, corruption, { severity: 3, seed: 1, ...options }),
  );
  const detail = Object.values(options).join(', ');
  const row = {
    package: name,
    name: `${corruption}${detail && ` (${detail})`}, severity 3, 44.1 kHz mono, ${seconds} s, ${(milliseconds / seconds).toFixed(2)} ms a second`,
    value: (1000 * seconds) / milliseconds,
    unit: 'x real time',
    ...(target && { target: `>= ${target}` }),
  };
  const peer = detail && corruption !== 'pitch-shift' ? undefined : runPeer(corruption);
  record(peer ? { ...row, peer: 'of numpy and scipy', ratio: (peer * seconds) / milliseconds } : row);
}

/** Growth of the process over ten minutes of stereo sound in pieces of 0.1 s, after the first minute. */
for (const corruption of ['white', 'babble', 'pitch-shift', 'reverb', 'random-dropout']) {
  const format = { sampleRate, channels: 2 };
  const streaming = createAudioCorruption(corruption, { severity: 3, seed: 1 }, format);
  const piece = [samples.subarray(0, 4410), samples.subarray(4410, 8820)];
  const pieces = (count, take) => {
    for (let i = 0; i < count; i++) take(piece);
  };
  const level = { samples: 600 * sampleRate, signalRms: 0.2, noiseRms: 1, wetRms: 0.2, peak: 0.5 };
  const pass = streaming.start(level);
  pieces(600, pass.process);
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  pieces(5400, pass.process);
  pass.flush();
  globalThis.gc?.();
  record({
    package: name,
    name: `${corruption} as a stream: growth of memory over 10 minutes of stereo`,
    value: (process.memoryUsage.rss() - before) / 2 ** 20,
    unit: 'MiB',
    target: 'none but noise',
  });
}

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createRng } from '@robusta/core';
import { createAudioExtractor, logMel } from '@robusta/features';
import { resampleAudio } from '@robusta/media';
import { measure, measurePair, record } from '@robusta/test-kit/bench';

const SECONDS = 60;
const TURNS = 15;
/** Of the published code in NumPy and resampy, as measured on two cores; resampy is seldom installed. */
const RESAMPY_MILLISECONDS = 1290;

/**
 * glibc returns large blocks to the system at once, which costs a page fault for every 4 KB of every run. Both sides are
 * measured without: NumPy, whose arrays in between are many times larger, loses far more by them.
 */
const KEEP_MEMORY = {
  MALLOC_MMAP_THRESHOLD_: `${2 ** 33}`,
  MALLOC_TRIM_THRESHOLD_: `${2 ** 34}`,
  MALLOC_TOP_PAD_: `${2 ** 28}`,
};

// The settings are read when a process starts.
if (process.env.MALLOC_TOP_PAD_ === undefined) {
  const env = { ...process.env, ...KEEP_MEMORY };
  const { status } = spawnSync(process.execPath, process.argv.slice(1), { env, stdio: 'inherit' });
  process.exit(status ?? 1);
}

const rng = createRng(1);
const sound = (rate) => Float32Array.from({ length: SECONDS * rate }, () => 0.1 * rng.normal());
const put = (result) => record({ package: '@robusta/features', unit: 'ms', ...result });

const mono = sound(16000);
const numpy = numpyPeer(mono);
if (numpy) {
  const sum = logMel(mono).data.reduce((total, value) => total + value, 0);
  const peer = await numpy.run();
  if (!(Math.abs(sum - peer.sum) <= 1e-9 * Math.abs(sum))) throw new Error(`sums: ${sum}, NumPy ${peer.sum}`);
}
const { own, theirs } = await measurePair(
  () => logMel(mono),
  numpy && (async () => (await numpy.run()).milliseconds),
  { count: TURNS, warmUp: 5 },
);
await numpy?.close();
put({
  name: 'log-mel of a minute, 16 kHz mono',
  value: own,
  ...(numpy && { peer: `faster than NumPy, ${theirs.toFixed(1)} ms`, ratio: theirs / own, target: '>= 1' }),
});

const [left, right] = [sound(44100), sound(44100)];
const resampled = await measure(async () => {
  const mean = new Float32Array(left.length);
  for (let i = 0; i < mean.length; i++) mean[i] = (left[i] + right[i]) / 2;
  const clip = await resampleAudio({ sampleRate: 44100, channels: [mean] }, 16000);
  logMel(clip.channels[0]);
});
put({
  name: 'log-mel of a minute, 44.1 kHz stereo with resampling',
  value: resampled,
  peer: `faster than resampy and NumPy (${RESAMPY_MILLISECONDS} ms, measured once)`,
  ratio: RESAMPY_MILLISECONDS / resampled,
  target: '>= 5',
});

const lite = createAudioExtractor({ kind: 'lite' });
put({
  name: 'lite rows of a minute, 16 kHz mono',
  value: await measure(() => lite.extract({ sampleRate: 16000, channels: [mono] })),
});

/** The same in NumPy, one run at a time; undefined where no Python has it. */
function numpyPeer(samples) {
  const candidates = [process.env.PYTHON, '/usr/bin/python3', 'python3'].filter(Boolean);
  const python = candidates.find((name) => spawnSync(name, ['-c', 'import numpy']).status === 0);
  if (!python) {
    console.error('No Python with NumPy was found: the comparison with it is left out.');
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'robusta-log-mel-'));
  const file = join(folder, 'mono.f32');
  writeFileSync(file, samples);
  const script = fileURLToPath(new URL('peers/log_mel.py', import.meta.url));
  const child = spawn(python, [script, file], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async run() {
      child.stdin.write('\n');
      const { value, done } = await lines.next();
      if (done) throw new Error('the script of the peer ended early');
      return JSON.parse(value);
    },
    async close() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

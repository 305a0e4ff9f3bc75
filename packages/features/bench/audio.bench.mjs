import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRng } from '@robusta/core';
import { logMel } from '@robusta/features';
import { resampleAudio } from '@robusta/media';
import { measure, record } from '@robusta/test-kit/bench';

const SECONDS = 60;
const RUNS = 15;
/** Of the published code in NumPy and resampy, as measured on two cores; resampy is seldom installed. */
const RESAMPY_MILLISECONDS = 1290;

/** glibc returns large blocks to the system at once, which costs NumPy a page fault for every 4 KB of every run. */
const KEEP_MEMORY = {
  MALLOC_MMAP_THRESHOLD_: `${2 ** 33}`,
  MALLOC_TRIM_THRESHOLD_: `${2 ** 34}`,
  MALLOC_TOP_PAD_: `${2 ** 28}`,
};

const rng = createRng(1);
const sound = (rate) => Float32Array.from({ length: SECONDS * rate }, () => 0.1 * rng.normal());
const mono = sound(16000);
const put = (result) => record({ package: '@robusta/features', unit: 'ms', ...result });

const peer = numpyPeer();
const own = await measure(() => logMel(mono), { seconds: 1, minRuns: RUNS });
if (peer) {
  const sum = logMel(mono).data.reduce((total, value) => total + value, 0);
  if (!(Math.abs(sum - peer.sum) <= 1e-9 * Math.abs(sum))) throw new Error(`sums: ${sum}, NumPy ${peer.sum}`);
}
const against = peer && { peer: 'faster than NumPy', ratio: peer.milliseconds / own, target: '>= 1' };
put({ name: 'log-mel of a minute, 16 kHz mono', value: own, ...against });

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

/** The same in NumPy, or undefined where no Python has it. */
function numpyPeer() {
  const candidates = [process.env.PYTHON, '/usr/bin/python3', 'python3'].filter(Boolean);
  const python = candidates.find((name) => spawnSync(name, ['-c', 'import numpy']).status === 0);
  if (!python) {
    console.error('No Python with NumPy was found: the comparison with it is left out.');
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'robusta-log-mel-'));
  try {
    const file = join(folder, 'mono.f32');
    writeFileSync(file, mono);
    const script = fileURLToPath(new URL('peers/log_mel.py', import.meta.url));
    const { status, stdout, stderr } = spawnSync(python, [script, file, String(RUNS)], {
      encoding: 'utf8',
      env: { ...process.env, ...KEEP_MEMORY },
    });
    if (status !== 0) throw new Error(stderr);
    return JSON.parse(stdout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

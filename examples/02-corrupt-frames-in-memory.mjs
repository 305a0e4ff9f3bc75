/*
 * Shows: corruptions of frames and sound that are in memory already, with no file and no native code.
 * Each frame depends on options, picture and index alone: any order and any worker gives the same bytes.
 * Prints:
 *
 *   brightness   mean level 128 -> 204
 *   fog          mean level 128 -> 70
 *   shot-noise   mean level 128 -> 128
 *   frame 9 alone is frame 9 of the run: true
 *   white        SNR 10.0 dB
 *   reverb       same length: true
 */
import { corruptAudio, corruptAudioWithReport } from '@robusta/corruptions-audio';
import { createFrameCorruption } from '@robusta/corruptions-visual';

const [width, height] = [64, 48];
const frame = { width, height, data: new Uint8Array(width * height * 3).fill(128) };
const mean = (data) => Math.round(data.reduce((sum, value) => sum + value, 0) / data.length);

for (const name of /** @type {const} */ (['brightness', 'fog', 'shot-noise'])) {
  const corruption = createFrameCorruption(name, { severity: 3, seed: 42, width, height, fps: 24 });
  const { data } = corruption.apply(frame, 0);
  console.log(name.padEnd(12), `mean level ${mean(frame.data)} -> ${mean(data)}`);
}

const options = /** @type {const} */ ({ severity: 3, seed: 42, width, height, fps: 24 });
const rain = createFrameCorruption('rain', options);
const run = Array.from({ length: 10 }, (_, index) => rain.apply(frame, index));
const alone = createFrameCorruption('rain', options).apply(frame, 9);
console.log('frame 9 alone is frame 9 of the run:', Buffer.from(alone.data).equals(run[9].data));

const tone = Float32Array.from({ length: 32_000 }, (_, i) => 0.3 * Math.sin(i / 10));
const clip = { sampleRate: 16_000, channels: [tone] };
const { report } = corruptAudioWithReport(clip, 'white', { severity: 3, seed: 42 });
console.log('white'.padEnd(12), `SNR ${report.measured.snrDb.toFixed(1)} dB`);
const echo = corruptAudio(clip, 'reverb', { severity: 3, seed: 42 });
console.log('reverb'.padEnd(12), 'same length:', echo.channels[0].length === tone.length);

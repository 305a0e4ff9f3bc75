/*
 * Shows: the same videos, features and training call with each of the three networks, in the shared space, and what
 * they say about videos that they have not seen. Only `backbone` and its recipe change.
 * Prints whether the highest score of every anomalous video is above all scores of normal ones, by picture and sound:
 *
 *   xdviodet  picture: anomalous above normal true  sound: true  saved and loaded: same scores true
 *   hypervd   picture: anomalous above normal true  sound: true  saved and loaded: same scores true
 *   rtfm      picture: anomalous above normal true  sound: true  saved and loaded: same scores true
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hypervd } from '@robusta/backbone-hypervd';
import { rtfm } from '@robusta/backbone-rtfm';
import { xdviodet } from '@robusta/backbone-xdviodet';
import { Detector, trainDetector } from '@robusta/detector';
import { toyVideos } from '@robusta/detector/testing';

// Noise; in every second video two features of some snippets are raised, in picture and sound.
const [training, unseen] = [toyVideos(32), toyVideos(8, { first: 100 })];
const networks = [
  { backbone: xdviodet, epochs: 20, backboneOptions: { dropout: 0.2 } },
  { backbone: hypervd, epochs: 20, backboneOptions: { dropout: 0.2 } },
  {
    backbone: rtfm,
    epochs: 60,
    backboneOptions: { branchWidth: 16, fc1Width: 16, fc2Width: 8, dropout: 0.3 },
  },
];
const shared = { fusion: /** @type {const} */ ('shared'), batchSize: 16, maxLength: 12, seed: 1 };
const rate = { learningRate: 5e-3, schedule: /** @type {const} */ ('constant') };

/** Whether every anomalous video has a snippet that scores above all snippets of normal videos. */
async function separates(detector, modality) {
  const highest = [[], []];
  for (const { label, visual, audio } of unseen) {
    const scores = (await detector.score({ visual, audio }))[modality];
    highest[label].push(Math.max(...scores));
  }
  const [normal, anomalous] = highest;
  return Math.min(...anomalous) > Math.max(...normal);
}

const scratch = await mkdtemp(join(tmpdir(), 'robusta-example-'));
for (const { backbone, ...recipe } of networks) {
  const detector = await trainDetector({ backbone, data: training, ...shared, ...rate, ...recipe });
  const [seen, heard] = [await separates(detector, 'visual'), await separates(detector, 'audio')];
  await detector.save(join(scratch, backbone.name));
  const loaded = await Detector.load(join(scratch, backbone.name), { backbone });
  const [before, after] = [await detector.score(unseen[1]), await loaded.score(unseen[1])];
  const same = String(before.visual) === String(after.visual);
  const found = `picture: anomalous above normal ${seen}  sound: ${heard}`;
  console.log(`${backbone.name.padEnd(9)} ${found}  saved and loaded: same scores ${same}`);
  for (const each of [detector, loaded]) each.dispose();
}
await rm(scratch, { recursive: true });

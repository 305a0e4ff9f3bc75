// Compares ways to weigh the modalities on a workspace that `robusta benchmark` or `robusta demo` has finished:
//   node bench/weighting.bench.mjs --workspace ./robusta-demo [--backbone xdviodet] [--json]
// Nothing is trained again. Densities see clean training videos alone.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { hypervd } from '@robusta/backbone-hypervd';
import { rtfm } from '@robusta/backbone-rtfm';
import { xdviodet } from '@robusta/backbone-xdviodet';
import { evaluate, modalityOfCorruption, readDatasetFile } from '@robusta/benchmark';
import { Detector } from '@robusta/detector';
import { alignModalities, readFeatures } from '@robusta/features';
import { fitDynamicWeighting, fuse } from '@robusta/gmm-fusion';
import { rocAuc } from '@robusta/metrics';
import { record } from '@robusta/test-kit/bench';

const { workspace, backbone, json } = parseArgs({
  options: {
    workspace: { type: 'string' },
    backbone: { type: 'string', default: 'xdviodet' },
    json: { type: 'boolean' },
  },
}).values;
if (!workspace) {
  console.error('usage: node bench/weighting.bench.mjs --workspace DIR [--backbone NAME] [--json]');
  process.exit(2);
}

/** Margin 2, as the benchmark has it, but for the first two. */
const ROWS = [
  ['equal weights', { density: 'none' }],
  ['intact modality alone', 'known'],
  ['mixture, snippet, margin 1', { margin: 1 }],
  ['mixture, snippet', {}],
  ['mixture, window of 5', { smoothing: { window: 5 } }],
  ['mixture, video', { level: 'video' }],
  ['Mahalanobis, snippet', { density: 'mahalanobis' }],
  ['Mahalanobis, video', { density: 'mahalanobis', level: 'video' }],
  ['5-NN, snippet', { density: 'knn' }],
  ['5-NN, video', { density: 'knn', level: 'video' }],
  ['energy, snippet', { density: 'energy' }],
  ['energy, video', { density: 'energy', level: 'video' }],
];
const COLUMNS = ['clean', 'visual 50 %', 'visual 100 %', 'audio 50 %', 'audio 100 %', 'all'];
const MODALITIES = ['visual', 'audio'];

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const videos = await readDatasetFile(join(workspace, 'dataset.jsonl'));
const conditions = (
  await Promise.all(MODALITIES.map((m) => readdir(join(workspace, 'features', `lite-${m}`))))
)
  .flat()
  .filter((name) => name !== 'clean' && !name.startsWith('.'));
const corruptions = conditions.map((name) => name.replace(/-s\d-seed\d+$/, ''));
const severity = Number(/-s(\d)-seed/.exec(conditions[0])[1]);
const test = await load('test', conditions);
const train = await load('train', []);
const detectors = await openDetectors();
const scored = [];
for (const detector of detectors) {
  scored.push({ train: await scoreAll(detector, train), test: await scoreAll(detector, test) });
  detector.dispose();
}

const table = [];
for (const [name, options] of ROWS) {
  const runs = [];
  let weighting;
  for (const scores of scored) {
    // Only the energy depends on the detector.
    if (!weighting || options.density === 'energy') weighting = await fit(options, scores.train);
    runs.push(measure(weighting, scores));
  }
  const value = (key) => mean(runs.map((run) => run[key]));
  const row = { name, ap: COLUMNS.map((column) => 100 * value(column)), auc: [] };
  if (runs[0].detection) row.auc = runs[0].detection.map((_, i) => mean(runs.map((run) => run.detection[i])));
  table.push(row);
}
const facts = { ...(await withinVideos()), ...(await anomalies()) };
print();

/** Weights of clean training videos, each by a fit to three quarters of the others: how much of their variance is within videos. */
async function withinVideos() {
  const folds = 4;
  const squares = { all: [], within: [] };
  for (let fold = 0; fold < folds; fold++) {
    const inside = train.filter((_, i) => i % folds !== fold).map(({ features }) => features.clean);
    const weighting = await fitDynamicWeighting(
      { visual: inside.map(({ visual }) => visual), audio: inside.map(({ audio }) => audio) },
      { margin: 2 },
    );
    for (let i = fold; i < train.length; i += folds) {
      const weights = Array.from(weighting.weights(train[i].features.clean).visual);
      const centre = mean(weights);
      squares.all.push(mean(weights.map((weight) => (weight - 0.5) ** 2)));
      squares.within.push(mean(weights.map((weight) => (weight - centre) ** 2)));
    }
  }
  return {
    'left-out clean videos, deviation of snippet weights from 0.5 (root mean square)': Math.sqrt(
      mean(squares.all),
    ),
    'share of it (squared) within videos': mean(squares.within) / mean(squares.all),
  };
}

/** Whether anomalies look corrupted: AUROC of the likelihood, anomalous against normal snippets of clean test videos. */
async function anomalies() {
  const weighting = await fit({}, scored[0].train);
  const found = {};
  for (const modality of MODALITIES) {
    const labels = [];
    const values = [];
    for (const { video, features } of test) {
      for (const [t, nll] of weighting.explain(features.clean)[modality].nll.entries()) {
        const middle = 16 * t + 8;
        labels.push(video.intervals.some(([start, end]) => middle >= start && middle < end) ? 1 : 0);
        values.push(nll);
      }
    }
    found[`anomalous ${modality} snippets against normal ones, clean, AUROC`] = rocAuc(
      Uint8Array.from(labels),
      Float64Array.from(values),
    );
  }
  return found;
}

async function load(split, names) {
  const read = async (id, modality, condition) =>
    (await readFeatures(join(workspace, 'features', `lite-${modality}`, condition, `${id}.npy`))).sequence;
  const loaded = [];
  for (const video of videos) {
    if (video.split !== split || video.modalities.length < 2) continue;
    const clean = {
      visual: await read(video.id, 'visual', 'clean'),
      audio: await read(video.id, 'audio', 'clean'),
    };
    const features = { clean: alignModalities(clean.visual, clean.audio, { policy: 'trim' }) };
    for (const name of names) {
      const corruption = name.replace(/-s\d-seed\d+$/, '');
      const modality = modalityOfCorruption(corruption);
      const pair = { ...clean, [modality]: await read(video.id, modality, name) };
      features[corruption] = alignModalities(pair.visual, pair.audio, { policy: 'trim' });
    }
    loaded.push({ video, features });
  }
  return loaded;
}

async function openDetectors() {
  const folder = join(workspace, 'models');
  const adapter = { hypervd, rtfm, xdviodet }[backbone];
  const latest = new Map();
  for (const name of (await readdir(folder)).sort()) {
    const seed = new RegExp(`-${backbone}-shared-s(\\d+)-`).exec(name)?.[1];
    if (seed) latest.set(Number(seed), name);
  }
  return Promise.all(
    [...latest.values()].map((name) =>
      Detector.load(join(folder, name), { backbone: adapter, engine: 'onnx' }),
    ),
  );
}

async function scoreAll(detector, set) {
  const all = [];
  for (const { features } of set) {
    const scores = {};
    for (const [condition, { visual, audio }] of Object.entries(features)) {
      scores[condition] = await detector.score({ visual, audio });
    }
    all.push(scores);
  }
  return all;
}

async function fit(options, trainScores) {
  if (options === 'known') return options;
  const clean = (modality) => train.map(({ features }) => features.clean[modality]);
  const scores = (modality) => trainScores.map(({ clean }) => clean[modality]);
  return fitDynamicWeighting(
    {
      ...{ visual: clean('visual'), audio: clean('audio') },
      scores: { visual: scores('visual'), audio: scores('audio') },
    },
    { margin: 2, ...options },
  );
}

function measure(weighting, scores) {
  const judged = test.map(({ features }, i) =>
    Object.fromEntries(
      Object.entries(features).map(([condition, { visual, audio }]) => {
        const single = scores.test[i][condition];
        if (weighting === 'known') {
          const damaged = condition === 'clean' ? undefined : modalityOfCorruption(condition);
          const share = { visual: 0.5, audio: 0.5 };
          if (damaged) Object.assign(share, { visual: 1, audio: 1, [damaged]: 0 });
          return [condition, { fused: fuse(single, share) }];
        }
        const { weights, ...explained } = weighting.explain({ visual, audio, scores: single });
        return [condition, { fused: fuse(single, weights), explained }];
      }),
    ),
  );
  const scoredVideos = test.map(({ video }, i) => ({
    ...{ id: video.id, label: video.label, frames: video.frames, intervals: video.intervals },
    snippets: judged[i].clean.fused.length,
    clean: { dynamic: judged[i].clean.fused },
    corrupted: Object.fromEntries(corruptions.map((name) => [name, { dynamic: judged[i][name].fused }])),
  }));
  // The corrupted half is the same for every method; three choices of it, so that none decides.
  const records = [0, 1, 2].flatMap((seed) =>
    evaluate(scoredVideos, { corruptions, severity, levels: [0, 50, 100], methods: ['dynamic'], seed }),
  );
  const ap = (level, modality) =>
    mean(records.filter((r) => r.level === level && (!modality || r.modality === modality)).map((r) => r.ap));
  const result = { clean: ap(0) };
  for (const modality of MODALITIES) {
    for (const level of [50, 100]) result[`${modality} ${level} %`] = ap(level, modality);
  }
  result.all = mean(COLUMNS.slice(1, -1).map((column) => result[column]));
  const hasDensity = weighting !== 'known' && weighting.parameters.visual?.density.kind !== 'none';
  return { ...result, ...(hasDensity ? { detection: MODALITIES.map((m) => detection(judged, m)) } : {}) };
}

/** Area under the ROC curve of what the density gives, clean against corrupted, mean over corruptions. */
function detection(judged, modality) {
  const values = (condition) => judged.flatMap((one) => [...one[condition].explained[modality].nll]);
  const clean = values('clean');
  return mean(
    corruptions
      .filter((name) => modalityOfCorruption(name) === modality)
      .map((name) => {
        const corrupted = values(name);
        const labels = Uint8Array.from([...clean.map(() => 0), ...corrupted.map(() => 1)]);
        return rocAuc(labels, Float64Array.from([...clean, ...corrupted]));
      }),
  );
}

function print() {
  if (json) {
    for (const { name, ap, auc } of table) {
      const log = (what, value, unit) =>
        record({ package: '@robusta/benchmark', name: `weighting: ${name}, ${what}`, value, unit });
      for (const [i, value] of ap.entries()) log(`AP ${COLUMNS[i]}`, value, '%');
      for (const [i, value] of auc.entries()) log(`${MODALITIES[i]} corruption`, value, 'AUROC');
    }
    for (const [name, value] of Object.entries(facts)) {
      record({ package: '@robusta/benchmark', name: `weighting: ${name}`, value, unit: '' });
    }
    return;
  }
  console.log(
    `${videos[0].path.split('/').at(-1).split('.')[0]} videos, ${test.length} test, ${corruptions.length} corruptions of severity ${severity}, ${backbone}, mean over ${detectors.length} trainings`,
  );
  console.log(`| weighting | AP ${COLUMNS.join(' | ')} | AUROC visual | AUROC audio |`);
  console.log(`| --- |${' ---: |'.repeat(COLUMNS.length + 2)}`);
  for (const { name, ap, auc } of table) {
    const cells = [
      ...ap.map((value) => value.toFixed(1)),
      ...(auc.length ? auc : [Number.NaN, Number.NaN]).map((v) => (Number.isNaN(v) ? '' : v.toFixed(3))),
    ];
    console.log(`| ${name} | ${cells.join(' | ')} |`);
  }
  for (const [name, value] of Object.entries(facts)) console.log(`${name}: ${value.toFixed(3)}`);
}

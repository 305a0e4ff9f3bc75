import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Fusion } from '../../data.js';
import { Detector, type DetectorInput, type DetectorScores } from '../../detector.js';
import { scoresOf } from '../../scoring.js';
import { trainDetector } from '../../train.js';
import { equalBytes, requireClose, requireThat } from '../require.js';
import { evaluate } from '../run-pass.js';
import type { Check, Subject } from '../subject.js';
import { toyAnomaly, toySequence, toyVideos } from '../toy.js';

const videoCount = 16;
/** The shortest, lengths that no training sequence had, and many more than these. */
const lengths = [1, 2, 11, 50];

interface Trained {
  detector: Detector;
  losses: number[];
}

async function train(subject: Subject, fusion: Fusion): Promise<Trained> {
  const { backbone, backboneOptions, inputDim, audioDim, learningRate, epochs, seed } = subject;
  const losses: number[] = [];
  const detector = await trainDetector({
    backbone,
    backboneOptions,
    data: toyVideos(videoCount, { crops: 2, visualDim: inputDim - audioDim, audioDim }),
    fusion,
    maxLength: 10,
    batchSize: 8,
    schedule: 'constant',
    learningRate,
    epochs,
    seed,
    onEpoch: ({ loss }) => losses.push(loss),
  });
  return { detector, losses };
}

function recording({ inputDim, audioDim, seed }: Subject, length: number): Required<DetectorInput> {
  const hot = [2, 4] as const;
  return {
    visual: toySequence('visual', { length, crops: 2, dim: inputDim - audioDim, seed: seed + 900, hot }),
    audio: toySequence('audio', { length, dim: audioDim, seed: seed + 901, hot }),
  };
}

/** Each score as a plain pass gives it: eagerly, at exactly this length. */
async function plainScores({ parts }: Detector, { visual, audio }: Required<DetectorInput>) {
  const inputs = [visual!, audio!].map(({ length, crops, dim, data }) => {
    return { shape: [length, crops, dim], data };
  });
  const kinds = parts.network.fusion === 'concat' ? (['joint'] as const) : (['visual', 'audio'] as const);
  const results = await evaluate(
    'wasm',
    ([v, a]) =>
      kinds.map((kind) => scoresOf(parts, kind, { visual: v!, audio: a! }, tf.ones([visual!.length]))),
    inputs,
  );
  return Object.fromEntries(kinds.map((kind, i) => [kind, results[i]! as Float32Array]));
}

/** Scores of a model file on ONNX Runtime alone. One that has a length takes the number of snippets besides. */
async function scoresOfFile(session: InferenceSession, input: Required<DetectorInput>, snippets: number) {
  const feeds: Record<string, Tensor> = {};
  const fixed = session.inputNames.some((name) => name.endsWith('length'));
  for (const modality of ['visual', 'audio'] as const) {
    const { length, crops, dim, data } = input[modality]!;
    const values = new Float32Array((fixed ? snippets : length) * crops * dim);
    values.set(data.subarray(0, values.length));
    feeds[modality] = new Tensor('float32', values, [fixed ? snippets : length, crops, dim]);
  }
  const count = Math.min(input.visual!.length, snippets);
  for (const name of session.inputNames) feeds[name] ??= new Tensor('int32', Int32Array.of(count), [1]);
  const outputs = await session.run(feeds);
  return { outputs, fixed };
}

function compare(
  actual: DetectorScores | Record<string, Float32Array>,
  expected: DetectorScores | Record<string, Float32Array>,
  what: string,
  remedy: string,
): void {
  for (const [kind, scores] of Object.entries(expected)) {
    const own = (actual as Record<string, Float32Array>)[kind]!;
    requireClose(own, scores, 1e-5, `${what}, ${scores.length} snippets, ${kind} scores`, remedy);
  }
}

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'robusta-conformance-'));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

async function checkLearning({ detector, losses }: Trained, subject: Subject): Promise<void> {
  const { inputDim, audioDim, learningRate, epochs } = subject;
  const few = Math.max(1, Math.floor(losses.length / 5));
  const [before, after] = [mean(losses.slice(0, few)), mean(losses.slice(-few))];
  const hint = `another learningRate than ${learningRate}, or more epochs than ${epochs}`;
  requireThat(
    after < before,
    `the loss goes from ${before} to ${after}; look for a gradient of the wrong sign, or give ${hint}`,
  );
  const sizes = { crops: 2, visualDim: inputDim - audioDim, audioDim };
  const [from, to] = toyAnomaly;
  const found: Record<
    string,
    { normal: number[]; anomalous: number[]; inside: number[]; outside: number[] }
  > = {};
  for (const { label, visual, audio } of toyVideos(8, { ...sizes, first: 1000 })) {
    for (const [kind, scores] of Object.entries(await detector.score({ visual, audio }))) {
      found[kind] ??= { normal: [], anomalous: [], inside: [], outside: [] };
      found[kind][label ? 'anomalous' : 'normal'].push(Math.max(...(scores as Float32Array)));
      if (!label) continue;
      // Of the snippets beside the anomaly a window over time sees some.
      found[kind].inside.push(...(scores as Float32Array).slice(from, to));
      found[kind].outside.push(...(scores as Float32Array).slice(0, from - 1));
    }
  }
  for (const [kind, { normal, anomalous, inside, outside }] of Object.entries(found)) {
    const sign = 'look at the sign of the loss (label 1 is anomalous)';
    requireThat(
      mean(anomalous) > mean(normal),
      `the highest ${kind} score of an anomalous video is ${mean(anomalous)} in the mean, of a normal one ${mean(normal)}; ${sign}, or give ${hint}`,
    );
    requireThat(
      mean(inside) > mean(outside),
      `${kind} scores are ${mean(inside)} inside an anomaly in the mean, ${mean(outside)} before it; score each snippet by itself and its neighbours, or give ${hint}`,
    );
  }
}

async function checkRepetition(subject: Subject, fusion: Fusion, { detector }: Trained): Promise<void> {
  const again = await train(subject, fusion);
  again.detector.dispose();
  for (const [name, { data }] of Object.entries(detector.weights)) {
    requireThat(
      equalBytes(again.detector.weights[name]!.data, data),
      `${name} is another after the same training; keep nothing between calls, and draw from the seeds that init and forward are given`,
    );
  }
}

async function checkScores(subject: Subject, { detector }: Trained): Promise<void> {
  const remedy =
    'forward must do the same at every length: no decisions in JavaScript, lengths and masks as tensors';
  for (const length of lengths) {
    const input = recording(subject, length);
    compare(await detector.score(input), await plainScores(detector, input), 'Detector.score', remedy);
  }
}

async function checkFile(subject: Subject, { detector }: Trained): Promise<void> {
  await withFolder(async (folder) => {
    await detector.save(folder);
    const loaded = await Detector.load(folder, { backbone: subject.backbone });
    const input = recording(subject, 11);
    const [scores, expected] = [await loaded.score(input), await detector.score(input)];
    for (const [kind, values] of Object.entries(expected) as [keyof DetectorScores, Float32Array][]) {
      requireThat(
        equalBytes(scores[kind]!, values),
        `a saved model gives other ${kind} scores when it is loaded; keep all that scores depend on among parameters and options`,
      );
    }
    const files = (await readdir(folder)).sort();
    const contents = () => Promise.all(files.map((file) => readFile(join(folder, file))));
    const before = await contents();
    await loaded.save(folder);
    for (const [i, bytes] of (await contents()).entries()) {
      requireThat(
        bytes.equals(before[i]!),
        `${files[i]} is another when a loaded model is saved; build it from the options alone`,
      );
    }
    loaded.dispose();
  });
}

async function checkOnnx(subject: Subject, { detector }: Trained): Promise<void> {
  await withFolder(async (folder) => {
    await detector.save(folder);
    const session = await InferenceSession.create(await readFile(join(folder, 'model.onnx')));
    const snippets = detector.description.training.maxLength;
    for (const length of lengths) {
      const input = recording(subject, length);
      const { outputs, fixed } = await scoresOfFile(session, input, snippets);
      if (fixed && length > snippets) continue;
      const own = Object.entries(outputs).map(([name, { data }]) => {
        return [name.replace('_score', ''), (data as Float32Array).slice(0, length)] as const;
      });
      const expected = await detector.score(input);
      compare(Object.fromEntries(own), expected, 'model.onnx', 'build the graph of tensors alone');
    }
    await session.release();
  });
  detector.dispose();
}

/** The checks that train a detector with one fusion; they share it. */
export function trainingChecks(fusion: Fusion): Check[] {
  let shared: Promise<Trained> | undefined;
  const trained = (subject: Subject) => (shared ??= train(subject, fusion));
  const check = (name: string, use: (subject: Subject, trained: Trained) => void | Promise<void>): Check => {
    return { name: `${fusion}: ${name}`, run: async (subject) => use(subject, await trained(subject)) };
  };
  return [
    check('training lowers the loss and finds anomalies', (subject, result) =>
      checkLearning(result, subject),
    ),
    check('the same training gives the same weights, byte by byte', (subject, result) =>
      checkRepetition(subject, fusion, result),
    ),
    check('one detector scores any number of snippets', checkScores),
    check('a saved model scores the same, bit by bit', checkFile),
    check('ONNX Runtime gives the scores of model.onnx, to 1e-5', checkOnnx),
  ];
}

import { join, resolve } from 'node:path';
import { type FeatureSequence, type Modality, RobustaError } from '@robusta/core';
import type { StoredFeatures, TrainingVideo, ValidationVideo } from '@robusta/detector';
import { snippetCount } from '@robusta/features';
import { FILES_AT_A_TIME, mapConcurrent } from '../dataset/concurrent.js';
import { loadDataset } from '../dataset/load-dataset.js';
import type { Dataset, DatasetProblem, VideoRecord } from '../dataset/model.js';
import type { DatasetPlaces } from '../dataset/places.js';
import type { JobExtractors } from '../jobs/extractor-config.js';
import type { JobRunner } from '../jobs/runner.js';
import type { Condition } from '../protocol/condition.js';
import type { CheckedConfig } from './config.js';
import { SNIPPET_FRAMES } from './evaluate.js';
import { extractFeatures } from './extract-stage.js';
import { extractorSpecs, featureOrigin, readModality, readTogether } from './feature-store.js';
import { sha256 } from './fingerprint.js';
import { requireNoCorruption } from './plan.js';
import type { TestVideo } from './score-stage.js';
import type { StageOptions } from './stage.js';
import type { TrainingSet } from './train-stage.js';

/** Where a dataset lies, as a configuration says it. */
export type DatasetConfig = Pick<CheckedConfig, 'dataset' | 'root' | 'lists' | 'csv' | 'features'>;

/** What belongs to reading data. */
export interface DataOptions extends StageOptions {
  runner: JobRunner;
  extractors: JobExtractors;
  /** Absolute: of features, and of `dataset.jsonl`. */
  workspace: string;
}

/** A video of a run as its data are known. */
interface KnownVideo extends Pick<VideoRecord, 'id' | 'label' | 'intervals'> {
  /** Frames of whole snippets. */
  frames: number;
  /** Of the file, or of what is known of its features. */
  sha256: string;
}

/** Data of a run, ready to train and test with. */
export interface RunData {
  name: string;
  training: TrainingSet;
  train: KnownVideo[];
  test: (KnownVideo & { video: TestVideo })[];
  problems: DatasetProblem[];
}

/**
 * Opens the dataset of a run and takes the features that are missing. Published features are trained on where the
 * configuration asks for them or there are no training videos, and tested on where there are no test videos.
 * @throws what `loadDataset` and extracting throw; BAD_DATASET if no video is left to train or test on; BAD_OPTION where
 *   corruptions are asked for, but there are no test videos
 */
export async function openData(
  config: CheckedConfig,
  conditions: readonly Condition[],
  options: DataOptions,
): Promise<RunData> {
  const { workspace, extractors } = options;
  const dataset = await load(config, options);
  const { features: published } = dataset;
  const asked = config.features !== undefined && config.features !== false;
  const fromFeatures = (published?.train.length ?? 0) > 0 && (asked || !hasSplit(dataset, 'train'));
  const testOnFeatures = (published?.test.length ?? 0) > 0 && !hasSplit(dataset, 'test');
  if (testOnFeatures) requireNoCorruption(config);

  const videos = fromFeatures ? dataset.videos.filter(({ split }) => split === 'test') : dataset.videos;
  const extracted = await extractFeatures(
    { ...dataset, videos },
    workspace,
    conditions,
    options.runner,
    options,
    extractors,
  );
  const of = (split: VideoRecord['split']) => extracted.videos.filter((video) => video.split === split);
  const data: RunData = {
    name: dataset.name,
    ...(fromFeatures ? trainOnFeatures(published!.train) : trainOnVideos(of('train'), options)),
    test: testOnFeatures
      ? published!.test.map((video) => ({ ...knownFeatures(video), video: testOfFeatures(video) }))
      : of('test').map((video) => ({ ...knownVideo(video), video: testOfVideo(video, options) })),
    problems: [...dataset.problems, ...extracted.problems],
  };
  const missing = data.train.length === 0 ? 'training' : data.test.length === 0 ? 'test' : undefined;
  if (!missing) return data;
  throw new RobustaError('BAD_DATASET', `${config.root}: no ${missing} video can be used`, {
    hint: 'see the warnings above for what is wrong with each',
  });
}

/**
 * Opens the test videos of another dataset and takes their clean features.
 * @throws what `loadDataset` and extracting throw; BAD_DATASET if there is none
 */
export async function openTransfer(
  config: DatasetConfig,
  options: DataOptions,
): Promise<{ name: string; videos: TestVideo[]; problems: DatasetProblem[] }> {
  const dataset = await load(config, options);
  const test = dataset.videos.filter(({ split }) => split === 'test');
  const extracted = await extractFeatures(
    { ...dataset, videos: test },
    options.workspace,
    [],
    options.runner,
    options,
    options.extractors,
  );
  const videos =
    test.length > 0
      ? extracted.videos.map((video) => testOfVideo(video, options))
      : (dataset.features?.test ?? []).map(testOfFeatures);
  if (videos.length === 0) {
    throw new RobustaError('BAD_DATASET', `${config.root}: no test video can be used`);
  }
  return { name: dataset.name, videos, problems: [...dataset.problems, ...extracted.problems] };
}

async function load(config: DatasetConfig, { workspace, signal, onProgress }: DataOptions): Promise<Dataset> {
  const { dataset: kind, root, lists, csv, features } = config;
  const given = Object.entries({ lists, csv, features }).filter(([, value]) => value !== undefined);
  return loadDataset({
    ...({ kind, root, ...Object.fromEntries(given) } as DatasetPlaces),
    // A folder has a name of its own.
    ...(kind === 'folder' ? {} : { name: kind }),
    cache: join(resolve(workspace), 'dataset.jsonl'),
    ...(signal ? { signal } : {}),
    onProgress: (progress) => onProgress?.({ stage: 'reading the dataset', ...progress }),
  });
}

const hasSplit = ({ videos }: Dataset, split: VideoRecord['split']) =>
  videos.some((video) => video.split === split);

function trainOnVideos(
  videos: readonly VideoRecord[],
  { workspace, extractors }: DataOptions,
): Pick<RunData, 'train' | 'training'> {
  const expected = extractorSpecs(extractors);
  return {
    train: videos.map(knownVideo),
    training: {
      features: featureOrigin(expected),
      fingerprint: sha256(videos.map(({ id, label, sha256, modalities }) => [id, label, sha256, modalities])),
      read: () =>
        mapConcurrent(videos, FILES_AT_A_TIME, async (video) => ({
          id: video.id,
          label: video.label,
          ...(await readTogether(video.modalities, (modality) =>
            readModality(workspace, video, modality, 'clean', expected[modality]),
          )),
        })),
    },
  };
}

function trainOnFeatures(videos: readonly TrainingVideo[]): Pick<RunData, 'train' | 'training'> {
  const train = videos.map(knownFeatures);
  const shapeOf = (modality: Modality) => {
    const { dim, crops } = videos.find((video) => video[modality])?.[modality] ?? { dim: 0, crops: 0 };
    return { kind: 'published', recipeHash: sha256({ dim, crops }) };
  };
  return {
    train,
    training: {
      features: { visual: shapeOf('visual'), audio: shapeOf('audio') },
      fingerprint: sha256(train.map(({ id, label, sha256 }) => [id, label, sha256])),
      read: async () => [...videos],
    },
  };
}

function knownVideo({ id, label, intervals, frames, sha256 }: VideoRecord): KnownVideo {
  return { id, label, intervals, frames: snippetCount(frames) * SNIPPET_FRAMES, sha256 };
}

/** Published features are known by their shapes: to hash them would mean to read them all. */
function knownFeatures({ visual, audio, ...video }: ValidationVideo): KnownVideo {
  const shape = (features: ValidationVideo['visual']) =>
    features ? [features.length, features.crops, features.dim] : [];
  return {
    id: video.id,
    label: video.label,
    intervals: video.labels ? stretches(video.labels) : [],
    frames: SNIPPET_FRAMES * (visual ?? audio)!.length,
    sha256: sha256([shape(visual), shape(audio)]),
  };
}

/** Where labels are 1, `[start, end)`. */
function stretches(labels: Uint8Array): [start: number, end: number][] {
  const found: [number, number][] = [];
  labels.forEach((label, i) => {
    const last = found.at(-1);
    if (label === 0) return;
    if (last && last[1] === i) last[1] = i + 1;
    else found.push([i, i + 1]);
  });
  return found;
}

function testOfVideo(record: VideoRecord, { workspace, extractors }: DataOptions): TestVideo {
  const expected = extractorSpecs(extractors);
  const { id, label, frames, intervals, modalities } = record;
  return {
    ...{ id, label, frames, intervals, modalities },
    read: (modality, condition) => readModality(workspace, record, modality, condition, expected[modality]),
  };
}

function testOfFeatures(video: ValidationVideo): TestVideo {
  const { id, label, frames, intervals } = knownFeatures(video);
  const modalities = (['visual', 'audio'] as const).filter((modality) => video[modality]);
  return {
    ...{ id, label, frames, intervals, modalities },
    read: (modality) => inMemory(video[modality]!),
  };
}

async function inMemory(features: FeatureSequence | StoredFeatures): Promise<FeatureSequence> {
  return 'read' in features ? features.read() : features;
}

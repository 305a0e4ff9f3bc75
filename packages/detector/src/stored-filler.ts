import type { Modality } from '@robusta/core';
import {
  type Batch,
  type BatchSpec,
  markRows,
  type Placement,
  placementsOf,
  prepareBatch,
  targetOf,
} from './batches.js';
import type { FeatureFile } from './feature-file.js';
import { readBlocks } from './read-blocks.js';
import { RowCache } from './row-cache.js';
import { type RowTarget, RowWriter, rowPlan } from './rows.js';
import type { Sample } from './samples.js';

/** The files of a video; a modality that is in memory, or absent, has none. */
export type StoredVideo = Partial<Record<Modality, readonly FeatureFile[]>>;

/** A sample whose video is a number: plain data, for another thread. */
export interface StoredSample extends Omit<Sample, 'video'> {
  video: number;
  label: number;
}

/** What a batch needs of one file. */
interface Task {
  key: string;
  file: FeatureFile;
  modality: Modality;
  /** By crop of the file. */
  wanted: Map<number, Placement[]>;
}

/** Files that are read at the same time: enough to keep a disk busy. */
const lanes = 4;

/** Fills batches from files, and keeps rows that fit the limit for the next time. */
export class StoredFiller {
  private readonly cache: RowCache;

  constructor(
    private readonly spec: BatchSpec,
    private readonly videos: readonly StoredVideo[],
    cacheBytes: number,
  ) {
    this.cache = new RowCache(cacheBytes);
  }

  /** Fills a batch with all but what is in memory elsewhere. */
  async fill(batch: Batch, samples: readonly StoredSample[]): Promise<void> {
    prepareBatch(this.spec, batch, samples);
    const tasks = this.tasksOf(samples);
    const lane = async () => {
      for (let task = tasks.pop(); task; task = tasks.pop()) await this.place(task, batch);
    };
    const ends = await Promise.allSettled(Array.from({ length: lanes }, lane));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  /** Each file once, however many samples of the batch need it. */
  private tasksOf(samples: readonly StoredSample[]): Task[] {
    const tasks = new Map<string, Task>();
    for (const [bag, sample] of samples.entries()) {
      for (const placement of placementsOf(this.spec, sample, bag)) {
        const { modality, crop } = placement;
        const files = this.videos[sample.video]![modality];
        if (!files) continue;
        const number = files.length > 1 ? crop : 0;
        const key = `${sample.video} ${modality} ${number}`;
        let task = tasks.get(key);
        if (!task) {
          task = { key, file: files[number]!, modality, wanted: new Map() };
          tasks.set(key, task);
        }
        const ownCrop = files.length > 1 ? 0 : crop;
        task.wanted.set(ownCrop, [...(task.wanted.get(ownCrop) ?? []), placement]);
      }
    }
    return [...tasks.values()];
  }

  private async place(task: Task, batch: Batch): Promise<void> {
    const { key, file, wanted } = task;
    const { length, dim, crops } = file;
    const rows = rowPlan(length, this.spec.length, this.spec.layout.lengths).first.length;
    const sources = new Map<number, RowTarget>();
    for (const crop of wanted.keys()) {
      const cached = this.cache.get(`${key} ${crop}`);
      if (cached) sources.set(crop, { data: cached, offset: 0, width: dim });
    }
    if (sources.size < wanted.size) {
      // The other crops come by anyway.
      const missing = Array.from({ length: crops }, (_, crop) => crop).filter(
        (crop) => !this.cache.get(`${key} ${crop}`),
      );
      await this.read(task, rows, missing, sources, batch);
    }
    for (const [crop, placements] of wanted) {
      for (const placement of placements) {
        const source = sources.get(crop)!;
        const target = targetOf(this.spec, batch, placement);
        if (source.data !== target.data || source.offset !== target.offset) {
          copyRows(source, target, rows, dim);
        }
        markRows(this.spec, batch, placement, rows);
      }
    }
  }

  /** Reads crops of a file into the cache where there is room, else the wanted ones to where they are wanted. */
  private async read(
    { key, file, modality, wanted }: Task,
    rows: number,
    crops: readonly number[],
    sources: Map<number, RowTarget>,
    batch: Batch,
  ): Promise<void> {
    const { spec, cache } = this;
    const { length, dim } = file;
    const plan = rowPlan(length, spec.length, spec.layout.lengths);
    const reserved = new Map<number, Float32Array>();
    const writers: RowWriter[] = [];
    // Wanted ones first, should there not be room for all.
    const wantedFirst = [...crops].sort((a, b) => Number(wanted.has(b)) - Number(wanted.has(a)));
    for (const crop of wantedFirst) {
      const room = cache.reserve(rows * dim);
      const first = wanted.get(crop)?.[0];
      if (room) reserved.set(crop, room);
      else if (!first) continue;
      const target = room ? { data: room, offset: 0, width: dim } : targetOf(spec, batch, first!);
      if (first) sources.set(crop, target);
      writers.push(new RowWriter(plan, crop, dim, spec.scalings[modality], target));
    }
    try {
      for await (const block of readBlocks([file])) for (const writer of writers) writer.add(block);
    } catch (error) {
      for (const room of reserved.values()) cache.release(room);
      throw error;
    }
    for (const [crop, room] of reserved) cache.keep(`${key} ${crop}`, room);
  }
}

function copyRows(from: RowTarget, to: RowTarget, rows: number, dim: number): void {
  for (let row = 0; row < rows; row++) {
    const start = from.offset + row * from.width;
    to.data.set(from.data.subarray(start, start + dim), to.offset + row * to.width);
  }
}

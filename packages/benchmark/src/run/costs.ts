import { readFile } from 'node:fs/promises';
import { type Costs, CostsSchema } from '@robusta/core';
import { writeJson } from '../write-json.js';

/** What a stage of a run cost, summed over all calls that it took. */
export type StageCost = Costs[number];

/** Takes the time of stages and keeps it beside the result, which must not depend on it. */
export interface Clock {
  /** Adds to the seconds of a stage and writes them, so that they are not lost if a later stage is interrupted. */
  add(cost: StageCost): Promise<void>;
  /** Times a stage. */
  time<T>(stage: string, work: () => Promise<T>, count: (result: T) => number): Promise<T>;
}

/**
 * @param path - of `<run>.costs.json`; what earlier calls wrote is added to, what is damaged is replaced
 * @throws FILE_UNWRITABLE, DISK_FULL from `add` and `time`
 */
export async function createClock(path: string): Promise<Clock> {
  const costs = await readCosts(path);
  // Whether a stage has begun anew, after a call that was interrupted, or goes on, as with another seed.
  const begun = new Set<string>();
  const add = async ({ stage, seconds, items }: StageCost): Promise<void> => {
    const known = costs.find((cost) => cost.stage === stage);
    if (!known) costs.push({ stage, seconds, items });
    else {
      known.seconds += seconds;
      known.items = begun.has(stage) ? known.items + items : Math.max(known.items, items);
    }
    begun.add(stage);
    await writeJson(path, costs);
  };
  return {
    add,
    async time(stage, work, count) {
      const { result, seconds } = await timed(work);
      await add({ stage, seconds, items: count(result) });
      return result;
    },
  };
}

/** Seconds that something takes. */
export async function timed<T>(work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const start = performance.now();
  const result = await work();
  return { result, seconds: (performance.now() - start) / 1000 };
}

async function readCosts(path: string): Promise<StageCost[]> {
  try {
    return CostsSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return [];
  }
}

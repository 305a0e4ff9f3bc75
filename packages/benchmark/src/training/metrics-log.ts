import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileError } from '@robusta/core';
import type { EpochReport } from '@robusta/detector';
import writeFileAtomic from 'write-file-atomic';

/**
 * A file of one JSON object for each epoch. A training that goes on from a checkpoint takes some epochs once more; their
 * lines are replaced. Lines are written at once, so that what a killed training had reported is there.
 */
export class MetricsLog {
  private begun = false;

  constructor(
    private readonly path: string,
    private readonly keepEarlier: boolean,
  ) {}

  /** @throws FILE_UNWRITABLE, DISK_FULL naming the file */
  add(report: EpochReport): void {
    try {
      if (!this.begun) this.begin(report.epoch);
      appendFileSync(this.path, `${JSON.stringify(report)}\n`);
    } catch (error) {
      throw fileError(error, this.path);
    }
  }

  private begin(epoch: number): void {
    mkdirSync(dirname(this.path), { recursive: true });
    const old = this.keepEarlier && existsSync(this.path) ? readFileSync(this.path, 'utf8') : '';
    const kept = old.split('\n').filter((line) => epochOf(line) < epoch);
    writeFileAtomic.sync(this.path, kept.map((line) => `${line}\n`).join(''));
    this.begun = true;
  }
}

/** Of a line that is cut off or foreign: none that is kept. */
function epochOf(line: string): number {
  try {
    const { epoch } = JSON.parse(line) as { epoch?: unknown };
    return typeof epoch === 'number' ? epoch : Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** Where the time of a training goes. */
export class StepClock {
  private mark = 0;
  private ofRun = { ms: 0, steps: 0 };
  private ofEpoch = { ms: 0, waited: 0, steps: 0 };

  /** A step is due. */
  begin(): void {
    this.mark = performance.now();
  }

  /** Its batch is there. */
  batchReady(): void {
    this.ofEpoch.waited += performance.now() - this.mark;
  }

  /** It is taken. */
  end(): void {
    const ms = performance.now() - this.mark;
    for (const sum of [this.ofRun, this.ofEpoch]) {
      sum.ms += ms;
      sum.steps++;
    }
  }

  /** Over the whole run. */
  get stepsPerSecond(): number {
    return (1000 * this.ofRun.steps) / this.ofRun.ms;
  }

  /** Means since the last call; 0 where no step was taken. */
  endEpoch(): { secondsPerStep: number; waiting: number } {
    const { ms, waited, steps } = this.ofEpoch;
    this.ofEpoch = { ms: 0, waited: 0, steps: 0 };
    return { secondsPerStep: steps > 0 ? ms / 1000 / steps : 0, waiting: ms > 0 ? waited / ms : 0 };
  }
}

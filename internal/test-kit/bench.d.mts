export function measure(fn: () => unknown, options?: { seconds?: number; minRuns?: number }): Promise<number>;
export function record(result: {
  package: string;
  name: string;
  value: number;
  unit: string;
  peer?: string;
  ratio?: number;
  target?: number | string;
}): void;

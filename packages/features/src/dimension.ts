/** One documented column of a lite feature row. */
export interface Dimension {
  /** Unique, dotted, for example `flow.speed.p90`. */
  name: string;
  /** What it is, in the symbols of the README. */
  formula: string;
  /** Unit of the value before compression, or `1` for a ratio. */
  unit: string;
}

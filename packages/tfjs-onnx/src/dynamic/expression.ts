/**
 * Numbers of a graph as functions of named dimensions. A function is traced at several sizes; a number that differs
 * between the traces is fitted: exactly, at all of them, or not at all.
 */

/** Sizes of the named dimensions in one trace. */
export type Sizes = Readonly<Record<string, number>>;

/** `coefficient · Π dimension^exponent`; no exponents for the constant term. */
export interface Term {
  readonly coefficient: number;
  readonly exponents: Readonly<Record<string, number>>;
}

/** `floor(Σ terms / divisor) + offset`, an integer. */
export interface IntegerExpression {
  readonly kind: 'integer';
  readonly terms: readonly Term[];
  readonly divisor: number;
  readonly offset: number;
  /** Set where the traces so far do not tell the constant exactly. */
  readonly open?: OpenQuotient;
}

/** `floor((coefficient·monomial + a) / divisor)` with an `a` from low to high. */
export interface OpenQuotient {
  readonly monomial: Readonly<Record<string, number>>;
  readonly coefficient: number;
  readonly divisor: number;
  readonly low: number;
  readonly high: number;
}

/** `(Σ terms)^power`. */
export interface RealExpression {
  readonly kind: 'real';
  readonly terms: readonly Term[];
  readonly power: 1 | -1 | 0.5 | -0.5;
}

export type Expression = IntegerExpression | RealExpression;

/** Largest total degree of a term; in one dimension at most squares. */
const LARGEST_DEGREE = 3;

/** Strides, and sizes of blocks. */
const DIVISORS = [2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 32, 64, 128, 256];

/** Of a float32 constant and what a formula in float64 gives for it. */
const REAL_TOLERANCE = 3e-7;

type Exponents = Readonly<Record<string, number>>;

const power = (exponents: Exponents, sizes: Sizes): number => {
  let product = 1;
  for (const [name, exponent] of Object.entries(exponents)) product *= sizes[name]! ** exponent;
  return product;
};

const sum = (terms: readonly Term[], sizes: Sizes): number =>
  terms.reduce((total, { coefficient, exponents }) => total + coefficient * power(exponents, sizes), 0);

/** The value of an expression at given sizes. */
export function evaluate(expression: Expression, sizes: Sizes): number {
  const total = sum(expression.terms, sizes);
  if (expression.kind === 'real') return total ** expression.power;
  return Math.floor(total / expression.divisor) + expression.offset;
}

/** All products of the dimensions that are considered, the simplest first, without the constant one. */
function monomials(names: readonly string[]): Exponents[] {
  let all: Record<string, number>[] = [{}];
  for (const name of names) {
    all = all.flatMap((exponents) => [exponents, { ...exponents, [name]: 1 }, { ...exponents, [name]: 2 }]);
  }
  const degree = (exponents: Exponents) => Object.values(exponents).reduce((a, b) => a + b, 0);
  return all
    .filter((exponents) => degree(exponents) > 0 && degree(exponents) <= LARGEST_DEGREE)
    .sort((a, b) => degree(a) - degree(b));
}

/** Coefficients of the given monomials that meet the values in the sense of least squares; undefined if singular. */
function solve(columns: readonly number[][], values: readonly number[]): number[] | undefined {
  // Columns of very unequal size are brought to one scale first.
  const scales = columns.map((column) => Math.max(...column.map(Math.abs)));
  const n = columns.length;
  const rows = values.map((value, k) => [...columns.map((column, i) => column[k]! / scales[i]!), value]);
  for (let i = 0; i < n; i++) {
    let pivot = i;
    for (let k = i; k < rows.length; k++) if (Math.abs(rows[k]![i]!) > Math.abs(rows[pivot]![i]!)) pivot = k;
    [rows[i], rows[pivot]] = [rows[pivot]!, rows[i]!];
    const lead = rows[i]![i]!;
    if (Math.abs(lead) < 1e-9) return undefined;
    for (let k = 0; k < rows.length; k++) {
      if (k === i) continue;
      const factor = rows[k]![i]! / lead;
      for (let j = i; j <= n; j++) rows[k]![j]! -= factor * rows[i]![j]!;
    }
  }
  return scales.map((scale, i) => rows[i]![n]! / rows[i]![i]! / scale);
}

/** Sets of terms to try, from one monomial alone to two and a constant. */
function* shapesOf(names: readonly string[]): Generator<Exponents[]> {
  const all = monomials(names);
  for (const monomial of all) yield [monomial];
  for (const monomial of all) yield [monomial, {}];
  for (const [i, first] of all.entries()) for (const second of all.slice(i + 1)) yield [first, second];
  for (const [i, first] of all.entries()) for (const second of all.slice(i + 1)) yield [first, second, {}];
}

const termsOf = (shape: readonly Exponents[], coefficients: readonly number[]): Term[] =>
  shape.map((exponents, i) => ({ coefficient: coefficients[i]!, exponents }));

function fitPolynomial(
  values: readonly number[],
  sizes: readonly Sizes[],
  names: readonly string[],
  accept: (coefficients: number[], shape: readonly Exponents[]) => Term[] | undefined,
): Term[] | undefined {
  for (const shape of shapesOf(names)) {
    if (shape.length >= values.length) continue;
    const columns = shape.map((exponents) => sizes.map((at) => power(exponents, at)));
    const coefficients = solve(columns, values);
    const terms = coefficients && accept(coefficients, shape);
    if (terms) return terms;
  }
  return undefined;
}

/** `floor((c·m + a) / q)` for one monomial m: output lengths of strides, numbers of blocks, every sixteenth. */
function fitFloor(
  values: readonly number[],
  sizes: readonly Sizes[],
  names: readonly string[],
): IntegerExpression | undefined {
  // Two different values are no evidence: min(T, 16) has two as well.
  if (new Set(values).size < 3) return undefined;
  for (const monomial of monomials(names)) {
    const at = sizes.map((size) => power(monomial, size));
    const [first, last] = [at.indexOf(Math.min(...at)), at.indexOf(Math.max(...at))];
    const slope = (values[last]! - values[first]!) / (at[last]! - at[first]!);
    for (const divisor of DIVISORS) {
      const coefficient = Math.round(slope * divisor);
      if (coefficient <= 0 || coefficient % divisor === 0) continue;
      let [low, high] = [-Infinity, Infinity];
      for (const [k, value] of values.entries()) {
        low = Math.max(low, divisor * value - coefficient * at[k]!);
        high = Math.min(high, divisor * (value + 1) - coefficient * at[k]! - 1);
      }
      if (low > high) continue;
      const offset = Math.floor(low / divisor);
      const terms = [
        { coefficient, exponents: monomial },
        { coefficient: low - offset * divisor, exponents: {} },
      ];
      const expression = { kind: 'integer', terms, divisor, offset } as const;
      return { ...expression, open: { monomial, coefficient, divisor, low, high } };
    }
  }
  return undefined;
}

/**
 * How well another trace would narrow down a quotient: the number of constants `a` on the smaller side of the cut
 * that it makes.
 */
export function cutBy({ monomial, coefficient, divisor, low, high }: OpenQuotient, sizes: Sizes): number {
  const product = coefficient * power(monomial, sizes);
  // The first a beyond low with which the quotient rises.
  const cut = divisor * (Math.floor((product + low) / divisor) + 1) - product;
  return cut > high ? 0 : Math.min(cut - low, high - cut + 1);
}

/**
 * An integer expression that has the given values at the given sizes.
 * @param names - of the dimensions that may occur
 */
export function fitInteger(
  values: readonly number[],
  sizes: readonly Sizes[],
  names: readonly string[],
): IntegerExpression | undefined {
  const terms = fitPolynomial(values, sizes, names, (coefficients, shape) => {
    const whole = termsOf(shape, coefficients.map(Math.round));
    if (whole.some(({ coefficient }) => coefficient === 0)) return undefined;
    return values.every((value, k) => sum(whole, sizes[k]!) === value) ? whole : undefined;
  });
  if (terms) return { kind: 'integer', terms, divisor: 1, offset: 0 };
  return fitFloor(values, sizes, names);
}

/** A real expression that has the given float32 values, to their rounding, at the given sizes. */
export function fitReal(
  values: readonly number[],
  sizes: readonly Sizes[],
  names: readonly string[],
): RealExpression | undefined {
  if (!values.every((value) => Number.isFinite(value) && value !== 0)) return undefined;
  for (const exponent of [1, -1, 0.5, -0.5] as const) {
    if (Math.abs(exponent) !== 1 && values.some((value) => value < 0)) continue;
    const targets = values.map((value) => value ** (1 / exponent));
    const terms = fitPolynomial(targets, sizes, names, (coefficients, shape) => {
      const neat = termsOf(shape, coefficients.map(nearInteger));
      const agrees = values.every((value, k) => {
        const total = sum(neat, sizes[k]!);
        return Math.abs(total ** exponent - value) <= REAL_TOLERANCE * Math.abs(value);
      });
      return agrees ? neat : undefined;
    });
    if (terms) return { kind: 'real', terms, power: exponent };
  }
  return undefined;
}

function nearInteger(x: number): number {
  const whole = Math.round(x);
  return Math.abs(x - whole) <= 1e-5 * Math.max(1, Math.abs(x)) ? whole : x;
}

/** As a person would write it: `T`, `2*T - 4`, `floor((T + 1)/2)`. */
export function text(expression: IntegerExpression): string {
  const { divisor, offset } = expression;
  const total = sumText(expression.terms);
  const quotient = divisor === 1 ? total : `floor((${total})/${divisor})`;
  return offset === 0 ? quotient : `${quotient} ${offset < 0 ? '-' : '+'} ${Math.abs(offset)}`;
}

function sumText(terms: readonly Term[]): string {
  return terms
    .filter(({ coefficient }) => coefficient !== 0)
    .map(({ coefficient, exponents }, i) => {
      const factors = Object.entries(exponents).map(([name, exponent]) =>
        exponent === 1 ? name : `${name}^${exponent}`,
      );
      const size = Math.abs(coefficient);
      const product = (size === 1 && factors.length > 0 ? factors : [size, ...factors]).join('*');
      if (i === 0) return coefficient < 0 ? `-${product}` : product;
      return `${coefficient < 0 ? '-' : '+'} ${product}`;
    })
    .join(' ');
}

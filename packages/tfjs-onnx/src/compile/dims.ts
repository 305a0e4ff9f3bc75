import { RobustaError } from '@robusta/core';
import { sizeOf } from '../graph/value.js';

/** Extents of named dimensions. */
export type Dims = Readonly<Record<string, number>>;

/** Extents; a string is the name of a dimension. */
export type NamedShape = readonly (number | string)[];

/** What {@link inferDims} needs to know of an input. */
interface Port {
  readonly shape: NamedShape;
  readonly name?: string;
}

const isNumeric = (shape: NamedShape): shape is readonly number[] =>
  shape.every((extent) => typeof extent === 'number');

/** The names in shapes, in the order in which they come. */
export const namesIn = (shapes: readonly NamedShape[]): string[] => [
  ...new Set(shapes.flat().filter((extent) => typeof extent === 'string')),
];

/** A shape whose named dimensions, if any, are given by `dims`. */
export function extentsOf(shape: NamedShape, dims: Dims | undefined): readonly number[] {
  if (isNumeric(shape)) return shape;
  return shape.map((extent) => {
    const value = typeof extent === 'number' ? extent : dims?.[extent];
    if (value === undefined) throw new RobustaError('INTERNAL', `dimension ${extent} has no extent`);
    return value;
  });
}

/** What to call an input in messages. */
export const labelOf = (port: Port, i: number): string => `input ${i}${port.name ? ` (${port.name})` : ''}`;

/**
 * The extents of all named dimensions, from the lengths of the inputs and what is given.
 * @throws BAD_INPUT where they do not follow, or where lengths contradict each other or the shapes
 */
export function inferDims(ports: readonly Port[], lengths: readonly number[], given: Dims = {}): Dims {
  const dims: Record<string, number> = {};
  const names = namesIn(ports.map(({ shape }) => shape));
  for (const [name, extent] of Object.entries(given)) {
    if (!names.includes(name))
      throw bad(`there is no dimension ${name}, only ${names.join(', ') || 'fixed ones'}`);
    if (!Number.isSafeInteger(extent) || extent < 0) throw bad(`dimension ${name} cannot be ${extent}`);
    dims[name] = extent;
  }
  let changed = true;
  while (changed) {
    changed = false;
    for (const [i, port] of ports.entries()) {
      const found = solve(port, i, lengths[i]!, dims);
      if (!found) continue;
      dims[found.name] = found.extent;
      changed = true;
    }
  }
  const open = names.filter((name) => dims[name] === undefined);
  if (open.length > 0) {
    throw bad(
      `the lengths of the inputs do not tell ${open.join(' and ')}`,
      `give ${open.length > 1 ? 'all but one of them' : 'it'} as run(inputs, { dims: { ${open[0]}: … } })`,
    );
  }
  checkLengths(ports, lengths, dims);
  return dims;
}

/** @throws BAD_INPUT where the number of elements is not that of the shape */
export function checkLengths(
  ports: readonly Port[],
  lengths: readonly number[],
  dims: Dims | undefined,
): void {
  for (const [i, port] of ports.entries()) {
    const needed = sizeOf(extentsOf(port.shape, dims));
    if (lengths[i] === needed) continue;
    const named = namesIn([port.shape]);
    const where =
      named.length > 0 ? ` with ${named.map((name) => `${name} = ${dims![name]}`).join(', ')}` : '';
    throw bad(
      `${labelOf(port, i)} has ${lengths[i]} elements, its shape [${port.shape}]${where} needs ${needed}`,
    );
  }
}

/** The one dimension of a shape that is still unknown, where its length tells it. */
function solve(
  port: Port,
  i: number,
  length: number,
  dims: Dims,
): { name: string; extent: number } | undefined {
  let known = 1;
  const unknown: string[] = [];
  for (const extent of port.shape) {
    const value = typeof extent === 'number' ? extent : dims[extent];
    if (value === undefined) unknown.push(extent as string);
    else known *= value;
  }
  const [name] = unknown;
  if (name === undefined || known === 0 || unknown.some((other) => other !== name)) return undefined;
  const extent = Math.round((length / known) ** (1 / unknown.length));
  if (extent ** unknown.length * known !== length) {
    throw bad(`${labelOf(port, i)} has ${length} elements, which no ${name} gives its shape [${port.shape}]`);
  }
  return { name, extent };
}

const bad = (message: string, hint?: string) =>
  new RobustaError('BAD_INPUT', `run: ${message}`, hint === undefined ? {} : { hint });

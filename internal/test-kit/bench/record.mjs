import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { json: { type: 'boolean' } }, strict: false });

/** Prints one result: a JSON line with --json, a readable line otherwise. */
export function record(result) {
  if (values.json) return console.log(JSON.stringify(result));
  const { package: name, name: what, value, unit, peer, ratio, target } = result;
  const parts = [`${name}  ${what}: ${Number(value.toPrecision(4))} ${unit}`];
  if (ratio !== undefined) parts.push(`${Number(ratio.toPrecision(3))}x ${peer ?? ''}`.trim());
  if (target !== undefined) parts.push(`(target ${target})`);
  console.log(parts.join('  '));
}

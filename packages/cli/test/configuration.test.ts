import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigFileSchema, createSyntheticDataset } from '@robusta/benchmark';
import { Command } from 'commander';
import { addBenchmark } from '../src/commands/benchmark.js';
import { addDemo } from '../src/commands/demo.js';
import { layerOf } from '../src/commands/run-flags.js';
import { robusta, shell } from './run.js';

let folder: string;
let root: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robusta-configuration-'));
  root = join(folder, 'data');
  await createSyntheticDataset(root, { videos: { train: 4, test: 4 }, seconds: 4, width: 64, height: 48 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('flags and keys', () => {
  const optionsOf = (add: typeof addBenchmark) => {
    const program = new Command();
    add(program, () => async () => {});
    return program.commands[0]!.options;
  };
  const command = optionsOf(addBenchmark);
  // They say which file is meant, or print what a file may hold.
  const ofNoKey = ['config', 'schema'];
  const flags = [...command, ...optionsOf(addDemo)]
    .map((option) => option.attributeName())
    .filter((name) => !ofNoKey.includes(name));

  /** Keys of a layer, groups with dots. */
  const keysOf = (layer: object) =>
    Object.entries(layer).flatMap(([key, value]) =>
      ['training', 'run', 'show'].includes(key) ? Object.keys(value).map((name) => `${key}.${name}`) : [key],
    );

  test.each([...new Set(flags)])('--%s has a key that the schema knows', (name) => {
    const keys = keysOf(layerOf({ [name]: 'value' }));
    expect(keys).toHaveLength(1);
    const [group, key] = keys[0]!.split('.') as [string, string | undefined];
    const { error } = ConfigFileSchema.safeParse({ [group]: key ? { [key]: 'value' } : 'value' });
    // Its value may be wrong, but it is no unknown key.
    expect(error?.issues.map(({ code }) => code) ?? []).not.toContain('unrecognized_keys');
  });

  test('every key of how a run is carried out and shown has its flag', () => {
    const keys = new Set(flags.flatMap((name) => keysOf(layerOf({ [name]: 'value' }))));
    for (const group of ['run', 'show'] as const) {
      const { shape } = ConfigFileSchema.shape[group].unwrap();
      for (const key of Object.keys(shape)) expect([...keys]).toContain(`${group}.${key}`);
    }
  });
});

describe('usage', () => {
  test('--schema prints a JSON Schema', async () => {
    const { code, out } = await robusta('benchmark', '--schema');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ type: 'object', properties: { corruptions: { type: 'array' } } });
  });

  test.each([
    [['--preset', 'papers'], 'paper'],
    [['--table', 'IX'], 'known are I, II'],
    [['--figure', '9'], 'known are 4'],
    [['--corruptions', 'frog'], 'frog'],
    [['--config', 'none.json'], 'none.json does not exist'],
  ])('%j says what is known', async (args, hint) => {
    const workspace = join(folder, 'never');
    const { code, err } = await robusta(
      ...['benchmark', '--dataset', 'synthetic', '--root', root, '--workspace', workspace],
      ...args,
    );
    expect(code).toBeGreaterThan(0);
    expect(err).toContain(hint);
  });

  test('what must be given is named, with the flag', async () => {
    const { code, err } = await robusta('benchmark', '--preset', 'quick');
    expect(code).toBe(2);
    expect(err).toContain('--dataset, --root, --workspace');
  });
});

test('a run from a file; another configuration in its workspace is refused, or put beside it', async () => {
  const file = join(folder, 'robusta.json');
  await writeFile(
    file,
    JSON.stringify({
      dataset: 'synthetic',
      root: 'data',
      workspace: 'workspace',
      corruptions: ['white'],
      levels: [0, 100],
      seeds: [0],
      training: { epochs: 3 },
      methods: ['average', 'dynamic'],
      show: { json: true },
    }),
  );
  const results = join(folder, 'workspace/results');
  const first = await shell('benchmark', '--config', file, '--epochs', '1');
  expect(first.err).toContain('extracting features');
  expect(first.code).toBe(0);
  const { configuration, html } = JSON.parse(first.out);
  expect(configuration).toMatchObject({ root, training: { epochs: 1 }, corruptions: ['white'] });
  expect(html).toBe(join(results, 'report.html'));
  const report = await readFile(html, 'utf8');

  const refused = await shell('benchmark', '--config', file, '--epochs', '1', '--severity', '5');
  expect(refused.code).toBe(1);
  expect(refused.err).toContain('severity was 3, now 5');
  expect(refused.err).toContain('--new-run');

  const beside = await shell('benchmark', '--config', file, '--epochs', '1', '--levels', '100', '--new-run');
  expect(beside.code).toBe(0);
  const other = JSON.parse(beside.out);
  expect(other.html).toBe(join(results, other.run, 'report.html'));
  expect(await readFile(html, 'utf8')).toBe(report);
  const files = (await readdir(results)).filter((name) => !name.endsWith('.costs.json')).sort();
  expect(files).toEqual(
    [
      `${JSON.parse(first.out).run}.json`,
      other.run,
      `${other.run}.json`,
      'report.html',
      'table1.csv',
      'table1.md',
    ].sort(),
  );

  const shown = await shell(
    'benchmark',
    '--workspace',
    join(folder, 'workspace'),
    '--table',
    'I',
    '--figure',
    '4',
  );
  expect(shown.code).toBe(0);
  expect(shown.out).toMatch(/white/);
  expect(await readFile(join(results, 'figure-4.svg'), 'utf8')).toContain('<svg');

  const moved = await shell('benchmark', '--config', file, '--epochs', '1', '--root', folder, '--new-run');
  expect(moved.code).toBe(1);
  expect(moved.err).toContain('another dataset');
});

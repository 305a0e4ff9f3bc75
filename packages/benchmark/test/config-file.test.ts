import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type BenchmarkConfig,
  BenchmarkConfigSchema,
  ConfigFileSchema,
  claimWorkspace,
  configDifferences,
  configJsonSchema,
  PRESET_NAMES,
  readConfigFile,
  resolveConfig,
} from '../src/index.js';

let folder: string;
const config: BenchmarkConfig = { dataset: 'xd-violence', root: '/data', workspace: '/run' };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robusta-config-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the file', () => {
  const write = async (content: unknown, name = 'robusta.json') => {
    const file = join(folder, name);
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
    return file;
  };

  test('has paths from its own folder, and no defaults', async () => {
    const file = await write({
      $schema: './robusta.schema.json',
      dataset: 'folder',
      root: 'videos',
      csv: '/tables/videos.csv',
      workspace: '../run',
      transfer: [{ dataset: 'ucf-crime', root: 'ucf' }],
    });
    expect(await readConfigFile(file)).toEqual({
      $schema: './robusta.schema.json',
      dataset: 'folder',
      root: join(folder, 'videos'),
      csv: '/tables/videos.csv',
      workspace: join(folder, '../run'),
      transfer: [{ dataset: 'ucf-crime', root: join(folder, 'ucf') }],
    });
  });

  test.each([
    ['{ "dataset": ', 'BAD_FORMAT', 'is not JSON'],
    [{ severty: 3 }, 'BAD_OPTION', 'severty'],
    [{ corruptions: ['frog'] }, 'BAD_OPTION', 'frog'],
    [{ training: { epochs: 0 } }, 'BAD_OPTION', 'training.epochs'],
    [{ preset: 'papers' }, 'BAD_OPTION', 'preset'],
  ])('%j is refused, the file and the key named', async (content, code, said) => {
    const file = await write(content, 'wrong.json');
    await expect(readConfigFile(file)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(new RegExp(`wrong\\.json.*${said}`, 's')),
    });
  });

  test('one that is absent is named', async () => {
    await expect(readConfigFile(join(folder, 'none.json'))).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
      message: expect.stringContaining('none.json'),
    });
  });
});

describe('the JSON Schema', () => {
  test('knows every key of a run, and is the file in the package', async () => {
    const schema = configJsonSchema() as { properties: Record<string, { description?: string }> };
    for (const key of Object.keys(BenchmarkConfigSchema.shape)) expect(schema.properties).toHaveProperty(key);
    for (const { description } of Object.values(schema.properties)) expect(description).toBeTruthy();
    const file = await readFile(new URL('../robusta.schema.json', import.meta.url), 'utf8');
    // Where this fails, a key has changed: `pnpm build && pnpm schema`.
    expect(JSON.parse(file)).toEqual(JSON.parse(JSON.stringify(schema)));
  });

  test('needs no key', () => expect(ConfigFileSchema.safeParse({}).success).toBe(true));
});

describe('layers', () => {
  const paths = { dataset: 'xd-violence', root: '/data', workspace: '/run' } as const;

  test.each(PRESET_NAMES)('preset %s is a configuration', (preset) => {
    const { config } = resolveConfig({ ...paths, preset });
    expect(BenchmarkConfigSchema.safeParse(config).success).toBe(true);
  });

  test('the later layer wins key by key, also within groups; the preset lies below all', () => {
    const { config, run, show } = resolveConfig(
      { ...paths, preset: 'quick', training: { batchSize: 4, epochs: 9 }, run: { workers: 2 } },
      { training: { epochs: 3 }, seeds: [7], run: { keepGoing: true }, show: { json: true } },
    );
    expect(config).toMatchObject({ levels: [0, 50, 100], seeds: [7], training: { batchSize: 4, epochs: 3 } });
    expect(run).toEqual({ workers: 2, keepGoing: true });
    expect(show).toEqual({ json: true });
    expect(resolveConfig({ ...paths, preset: 'paper' }, { preset: 'quick' }).config.levels).toEqual([
      0, 50, 100,
    ]);
    expect(resolveConfig({ ...paths, preset: 'paper' }, { backbone: 'rtfm' }).config).not.toHaveProperty(
      'backbones',
    );
  });

  test('the synthetic dataset lies in the workspace unless it is named', () => {
    expect(resolveConfig({ preset: 'demo', workspace: '/run' }).config.root).toBe('/run/dataset');
    expect(resolveConfig({ preset: 'demo', workspace: '/run', root: '/mine' }).config.root).toBe('/mine');
  });

  test('what nobody says and what is wrong is named', () => {
    expect(() => resolveConfig({ dataset: 'xd-violence', workspace: '/run' })).toThrow('root');
    expect(() => resolveConfig({ ...paths, severity: 6 as 5 })).toThrow(/severity/);
  });
});

describe('differences', () => {
  test('are told with both values; a default equals its absence', () => {
    expect(configDifferences(config, { ...config, severity: 3, workspace: '/elsewhere' })).toEqual([]);
    expect(
      configDifferences(config, { ...config, severity: 5, training: { epochs: 2 }, backbone: 'xdviodet' }),
    ).toEqual([
      { key: 'severity', before: 3, after: 5 },
      { key: 'training.epochs', before: 50, after: 2 },
    ]);
  });

  test('recipes are compared for the backbones that both have', () => {
    expect(configDifferences(config, { ...config, backbones: ['xdviodet', 'rtfm'] })).toEqual([
      { key: 'backbones', before: ['xdviodet'], after: ['xdviodet', 'rtfm'] },
    ]);
  });
});

describe('a workspace', () => {
  const fresh = async (results: string[] = []) => {
    const workspace = await mkdtemp(join(folder, 'workspace-'));
    await mkdir(join(workspace, 'results'));
    for (const name of results) await writeFile(join(workspace, 'results', name), '{}');
    return workspace;
  };
  const owned = async (own: Partial<BenchmarkConfig> = {}) => {
    const workspace = await fresh();
    await (await claimWorkspace({ ...config, ...own, workspace }, 'refuse')).write();
    await writeFile(join(workspace, 'results', 'xd-violence-00000000.json'), '{}');
    return workspace;
  };

  test('belongs to whoever comes first, and to the same configuration again', async () => {
    const workspace = await owned();
    const written = JSON.parse(await readFile(join(workspace, 'robusta.json'), 'utf8'));
    expect(written).toMatchObject({ root: '/data', severity: 3, workspace });
    expect(await claimWorkspace(written, 'refuse')).toMatchObject({ isOwner: true });
    expect(await claimWorkspace({ ...config, workspace }, 'refuse')).toMatchObject({ isOwner: true });
  });

  test('with results of another configuration: refused, each key told with both values', async () => {
    const workspace = await owned();
    const other = { ...config, workspace, severity: 5, seeds: [1], training: { epochs: 2 } } as const;
    await expect(claimWorkspace({ ...other, seeds: [1] }, 'refuse')).rejects.toMatchObject({
      code: 'CONFIG_MISMATCH',
      message: expect.stringMatching(
        /severity was 3, now 5; seeds was \[0,1,2\], now \[1\]; training\.epochs was 50, now 2/,
      ),
      hint: expect.stringContaining('--new-run'),
      details: { workspace, keys: ['severity', 'seeds', 'training.epochs'] },
    });
  });

  test('beside: the file of the owner stays', async () => {
    const workspace = await owned();
    const claim = await claimWorkspace({ ...config, workspace, severity: 5 }, 'beside');
    expect(claim.isOwner).toBe(false);
    await claim.write();
    expect(JSON.parse(await readFile(join(workspace, 'robusta.json'), 'utf8')).severity).toBe(3);
  });

  test('another dataset is refused, beside or not', async () => {
    const workspace = await owned();
    for (const how of ['beside', 'refuse'] as const) {
      await expect(claimWorkspace({ ...config, workspace, root: '/other' }, how)).rejects.toMatchObject({
        code: 'CONFIG_MISMATCH',
        message: expect.stringContaining('root was "/data", now "/other"'),
      });
    }
  });

  test('without results it is given to the next run', async () => {
    const workspace = await fresh();
    await (await claimWorkspace({ ...config, workspace }, 'refuse')).write();
    const claim = await claimWorkspace({ ...config, workspace, severity: 1, root: '/other' }, 'refuse');
    await claim.write();
    expect(claim.isOwner).toBe(true);
    expect(JSON.parse(await readFile(join(workspace, 'robusta.json'), 'utf8')).severity).toBe(1);
  });

  test.each(['not JSON', '{ "format": "of a later version" }'])(
    'a file that is %j is named',
    async (text) => {
      const workspace = await fresh(['a.json']);
      await writeFile(join(workspace, 'robusta.json'), text);
      await expect(claimWorkspace({ ...config, workspace }, 'refuse')).rejects.toMatchObject({
        code: 'CONFIG_MISMATCH',
        message: expect.stringContaining(join(workspace, 'robusta.json')),
      });
      expect((await claimWorkspace({ ...config, workspace }, 'beside')).isOwner).toBe(false);
    },
  );

  test('several backbones are written as they were given', async () => {
    const workspace = await owned({ backbones: ['rtfm', 'hypervd'], corruptions: ['table2'] });
    const written = JSON.parse(await readFile(join(workspace, 'robusta.json'), 'utf8'));
    expect(written).toMatchObject({ backbones: ['rtfm', 'hypervd'], corruptions: ['table2'] });
    expect(
      configDifferences(written, {
        ...config,
        workspace,
        backbones: ['rtfm', 'hypervd'],
        corruptions: ['table2'],
      }),
    ).toEqual([]);
  });
});

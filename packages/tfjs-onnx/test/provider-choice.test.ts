import type { ExecutionProvider } from '../src/compile/options.js';
import { automaticOrder, type Starter, startOn } from '../src/compile/providers.js';

/**
 * What a machine might do with one graph: the choice itself, also for providers that this machine lacks.
 * @param works - operations of the graph that each provider runs; those not named do not run here
 */
function machine(works: Partial<Record<ExecutionProvider, number>>, operations = 5): Starter<string> {
  return {
    probe: async (provider) =>
      provider in works ? { works: true, milliseconds: 1 } : { works: false, reason: `no ${provider} here` },
    start: async (providers, strict) => {
      if (strict && works[providers[0]!]! < operations) {
        throw new Error('fallback to CPU EP has been explicitly disabled by the user');
      }
      return providers.join('+') + (strict ? ' strictly' : '');
    },
    count: async ([first]) => {
      const own = works[first!]!;
      return { ...(own ? { Own: own } : {}), CPUExecutionProvider: operations - own };
    },
  };
}

test('all of a graph on the named provider', async () => {
  for (const asked of [['cuda'], ['cuda', 'cpu']] as const) {
    expect(await startOn(asked, machine({ cuda: 5 }))).toEqual({
      session: 'cuda strictly',
      report: { running: 'cuda', partly: false, failed: [] },
    });
  }
});

test('a part of it elsewhere only where the CPU is named too', async () => {
  expect(await startOn(['cuda', 'cpu'], machine({ cuda: 3 }))).toEqual({
    session: 'cuda+cpu',
    report: { running: 'cuda', partly: true, failed: [] },
  });
  await expect(startOn(['cuda'], machine({ cuda: 3 }))).rejects.toMatchObject({
    code: 'ENGINE_UNAVAILABLE',
    message: "execution provider 'cuda' cannot run the graph: it lacks some operation of this graph",
    hint: expect.stringContaining("['cuda', 'cpu']"),
  });
});

test('nothing of it is not running there', async () => {
  await expect(startOn(['webgpu', 'cpu'], machine({ webgpu: 0 }))).rejects.toMatchObject({
    code: 'ENGINE_UNAVAILABLE',
    message: expect.stringContaining('it has none of the operations of this graph'),
  });
});

test('each that is named must be there', async () => {
  await expect(startOn(['cuda', 'webgpu', 'cpu'], machine({ cuda: 5 }))).rejects.toMatchObject({
    code: 'ENGINE_UNAVAILABLE',
    message: expect.stringContaining('no webgpu here'),
  });
});

test("'auto' goes through the order until one runs at least a part", async () => {
  const [first, ...rest] = automaticOrder();
  expect(await startOn('auto', machine({ [first!]: 2, cpu: 5 }))).toEqual({
    session: `${first}+cpu`,
    report: { running: first, partly: true, failed: [] },
  });
  expect(await startOn('auto', machine({ [first!]: 0, webgpu: 5, cpu: 5 }))).toEqual({
    session: 'webgpu strictly',
    report: {
      running: 'webgpu',
      partly: false,
      failed: [
        { provider: first, reason: 'it has none of the operations of this graph' },
        ...rest
          .slice(0, rest.indexOf('webgpu'))
          .map((provider) => ({ provider, reason: `no ${provider} here` })),
      ],
    },
  });
  const { session, report } = await startOn('auto', machine({ cpu: 5 }));
  expect(session).toBe('cpu');
  expect(report.running).toBe('cpu');
  expect(report.failed.map(({ provider }) => provider)).toEqual(automaticOrder().slice(0, -1));
});

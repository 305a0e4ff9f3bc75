import { RobustaError } from '@robusta/core';
import type { ExecutionProvider } from './options.js';
import type { Probe } from './probe.js';

/** Which execution provider of ONNX Runtime runs a graph, and why not another. */
export interface ProviderReport {
  readonly running: ExecutionProvider;
  /** True where some operations of the graph run elsewhere (the CPU) because `running` lacks them. */
  readonly partly: boolean;
  /** Those that were tried before, in order, and why each does not run. */
  readonly failed: readonly { readonly provider: ExecutionProvider; readonly reason: string }[];
}

/** What `'auto'` tries, in order, on a platform. */
export function automaticOrder(platform: string = process.platform): ExecutionProvider[] {
  const own: Record<string, ExecutionProvider[]> = {
    darwin: ['coreml'],
    win32: ['cuda', 'dml'],
    linux: ['cuda'],
  };
  return [...(own[platform] ?? []), 'webgpu', 'cpu'];
}

const hints: Record<ExecutionProvider, string> = {
  cpu: "choose engine 'wasm' or 'cpu'",
  cuda: "CUDA 12, cuDNN 9 and the libraries of onnxruntime-node's install script are needed (ONNXRUNTIME_NODE_INSTALL=cuda12), on Linux x64",
  webgpu: 'a GPU with a Vulkan, Metal or Direct3D 12 driver is needed',
  coreml: 'Core ML is a part of macOS',
  dml: 'DirectML is a part of Windows',
};

/** What is to be done with a provider or a list of them. */
export interface Starter<Session> {
  /** Whether it runs on this machine. */
  probe(provider: ExecutionProvider): Promise<Probe>;
  /** @param strict - fail where an operation would fall to the CPU */
  start(providers: ExecutionProvider[], strict: boolean): Promise<Session>;
  /** How many operations each provider would run, by ONNX Runtime's names of them. */
  count(providers: ExecutionProvider[]): Promise<Readonly<Record<string, number>>>;
}

interface Started<Session> {
  session: Session;
  report: ProviderReport;
}

/** Starts a session on the providers that were asked for, or on the first that works. */
export async function startOn<Session>(
  asked: 'auto' | readonly ExecutionProvider[],
  starter: Starter<Session>,
): Promise<Started<Session>> {
  if (asked !== 'auto') return startNamed(asked, starter);
  const failed: ProviderReport['failed'][number][] = [];
  for (const provider of automaticOrder()) {
    if (provider === 'cpu') break;
    try {
      const { session, report } = await startNamed([provider, 'cpu'], starter);
      return { session, report: { ...report, failed } };
    } catch (error) {
      const { details, message } = error as RobustaError;
      failed.push({ provider, reason: (details?.reason as string | undefined) ?? message });
    }
  }
  const { session, report } = await startNamed(['cpu'], starter);
  return { session, report: { ...report, failed } };
}

async function startNamed<Session>(
  providers: readonly ExecutionProvider[],
  starter: Starter<Session>,
): Promise<Started<Session>> {
  const running = providers[0]!;
  const started = (session: Session, partly: boolean): Started<Session> => ({
    session,
    report: { running, partly, failed: [] },
  });
  if (running === 'cpu') {
    try {
      return started(await starter.start(['cpu'], false), false);
    } catch (cause) {
      const { message } = cause as Error;
      throw new RobustaError('INTERNAL', `ONNX Runtime refuses the traced graph: ${message}`, { cause });
    }
  }
  const devices = providers.filter((name) => name !== 'cpu');
  for (const provider of devices) {
    const { works, reason } = await starter.probe(provider);
    if (!works) throw unavailable(provider, reason!);
  }
  try {
    // ONNX Runtime would quietly give the CPU what the provider lacks, in the extreme everything: forbid it first.
    return started(await starter.start(devices, true), false);
  } catch (cause) {
    if (devices.length === providers.length || !isFallbackError(cause)) throw placement(running, cause);
  }
  try {
    const { CPUExecutionProvider: _, ...elsewhere } = await starter.count([...providers]);
    if (Object.keys(elsewhere).length === 0) throw new Error('it has none of the operations of this graph');
    return started(await starter.start([...providers], false), true);
  } catch (cause) {
    throw placement(running, cause);
  }
}

/** ONNX Runtime's refusal of a graph of which a part would fall to the CPU. */
export const isFallbackError = (error: unknown): boolean =>
  /fallback to CPU EP has been explicitly disabled/.test((error as Error).message);

const unavailable = (provider: ExecutionProvider, reason: string) =>
  new RobustaError('ENGINE_UNAVAILABLE', `execution provider '${provider}' does not run here: ${reason}`, {
    hint: `${hints[provider]}; or use executionProviders 'auto', or leave them out for the CPU`,
    details: { provider, reason },
  });

function placement(provider: ExecutionProvider, cause: unknown): RobustaError {
  const lacks = isFallbackError(cause);
  const reason = lacks ? 'it lacks some operation of this graph' : (cause as Error).message.trim();
  return new RobustaError(
    'ENGINE_UNAVAILABLE',
    `execution provider '${provider}' cannot run the graph: ${reason}`,
    {
      hint: lacks
        ? `['${provider}', 'cpu'] lets the CPU run the operations that ${provider} lacks`
        : "use executionProviders 'auto', or leave them out for the CPU",
      details: { provider, reason },
      cause,
    },
  );
}

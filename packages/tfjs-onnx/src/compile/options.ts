import { z } from 'zod';
import type { TraceOptions } from '../trace/trace.js';

/** Names of the engines; the first is the default. */
export const ENGINES = ['onnx', 'wasm', 'cpu', 'webgl', 'webgpu', 'tfjs-node', 'tfjs-node-gpu'] as const;

export type Engine = (typeof ENGINES)[number];

/** ONNX Runtime's execution providers that engine `onnx` can use. */
export const EXECUTION_PROVIDERS = ['cpu', 'cuda', 'webgpu', 'coreml', 'dml'] as const;

export type ExecutionProvider = (typeof EXECUTION_PROVIDERS)[number];

/** How much ONNX Runtime rewrites a graph before it runs it. */
export type GraphOptimization = 'disabled' | 'basic' | 'extended' | 'all';

/** What an ONNX Runtime session is made with. */
export interface SessionOptions {
  /**
   * In order of preference, default `['cpu']`, whose results do not depend on the machine's devices. One that is
   * named and missing is an error. With `'cpu'` last, operations that the others lack run on the CPU; without it
   * such an operation is an error. `'auto'` takes the first that works: cuda, coreml or dml, webgpu, cpu.
   */
  executionProviders?: 'auto' | readonly ExecutionProvider[];
  /** Threads of one operation, default one for each physical core. */
  threads?: number;
  /**
   * Idle threads wait for the next operation in a busy loop, default true, as ONNX Runtime does. On an idle machine that
   * makes graphs of a few milliseconds up to a third faster; where other processes want the cores, several times
   * slower: set it to false there.
   */
  spinning?: boolean;
  /** Keep freed memory for the next run, default true. Without it runs are slower and memory goes back at once. */
  memoryArena?: boolean;
  /**
   * Lay the intermediate tensors of a run out in one block, planned at the first run of a shape. Default false: no run
   * gets faster by it, and the block comes on top of what the first run took, for a training step half as much again.
   */
  memoryPattern?: boolean;
  /** Default `all`. */
  graphOptimization?: GraphOptimization;
}

/** What is known of named dimensions. */
export type Dimensions = NonNullable<TraceOptions['dimensions']>;

export interface CompileOptions extends SessionOptions {
  /**
   * `onnx` (default): traced, run by onnxruntime-node; session options are for it alone. The others run the
   * function as it is on that backend of tfjs: `wasm`, `cpu`; in a browser `webgl` and `webgpu` (with
   * `@tensorflow/tfjs-backend-webgpu`); `tfjs-node`, `tfjs-node-gpu` where that package is installed.
   */
  engine?: Engine;
  /** Smallest sizes of named dimensions that the function must serve, default 1. */
  dimensions?: Dimensions;
}

const providerList = z
  .array(z.enum(EXECUTION_PROVIDERS))
  .min(1)
  .refine((names) => new Set(names).size === names.length, 'a provider is named twice')
  .refine((names) => !names.slice(0, -1).includes('cpu'), "'cpu' runs everything, so it can only come last");

/** The fields of {@link SessionOptions}, for schemas that include them. */
export const sessionFields = {
  executionProviders: z.union([z.literal('auto'), providerList]).default(['cpu']),
  threads: z.int().min(1).max(1024).optional(),
  spinning: z.boolean().default(true),
  memoryArena: z.boolean().default(true),
  memoryPattern: z.boolean().default(false),
  graphOptimization: z.enum(['disabled', 'basic', 'extended', 'all']).default('all'),
};

/** Session options after checking, defaults filled in. */
export type CheckedSessionOptions = z.output<z.ZodObject<typeof sessionFields>>;

export const CompileOptionsSchema = z.strictObject({
  engine: z.enum(ENGINES).default('onnx'),
  dimensions: z.record(z.string(), z.strictObject({ minimum: z.int().min(1) })).default({}),
  ...sessionFields,
});

import { parseOptions } from '@robusta/core';
import type { TensorValues } from '../compile/compiled-function.js';
import type { Dims } from '../compile/dims.js';
import { eagerEngine } from '../compile/eager-engine.js';
import { createOnnxSession } from '../compile/onnx-session.js';
import { type CompileOptions, CompileOptionsSchema } from '../compile/options.js';
import type { ProviderReport } from '../compile/providers.js';
import { type TensorFunction, type TensorSpec, trace } from '../trace/trace.js';

/** What runs a step function. */
export interface StepEngine {
  engine: string;
  providers?: ProviderReport;
  /** Writes all outputs of the function into the given arrays; ONNX Runtime does so without a copy in between. */
  run(inputs: readonly TensorValues[], outputs: readonly Float32Array[], dims?: Dims): Promise<void>;
  dispose(): void;
}

export async function startEngine(
  fn: TensorFunction,
  specs: readonly TensorSpec[],
  options: CompileOptions,
): Promise<StepEngine> {
  const { engine, dimensions, ...sessionOptions } = parseOptions(
    CompileOptionsSchema,
    options,
    'compileStep',
  );
  if (engine === 'onnx') {
    const session = await createOnnxSession(trace(fn, specs, { dimensions }), sessionOptions, true);
    return {
      engine,
      providers: session.providers,
      async run(inputs, outputs, dims) {
        await session.run(inputs, outputs, dims);
      },
      dispose() {
        void session.release();
      },
    };
  }
  const eager = await eagerEngine(fn, specs, engine, dimensions);
  return {
    engine,
    async run(inputs, outputs, dims) {
      const results = await eager.run(inputs, dims);
      for (const [i, output] of outputs.entries()) output.set(results[i]!);
    },
    dispose: () => eager.dispose(),
  };
}

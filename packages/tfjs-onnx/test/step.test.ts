import { expectClose } from '@robusta/test-kit';
import { compileStep } from '../src/index.js';
import { leastSquares, line } from './step-problems.js';

test('finds the weights of a linear problem', async () => {
  using step = await compileStep({ ...leastSquares(), optimizer: { name: 'sgd', momentum: 0.5 } });
  for (let i = 0; i < 100; i++) await step.run(line, { learningRate: 0.1 });
  expectClose(step.parameters().w!.data, [2, -1], { absolute: 1e-4 });
});

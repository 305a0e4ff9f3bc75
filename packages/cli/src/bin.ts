#!/usr/bin/env node
import { EXIT } from './exit.js';
import { main } from './main.js';

const controller = new AbortController();
// The first Ctrl-C stops at the next safe point; the second one at once.
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort(new Error(name));
  });
}

const code = await main(process.argv.slice(2), { signal: controller.signal });
// An empty write comes back once all that was printed before it has left, also into a pipe.
process.stdout.write('', () => process.exit(code));

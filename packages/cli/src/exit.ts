import { RobustaError } from '@robusta/core';
import type { Terminal } from './terminal.js';

/** Exit codes of every command. */
export const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** Says what went wrong and what to do, and gives the exit code for it. */
export function reportError(error: unknown, terminal: Terminal): number {
  if (!RobustaError.isInstance(error)) {
    terminal.err(`robusta: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return EXIT.failed;
  }
  if (error.code === 'ABORTED') {
    terminal.err('robusta: interrupted; run the same command again to go on\n');
    return EXIT.interrupted;
  }
  terminal.err(`robusta: ${error.message} [${error.code}]\n`);
  if (error.hint) terminal.err(`  hint: ${error.hint}\n`);
  return error.code === 'BAD_OPTION' ? EXIT.usage : EXIT.failed;
}

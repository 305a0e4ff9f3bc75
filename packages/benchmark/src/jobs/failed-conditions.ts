import { RobustaError } from '@robusta/core';
import { type Condition, conditionName } from '../protocol/condition.js';

/**
 * One error for what went wrong under several conditions. It names the conditions, unless all of them failed for one
 * reason: then it is the file that is bad.
 * @returns undefined if nothing failed
 */
export function failureOf(
  conditions: readonly Condition[],
  outcomes: readonly PromiseSettledResult<unknown>[],
): unknown {
  const failed = outcomes.flatMap((outcome, i) =>
    outcome.status === 'rejected' ? [{ name: conditionName(conditions[i]!), reason: outcome.reason }] : [],
  );
  const first = failed[0];
  if (!first) return undefined;
  const reasons = failed.map(({ reason }) => reason);
  const stopped = reasons.find((reason) => RobustaError.isInstance(reason) && reason.code === 'ABORTED');
  if (stopped !== undefined) return stopped;
  const isOfFile =
    (conditions.length > 1 || conditions[0] === 'clean') &&
    failed.length === conditions.length &&
    reasons.every((reason) => messageOf(reason) === messageOf(first.reason));
  if (isOfFile) return first.reason;
  const same = failed.filter(({ reason }) => messageOf(reason) === messageOf(first.reason));
  const others = failed.filter((failure) => !same.includes(failure));
  const names = same.map(({ name }) => name).join(', ');
  const rest = others.length > 0 ? `; ${others.map(({ name }) => name).join(', ')} failed, too` : '';
  const message = `${names}: ${messageOf(first.reason)}${rest}`;
  const { reason } = first;
  const known = RobustaError.isInstance(reason) ? reason : undefined;
  return new RobustaError(known?.code ?? 'INTERNAL', message, {
    ...(known?.hint ? { hint: known.hint } : {}),
    details: { ...known?.details, conditions: failed.map(({ name }) => name) },
    cause: reason,
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

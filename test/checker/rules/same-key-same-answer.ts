/** One request, one answer, from whatever node and however often it is asked for, as long as its key lives. */
import type { RefusalReason } from '../../../src/ledger/result.js';
import type { Findings } from '../findings.js';
import type { AnsweredCommand } from '../mesh-history.js';
import type { Requests } from '../requests.js';
import { contradiction } from '../seen.js';

/** A client's key is kept for a day of ledger time. */
const KEPT_MS = 86_400_000;

/** Refusals of a command as such are kept under no key: it may be tried again. `INVALID` may be one of them. */
const NOT_KEPT: readonly (RefusalReason | undefined)[] = [
  'KEY_REUSED',
  'TOO_MANY_KEYS',
  'TOO_LATE',
  'VERSION_NOT_RAISED',
  'INVALID',
  undefined,
];

export function sameKeySameAnswer(requests: Requests, findings: Findings): void {
  for (const { holder, requestKey, answers } of requests.all) {
    const sorted = answers.filter(isKept).sort((a, b) => a.outcome.reply.index - b.outcome.reply.index);
    sorted.slice(1).forEach((attempt, i) => {
      const before = sorted[i]!;
      const fault = faultOf(before, attempt);
      if (fault === null) return;
      const name = `${JSON.stringify(requestKey)} of ${holder}`;
      findings.note(
        'two-answers-for-one-key',
        `${name}: attempts ${before.id} and ${attempt.id} were told different things: ${fault}`,
      );
    });
  }
}

function isKept({ outcome }: AnsweredCommand): boolean {
  const { result } = outcome.reply;
  return result.kind !== undefined && (result.kind !== 'refused' || !NOT_KEPT.includes(result.reason));
}

function faultOf({ outcome: before }: AnsweredCommand, { outcome: after }: AnsweredCommand): string | null {
  const [one, other] = [before.reply, after.reply];
  if (one.index !== other.index) {
    const isNewLife = one.atMs !== null && other.atMs !== null && other.atMs >= one.atMs + KEPT_MS;
    return isNewLife ? null : `entry ${one.index} and entry ${other.index}`;
  }
  if (one.atMs !== null && other.atMs !== null && one.atMs !== other.atMs) {
    return `ledger time ${one.atMs} and ${other.atMs}`;
  }
  return contradiction(one.result, other.result);
}

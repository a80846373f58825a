/**
 * The rules of the ledger once more, written from the rules and not from the code, so that the checker does not
 * believe what it checks. Nothing of `src/` runs here but types, and answers are searched for, not kept in clever
 * structures. Which operation follows which rule stands in `decide.ts`; what queries answer in `views.ts`.
 */
import type { Command, LedgerEntry } from '../../../src/ledger/command.js';
import type { Answer, Result } from '../../../src/ledger/result.js';
import { canonicalText } from '../seen.js';
import { decide } from './decide.js';
import { versionOf } from './judged.js';
import { isPrintable } from './limits.js';
import { refused } from './refused.js';
import type { LedgerState } from './state.js';

/** What an entry came to. */
export interface Decision {
  readonly answer: Answer;
  /**
   * `executed`: decided now, and kept under its key if it has one. `repeated`: the key's first answer given again.
   * `turned-away`: refused as such, kept nowhere; the same key may be tried again.
   */
  readonly effect: 'executed' | 'repeated' | 'turned-away';
}

/** Takes the next entry of the log into `state`. Throws an Error('run: …') for what the model has no rule for. */
export function applyEntry(state: LedgerState, { index, atMs: stampMs, command }: LedgerEntry): Decision {
  state.nowMs = Math.max(state.nowMs, stampMs);
  state.index = index;
  state.noticesMade = 0;
  const atMs = state.nowMs;
  const turnedAway = (result: Result): Decision => ({
    answer: { index, atMs, result },
    effect: 'turned-away',
  });
  const { requestKey, keyKind, holder, operation } = command;
  const needed = versionOf(operation);
  if (Math.max(command.ledgerVersion, needed) > state.ledgerVersion && operation.kind !== 'raise-version') {
    return turnedAway(refused('VERSION_NOT_RAISED'));
  }
  if (command.ledgerVersion < needed) return turnedAway(refused('INVALID'));
  if (!isWellAddressed(command)) return turnedAway(refused('INVALID'));
  const text = canonicalText(operation);
  if (requestKey !== '') {
    const known = state.keys.find(holder, requestKey, atMs);
    if (known?.operation === text) return { answer: known.answer, effect: 'repeated' };
    if (known !== undefined) return turnedAway(refused('KEY_REUSED'));
  }
  if (atMs > command.notAfterMs) return turnedAway(refused('TOO_LATE'));
  if (requestKey !== '' && keyKind === 'client' && !state.keys.hasRoom(holder, atMs)) {
    return turnedAway(refused('TOO_MANY_KEYS'));
  }
  const answer: Answer = { index, atMs, result: decide(state, operation, { command }) };
  if (requestKey !== '') state.keys.keep(command, { operation: text, answer }, atMs);
  return { answer, effect: 'executed' };
}

/** Whether who asks, and under which key, is as it must be. */
function isWellAddressed({ operation, door, holder, requestKey }: Command): boolean {
  if (operation.kind === 'expire' || operation.kind === 'prune') return door === 'node' && requestKey === '';
  if (requestKey === '') return operation.kind === 'raise-version';
  return isPrintable(requestKey, 255) && isPrintable(holder, 128);
}

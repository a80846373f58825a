/**
 * The gates that a command passes before its operation is looked at. What is refused here is kept nowhere:
 * the same key may be tried again.
 */
import { isHolder, isRequestKey } from './checks.js';
import type { Command } from './command.js';
import { HOLDER_LENGTH_MAX, REQUEST_KEY_LENGTH_MAX } from './limits.js';
import type { Memory } from './memory.js';
import { refused } from './refusal.js';
import type { Answer, Result } from './result.js';
import { versionOf } from './version.js';

export type Admission =
  | { readonly kind: 'passed' }
  /** The key got this answer before; nothing is executed. */
  | { readonly kind: 'repeated'; readonly answer: Answer }
  | { readonly kind: 'refused'; readonly result: Result };

const PASSED: Admission = { kind: 'passed' };

/** Lets a command pass or not. `print` is its operation's fingerprint, '' when it has no key. */
export function admit(memory: Memory, command: Command, print: string, atMs: number): Admission {
  const { ledgerVersion, requestKey, keyKind, holder, operation, notAfterMs } = command;
  // Before all else: what a newer version means by this command is not for this one to say.
  const needed = versionOf(operation);
  if (Math.max(ledgerVersion, needed) > memory.ledgerVersion && operation.kind !== 'raise-version') {
    return refuse(refused('VERSION_NOT_RAISED'));
  }
  if (ledgerVersion < needed) {
    // An older program would not have known better than to execute it.
    return refuse(refused('INVALID', 'the command says a lower ledger version than its operation needs'));
  }
  const fault = envelopeFault(command);
  if (fault !== null) return refuse(refused('INVALID', fault));
  const record = requestKey === '' ? undefined : memory.keys.live(holder, requestKey, atMs);
  if (record !== undefined) {
    if (record.fingerprint !== print) return refuse(refused('KEY_REUSED'));
    return { kind: 'repeated', answer: record.answer };
  }
  // After the key: a late copy of what took effect in time gets its answer, not a refusal.
  if (atMs > notAfterMs) return refuse(refused('TOO_LATE'));
  if (requestKey !== '' && keyKind === 'client') {
    if (!memory.keys.hasRoom(holder, atMs)) return refuse(refused('TOO_MANY_KEYS'));
    if (memory.ledgerVersion > 1 && memory.keys.isFull) {
      return refuse(refused('TOO_MANY_KEYS', 'of all holders together'));
    }
  }
  return PASSED;
}

function refuse(result: Result): Admission {
  return { kind: 'refused', result };
}

/** What is wrong with who asks and under which key; null when all is well. */
function envelopeFault({ requestKey, holder, door, operation }: Command): string | null {
  if (operation.kind === 'expire' || operation.kind === 'prune') {
    if (door !== 'node') return 'only the node itself lets time end things';
    return requestKey === '' ? null : 'to let time end things takes no request key';
  }
  if (requestKey === '') return operation.kind === 'raise-version' ? null : 'a command needs a request key';
  if (!isRequestKey(requestKey)) {
    return `a request key is 1 to ${REQUEST_KEY_LENGTH_MAX} printable ASCII characters`;
  }
  if (!isHolder(holder)) return `a holder is 1 to ${HOLDER_LENGTH_MAX} printable ASCII characters`;
  return null;
}

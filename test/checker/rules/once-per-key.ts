/** A request takes effect once: no ledger has two reservations that one request made while its key lived. */
import type { Command } from '../../../src/ledger/command.js';
import type { AgreedLog } from '../agreed-log.js';
import type { Findings } from '../findings.js';
import type { NodeLedger } from '../node-ledger.js';
import { canonicalText } from '../seen.js';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

export function oncePerKey(ledgers: readonly NodeLedger[], log: AgreedLog, findings: Findings): void {
  for (const { node, reservations } of ledgers) {
    // An offer from the waiting list came with an entry that asked for something else.
    const asked = [...reservations.values()].filter(({ waitId }) => waitId === '');
    const made = asked.sort((a, b) => a.madeIndex - b.madeIndex);
    const last = new Map<string, { readonly id: string; readonly keptUntilMs: number }>();
    for (const { id, madeIndex, madeAtMs } of made) {
      const command = log.at(madeIndex)?.content?.command;
      if (command === undefined) continue;
      const { holder, requestKey, operation } = command;
      const name = canonicalText([holder, requestKey, operation]);
      const before = last.get(name);
      if (before !== undefined && madeAtMs < before.keptUntilMs) {
        findings.note(
          'applied-twice',
          `${node} has ${before.id} and ${id}, both of ${requestKey} of ${holder}`,
        );
      }
      last.set(name, { id, keptUntilMs: keptUntilMs(command, madeAtMs) });
    }
  }
}

function keptUntilMs({ keyKind, notAfterMs }: Command, madeAtMs: number): number {
  return keyKind === 'client' ? madeAtMs + DAY_MS : notAfterMs + MINUTE_MS;
}

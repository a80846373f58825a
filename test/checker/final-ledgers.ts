/** In the end all nodes have the same ledger, and it is the one that the log makes. */
import type { KeyRecord } from '../../src/ledger/state.js';
import type { AgreedLog } from './agreed-log.js';
import type { Findings } from './findings.js';
import type { Kept } from './model/kept-answers.js';
import type { Written } from './model/rows.js';
import type { LedgerState } from './model/state.js';
import type { NodeLedger } from './node-ledger.js';
import { difference, isSame } from './seen.js';

const TRAIL_HEAD = 'a:head';

interface Judged {
  readonly ledgers: readonly NodeLedger[];
  readonly log: AgreedLog;
  readonly final: LedgerState;
}

export function judgeLedgers({ ledgers, log, final }: Judged, findings: Findings): void {
  for (const ledger of ledgers) {
    const { node, appliedIndex, digest } = ledger;
    if (appliedIndex !== log.lastIndex) {
      findings.note(
        'ledgers-differ',
        `${node} applied up to ${appliedIndex}, the log ends at ${log.lastIndex}`,
      );
      continue;
    }
    const other = ledgers.find((each) => each.appliedIndex === appliedIndex)!;
    if (digest !== other.digest) {
      findings.note('ledgers-differ', `${node} has the digest ${digest}, ${other.node} has ${other.digest}`);
    }
    const note = (what: string) => findings.note('ledgers-differ', `${node}: ${what}`);
    compareRows(ledger.rows, final.rows(), note);
    compareTrail(ledger, other, note);
    compareKeys(ledger.keys, final, note);
  }
}

function compareRows(
  actual: ReadonlyMap<string, Written>,
  wanted: ReadonlyMap<string, Written>,
  note: (what: string) => void,
): void {
  for (const [key, row] of actual) {
    if (key === TRAIL_HEAD) continue;
    const expected = wanted.get(key);
    if (expected === undefined) note(`row ${key} is not what the log makes`);
    else if (!isSame(row, expected))
      note(`row ${key}: ${difference(row, expected) ?? difference(expected, row)}`);
  }
  for (const key of wanted.keys()) if (!actual.has(key)) note(`row ${key} is missing`);
}

/** What is in the audit trail is no rule of the model; that all nodes have the same in it, everybody can see. */
function compareTrail({ rows }: NodeLedger, other: NodeLedger, note: (what: string) => void): void {
  const wrong = difference(rows.get(TRAIL_HEAD), other.rows.get(TRAIL_HEAD));
  if (wrong !== null) note(`the head of the audit trail: ${wrong}`);
}

/** Only keys that still live: how many dead ones wait to be removed is no rule of the ledger. */
function compareKeys(actual: readonly KeyRecord[], final: LedgerState, note: (what: string) => void): void {
  const found = new Set<Kept>();
  for (const { holder, requestKey, expiresAtMs, answer } of actual) {
    if (expiresAtMs <= final.nowMs) continue;
    const kept = final.keys.find(holder, requestKey, final.nowMs);
    const name = `key ${JSON.stringify(requestKey)} of ${holder}`;
    if (kept === undefined) {
      note(`${name} is not what the log makes`);
      continue;
    }
    found.add(kept);
    const { result } = answer;
    const told = { ...answer, result: result.kind === 'refused' ? { ...result, detail: '' } : result };
    const wrong =
      difference(told, kept.answer) ?? difference({ expiresAtMs }, { expiresAtMs: kept.diesAtMs });
    if (wrong !== null) note(`${name}: ${wrong}`);
  }
  for (const kept of final.keys.all.values()) {
    if (kept.diesAtMs <= final.nowMs || found.has(kept)) continue;
    note(`key ${JSON.stringify(kept.requestKey)} of ${kept.holder} is missing`);
  }
}

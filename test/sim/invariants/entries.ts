/**
 * Every entry that was ever in anybody's log, saved or only sent.
 *
 * Log matching (Raft §5.3), by induction: an index and a term name one entry and one predecessor, wherever it is
 * seen. Two logs that agree in one place then agree in all before it.
 */
import { ledgerCodec } from '../../../src/codec/ledger-codec.js';
import type { LedgerEntry } from '../../../src/ledger/command.js';
import type { Entry, Payload } from '../../../src/raft/entry.js';
import { demand } from './violation.js';

export interface KnownEntry {
  readonly entry: Entry;
  readonly termBefore: number;
  /** Of a command: what it says; else null. */
  readonly content: LedgerEntry | null;
}

export class Entries {
  private readonly byIndex: Map<number, KnownEntry>[] = [];

  /** `onNew` is called for each entry when it is seen first. */
  constructor(private readonly onNew: (known: KnownEntry) => void) {}

  /** Notes `entries`, which follow on an entry of term `termBefore`. */
  see(entries: readonly Entry[], termBefore: number): void {
    let before = termBefore;
    for (const entry of entries) {
      this.seeOne(entry, before);
      before = entry.term;
    }
  }

  find(index: number, term: number): KnownEntry | undefined {
    return this.byIndex[index]?.get(term);
  }

  private seeOne(entry: Entry, termBefore: number): void {
    const { index, term } = entry;
    this.byIndex[index] ??= new Map();
    const atIndex = this.byIndex[index];
    const known = atIndex.get(term);
    if (known === undefined) {
      const { payload } = entry;
      const content = payload.kind === 'command' ? ledgerCodec.decodeEntry(payload.data, index) : null;
      const fresh = { entry, termBefore, content };
      atIndex.set(term, fresh);
      this.onNew(fresh);
      return;
    }
    const same = known.entry === entry || samePayload(known.entry.payload, entry.payload);
    demand(same, 'log matching', () => `two entries at ${index} of term ${term}`);
    demand(
      known.termBefore === termBefore,
      'log matching',
      () => `entry ${index} of term ${term} follows on terms ${known.termBefore} and ${termBefore}`,
    );
  }
}

function samePayload(one: Payload, other: Payload): boolean {
  if (one.kind === 'command' && other.kind === 'command') {
    return one.data === other.data || Buffer.compare(one.data, other.data) === 0;
  }
  return one.kind === other.kind && one.kind === 'no-op';
}

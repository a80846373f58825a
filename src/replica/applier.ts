/**
 * Committed entries into the ledger, in order, each once: the only place where the ledger changes.
 * Entries that the state database already had at start are skipped; their configuration changes are not.
 */
import type { AuditRecord } from '../ledger/audit.js';
import type { Command, Operation } from '../ledger/command.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Answer } from '../ledger/result.js';
import type { RowChange } from '../ledger/state.js';
import type { ConfigChange, Entry } from '../raft/entry.js';
import type { AppliedEvent } from './mesh.js';
import type { Codec, StateMeta } from './ports.js';
import type { StateWriter } from './state-writer.js';
import { tooOldFor } from './versions.js';

interface AppliedListener {
  readonly onApplied: (event: AppliedEvent) => void;
  readonly onReset: (index: number) => void;
}

/** What entries leave behind on disk. */
interface Kept {
  readonly changes: RowChange[];
  readonly records: AuditRecord[];
}

export interface ApplierOptions {
  readonly ledger: Ledger;
  readonly codec: Codec;
  readonly writer: StateWriter;
  /** Puts the change of the entry at `index` in force. */
  readonly applyConfigChange: (change: ConfigChange, index: number) => void;
  /** The configuration in force now, and who runs its replicas. */
  readonly membership: () => Pick<StateMeta, 'config' | 'members'>;
  /** The newest ledger version that this program understands. */
  readonly understands: number;
  /** Called for every command applied here, in order, before anyone else hears of it. */
  readonly onAnswer: (command: Command, answer: Answer) => void;
}

export class Applier {
  private readonly listeners = new Set<AppliedListener>();

  constructor(private readonly options: ApplierOptions) {}

  listen(onApplied: (event: AppliedEvent) => void, onReset: (index: number) => void): () => void {
    const listener = { onApplied, onReset };
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The ledger goes on at `index`: a snapshot took the place of the entries up to it. */
  reset(index: number): void {
    for (const { onReset } of this.listeners) onReset(index);
  }

  /** Applies `entries`, which continue where the last call ended. */
  apply(entries: readonly Entry[]): void {
    const { ledger, writer } = this.options;
    const kept: Kept = { changes: [], records: [] };
    const appliedBefore = ledger.appliedIndex;
    for (const entry of entries) this.applyOne(entry, appliedBefore, kept);
    const meta = ledger.meta();
    if (meta.appliedIndex !== appliedBefore) {
      const { config, members } = this.options.membership();
      writer.write(kept.changes, kept.records, { ...meta, config, members });
    }
  }

  /** Throws, which ends the process, where the mesh goes on by rules that this program lacks. */
  private checkVersion(operation: Operation): void {
    if (operation.kind !== 'raise-version') return;
    const why = tooOldFor(operation.ledgerVersion, this.options.understands);
    if (why !== null) throw new Error(why);
  }

  private applyOne(entry: Entry, appliedBefore: number, { changes, records }: Kept): void {
    const { ledger, codec } = this.options;
    const { payload } = entry;
    if (payload.kind === 'config') this.options.applyConfigChange(payload.change, entry.index);
    if (entry.index <= appliedBefore) return;
    if (payload.kind !== 'command') {
      ledger.skip(entry.index, entry.term);
      return;
    }
    const ledgerEntry = codec.decodeEntry(payload.data, entry.index);
    this.checkVersion(ledgerEntry.command.operation);
    const applied = ledger.apply(ledgerEntry, entry.term);
    changes.push(...applied.changes);
    if (applied.record !== null) records.push(applied.record);
    this.options.onAnswer(ledgerEntry.command, applied.answer);
    if (this.listeners.size > 0) {
      const { holder, door, originCompany, traceId, operation } = ledgerEntry.command;
      const event: AppliedEvent = {
        answer: applied.answer,
        repeated: applied.repeated,
        holder,
        door,
        originCompany,
        traceId,
        operation,
        events: applied.events,
      };
      for (const { onApplied } of this.listeners) onApplied(event);
    }
  }
}

/**
 * The answers kept under request keys (rule 5).
 *
 * 1. A record lives while ledger time is before its `expiresAtMs`; a dead one answers nothing, also while
 *    it waits to be swept.
 * 2. As long as a copy of the command that made a record could still take effect, the record lives: no
 *    command is executed twice, however often it was proposed.
 */
import type { Command } from './command.js';
import { Deadlines } from './deadlines.js';
import type { Journal } from './journal.js';
import {
  CLIENT_KEY_MS,
  CLIENT_KEYS_MAX,
  CLIENT_KEYS_PER_HOLDER_MAX,
  KEYS_SWEPT_MAX,
  NODE_KEY_GRACE_MS,
} from './limits.js';
import { KEY_ROW, keyId } from './rows/key-row.js';
import type { RowAtHand } from './rows/row-at-hand.js';
import type { KeyRecord } from './state.js';
import { Table } from './table.js';

export class RequestKeys {
  readonly table: Table<KeyRecord>;
  readonly #expiries = new Deadlines((id, dueMs) => this.table.get(id)?.expiresAtMs === dueMs);
  /** The records under client keys, by holder. */
  readonly #clientKeys = new Map<string, Set<KeyRecord>>();
  #clientCount = 0;
  readonly #clientMax: number;

  /** `clientMax`: records under client keys, of all holders. */
  constructor(journal: Journal, clientMax = CLIENT_KEYS_MAX) {
    this.#clientMax = clientMax;
    this.table = new Table(KEY_ROW, journal);
  }

  get prefix(): string {
    return this.table.prefix;
  }

  texts(): Iterable<{ readonly key: string; readonly row: string }> {
    return this.table.texts();
  }

  /** The record of a key, dead or alive. */
  find(holder: string, requestKey: string): KeyRecord | undefined {
    return this.table.get(keyId(holder, requestKey));
  }

  live(holder: string, requestKey: string, atMs: number): KeyRecord | undefined {
    const record = this.find(holder, requestKey);
    return record !== undefined && isLive(record, atMs) ? record : undefined;
  }

  /** Whether the holder may have one more client key. */
  hasRoom(holder: string, atMs: number): boolean {
    const records = this.#clientKeys.get(holder);
    if (records === undefined || records.size < CLIENT_KEYS_PER_HOLDER_MAX) return true;
    // Dead records wait to be swept and must not count: how many wait is no rule of the ledger.
    let live = 0;
    for (const record of records) if (isLive(record, atMs)) live += 1;
    return live < CLIENT_KEYS_PER_HOLDER_MAX;
  }

  /** Whether all holders together have as many client keys as may be kept, dead ones included until they are swept. */
  get isFull(): boolean {
    return this.#clientCount >= this.#clientMax;
  }

  /** Keeps a record, in place of a dead one of the same key. */
  keep(record: KeyRecord): void {
    const id = keyId(record.holder, record.requestKey);
    const dead = this.table.put(record, id);
    if (dead !== undefined) this.#forget(dead);
    this.#expiries.add(id, record.expiresAtMs);
    this.#remember(record);
  }

  load(row: RowAtHand): void {
    const record = this.table.load(row);
    this.#expiries.load(row.id, record.expiresAtMs);
    this.#remember(record);
  }

  /** Removes the first dead records, a bounded number, in order of (expiry, key). */
  sweep(atMs: number): void {
    for (let swept = 0; swept < KEYS_SWEPT_MAX; swept += 1) {
      const due = this.#expiries.due(atMs);
      if (due === undefined) return;
      this.#forget(this.table.delete(due.id));
    }
  }

  #remember(record: KeyRecord): void {
    if (record.keyKind === 'node') return;
    this.#clientCount += 1;
    const records = this.#clientKeys.get(record.holder);
    if (records === undefined) this.#clientKeys.set(record.holder, new Set([record]));
    else records.add(record);
  }

  #forget(record: KeyRecord): void {
    if (record.keyKind === 'node') return;
    this.#clientCount -= 1;
    const records = this.#clientKeys.get(record.holder)!;
    records.delete(record);
    if (records.size === 0) this.#clientKeys.delete(record.holder);
  }
}

/**
 * When the record of a command applied at `atMs` dies. A copy of the command may take effect up to and with
 * `notAfterMs`, so no record dies before the millisecond after it.
 */
export function expiryOf({ keyKind, notAfterMs }: Command, atMs: number): number {
  const keptMs = keyKind === 'node' ? notAfterMs + NODE_KEY_GRACE_MS : atMs + CLIENT_KEY_MS;
  return Math.min(Math.max(keptMs, notAfterMs + 1), Number.MAX_SAFE_INTEGER);
}

function isLive(record: KeyRecord, atMs: number): boolean {
  return record.expiresAtMs > atMs;
}

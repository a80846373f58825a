/**
 * The replicated state machine: entries in, answers and changed rows out, the same on every replica.
 *
 * 1. Its only time is ledger time, stamped into entries, and it never goes back. Its only input is the entry.
 * 2. A refusal changes no row but those of request keys and the head of the audit trail.
 * 3. A command is executed at most once: repeats of its key get the first answer (see keys.ts).
 * 4. Rows and meta are the whole state: a ledger restored from them goes on exactly as this one would.
 */
import { admit } from './admission.js';
import { type AuditRecord, audit } from './audit.js';
import { isWithin } from './checks.js';
import type { LedgerEntry } from './command.js';
import type { LedgerEvent } from './event.js';
import { fingerprint } from './fingerprint.js';
import { expiryOf } from './keys.js';
import { LEDGER_TIME_MS_MAX } from './limits.js';
import { Memory } from './memory.js';
import { execute } from './operations/registry.js';
import { answerQuery } from './queries/answer-query.js';
import type { Query, ReplyTo } from './query.js';
import type { Answer } from './result.js';
import { AUDIT_HEAD_ID } from './rows/audit-row.js';
import type { AuditHead, KeyRecord, LedgerMeta, RowChange, StoredRow } from './state.js';
import { FIRST_VERSION, LEDGER_VERSION } from './version.js';

/** What applying an entry did. */
export interface Applied {
  readonly answer: Answer;
  /** In order; each row at most once. */
  readonly changes: readonly RowChange[];
  /** What happened, in order; nothing for a refusal but what became of request keys, which is no event. */
  readonly events: readonly LedgerEvent[];
  /** True when the key's first answer was given again and nothing changed. */
  readonly repeated: boolean;
  /** For the audit trail, before the changes are kept; null for a repeat, and under version 1. */
  readonly record: AuditRecord | null;
}

/** A ledger that is being restored, some rows at a time, so that nobody is kept waiting for all of them. */
export interface Restoration {
  /** Takes rows, in any order. Throws an Error('damaged state: …') when one cannot be read or contradicts others. */
  load(rows: Iterable<StoredRow>): void;
  /** All rows were loaded. Throws an Error('damaged state: …') when they do not sum up to the digest. */
  finish(): Ledger;
}

export class Ledger {
  #memory: Memory;
  #appliedIndex: number;
  #appliedTerm: number;
  #nowMs: number;

  private constructor(memory: Memory, { appliedIndex, appliedTerm, nowMs }: Omit<LedgerMeta, 'digest'>) {
    this.#memory = memory;
    this.#appliedIndex = appliedIndex;
    this.#appliedTerm = appliedTerm;
    this.#nowMs = nowMs;
  }

  /** The ledger before the first entry. */
  static empty(): Ledger {
    const meta = { appliedIndex: 0, appliedTerm: 0, nowMs: 0, ledgerVersion: FIRST_VERSION };
    return new Ledger(new Memory(FIRST_VERSION), meta);
  }

  /**
   * The ledger that gave these rows and this meta; rows in any order. Throws an Error('damaged state: …') when a
   * row cannot be read, rows contradict each other, or they do not sum up to the digest.
   */
  static restore(rows: Iterable<StoredRow>, meta: LedgerMeta): Ledger {
    const restoration = Ledger.restoring(meta, 'at-once');
    restoration.load(rows);
    return restoration.finish();
  }

  /**
   * As `restore`, for rows that come bit by bit. `at-once` takes far less time, and leaves seconds of it to `finish` when
   * there are millions: for who has nothing else to do. Throws an Error('damaged state: …') for a senseless meta.
   */
  static restoring(meta: LedgerMeta, pace: 'row-by-row' | 'at-once' = 'row-by-row'): Restoration {
    checkMeta(meta);
    const memory = new Memory(meta.ledgerVersion);
    if (pace === 'at-once') memory.loadAtOnce();
    return {
      load(rows) {
        for (const row of rows) {
          try {
            memory.load(row);
          } catch (cause) {
            throw new Error(`damaged state: row ${JSON.stringify(row.key)}: ${messageOf(cause)}`, { cause });
          }
        }
      },
      finish() {
        const digest = memory.journal.digest();
        if (digest !== meta.digest) {
          throw new Error(`damaged state: the rows give the digest ${digest}, not ${meta.digest}`);
        }
        try {
          memory.loaded();
        } catch (cause) {
          throw new Error(`damaged state: ${messageOf(cause)}`, { cause });
        }
        return new Ledger(memory, meta);
      },
    };
  }

  /** Goes on as `other` would, which must not be used any more: whoever holds this ledger sees that one's state. */
  become(other: Ledger): void {
    this.#memory = other.#memory;
    this.#appliedIndex = other.#appliedIndex;
    this.#appliedTerm = other.#appliedTerm;
    this.#nowMs = other.#nowMs;
  }

  /** Applies the next command of the log. Throws (a bug) when it is not the next one. */
  apply(entry: LedgerEntry, term: number): Applied {
    if (!isWithin(entry.atMs, 0, LEDGER_TIME_MS_MAX)) {
      throw new Error(`assertion: entry ${entry.index} is stamped ${entry.atMs}`);
    }
    this.#advance(entry.index, term);
    this.#nowMs = Math.max(this.#nowMs, entry.atMs);

    const memory = this.#memory;
    const atMs = this.#nowMs;
    memory.nowMs = atMs;
    const { index, command } = entry;
    const print = command.requestKey === '' ? '' : fingerprint(command.operation);
    const admission = admit(memory, command, print, atMs);
    if (admission.kind === 'repeated')
      return { answer: admission.answer, changes: [], events: [], repeated: true, record: null };

    const passed = admission.kind === 'passed';
    const { ledgerVersion } = memory;
    const result = passed ? execute(memory, { index, atMs, command, ledgerVersion }) : admission.result;
    const answer: Answer = { index, atMs, result };
    if (passed && command.requestKey !== '') {
      const { holder, requestKey, keyKind } = command;
      const expiresAtMs = expiryOf(command, atMs);
      memory.keys.keep({ holder, requestKey, keyKind, fingerprint: print, expiresAtMs, answer });
    }
    memory.keys.sweep(atMs);
    const events = memory.takeEvents();
    const record = audit(memory, command, answer, events);
    return { answer, changes: memory.journal.take(), events, repeated: false, record };
  }

  /** Counts an entry of consensus itself (no-op, change of membership). Throws (a bug) when it is not the next one. */
  skip(index: number, term: number): void {
    this.#advance(index, term);
  }

  meta(): LedgerMeta {
    return {
      appliedIndex: this.#appliedIndex,
      appliedTerm: this.#appliedTerm,
      nowMs: this.#nowMs,
      ledgerVersion: this.#memory.ledgerVersion,
      digest: this.#memory.journal.digest(),
    };
  }

  /** Every row in canonical text, sorted by key, as of this call: entries applied while it is read do not show. */
  rows(): Iterable<{ readonly key: string; readonly row: string }> {
    return this.#memory.rows();
  }

  /** Index of the last entry applied. */
  get appliedIndex(): number {
    return this.#appliedIndex;
  }

  /** The end of the audit trail's chain, and the entry of its last record; null before the first. */
  auditHead(): AuditHead | null {
    return this.#memory.audit.get(AUDIT_HEAD_ID) ?? null;
  }

  /** The ledger version that the mesh runs. */
  get ledgerVersion(): number {
    return this.#memory.ledgerVersion;
  }

  /** The earliest deadline: from then on an `expire` has something to do. */
  nextDeadlineMs(): number | null {
    return this.#memory.deadlines.first()?.dueMs ?? null;
  }

  /** When ended reservations may leave memory: from then on a `prune` has something to do. */
  nextPruneMs(): number | null {
    return this.#memory.ledgerVersion < 2 ? null : this.#memory.reservations.nextPruneMs();
  }

  /** The reply to a question, as of ledger time `nowMs` (which may be ahead of the last entry's). */
  query<Q extends Query>(query: Q, nowMs: number): ReplyTo<Q> {
    return answerQuery(this.#memory, query, nowMs);
  }

  /** What is kept under a request key, for who waits for its answer; also when it awaits its removal. */
  answerFor(holder: string, requestKey: string): KeyRecord | undefined {
    return this.#memory.keys.find(holder, requestKey);
  }

  #advance(index: number, term: number): void {
    if (index !== this.#appliedIndex + 1) {
      throw new Error(`assertion: entry ${index} after entry ${this.#appliedIndex}`);
    }
    this.#appliedIndex = index;
    this.#appliedTerm = term;
  }
}

function checkMeta(meta: LedgerMeta): void {
  for (const value of [meta.appliedIndex, meta.appliedTerm, meta.nowMs, meta.ledgerVersion]) {
    if (!isWithin(value, 0, Number.MAX_SAFE_INTEGER)) throw new Error(`damaged state: meta says ${value}`);
  }
  if (meta.ledgerVersion < FIRST_VERSION || meta.ledgerVersion > LEDGER_VERSION) {
    throw new Error(
      `damaged state: ledger version ${meta.ledgerVersion}, while ${FIRST_VERSION} to ${LEDGER_VERSION} are known here`,
    );
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/**
 * The log on LevelDB.
 *
 * 1. A save is one batch, synced when it carries a promise: all of it survives a crash or nothing (D7). It
 *    resolves when the batch is on disk and, if term or vote changed, their copy in the mark file too (D4).
 * 2. The high-water mark is never ahead of the log. It follows behind each save; before a save that takes away
 *    marked entries it is lowered first. What remains is the time of one mark write: a save acknowledged
 *    within it is proved by checksums and chain, but if damage cuts exactly its rows off the end, that looks
 *    like a torn tail. A crash cannot cause this: it cuts only what was not yet acknowledged.
 * 3. The first failed write is the last (D1, D2): LevelDB goes on after a full disk and loses what it then
 *    acknowledges. Every later save is rejected at once, and the process must end. The same holds for a
 *    record that is found damaged when it is read.
 */
import { isDeepStrictEqual } from 'node:util';
import { decodeEntry } from '../codec/raft-entry-codec.js';
import type { Logger } from '../observe/logger.js';
import type { Entry, HardState, SnapshotMeta } from '../raft/entry.js';
import type { LogSave, LogStore } from '../replica/ports.js';
import { bodyOf, crcOf, faultOf, hex } from './checked-row.js';
import { DamagedStore, StoreFailed } from './errors.js';
import { layoutOf } from './layout.js';
import { type BinaryLevel, type BinaryOperation, meaningOf, openLevel } from './level-db.js';
import { LogIndex } from './log-index.js';
import { type ProvenLog, proveLog } from './log-recovery.js';
import {
  anchorAt,
  BASE_KEY,
  type Base,
  baseRow,
  ENTRY_HEAD_BYTES,
  entryKey,
  entryRow,
  HARD_STATE_KEY,
  hardStateRow,
  readEntryBody,
} from './log-rows.js';
import { type Mark, MarkFile } from './mark-file.js';
import { MarkKeeper } from './mark-keeper.js';
import { checkRange, takeWithin } from './read-range.js';
import { RecentEntries } from './recent-entries.js';
import { planSave, type SavePlan } from './save-plan.js';

export interface LevelLogOptions {
  readonly logger: Logger;
  /** How many bytes of the newest entries stay in memory. */
  readonly recentBytesMax?: number;
}

const RECENT_BYTES_MAX = 8 * 1024 * 1024;

const TORN_MARK = 'one slot of the high-water mark is unreadable, as a crash leaves it; the other one counts';

/** A plan as rows: what the batch holds, and what the index learns once it is on disk. */
interface Rows {
  readonly operations: BinaryOperation[];
  readonly base: Base | null;
  readonly added: readonly { readonly entry: Entry; readonly crc: number }[];
}

export class LevelLogStore implements LogStore {
  readonly #location: string;
  readonly #db: BinaryLevel;
  readonly #mark: MarkKeeper;
  readonly #recent: RecentEntries;
  #index: LogIndex;
  #snapshot: SnapshotMeta;
  #hardState: HardState;
  #saving: Promise<void> | null = null;
  /** Shows the database as it was before the save in flight. */
  #before: ReturnType<BinaryLevel['snapshot']> | null = null;
  #failure: StoreFailed | DamagedStore | null = null;
  #closed = false;

  private constructor(
    location: string,
    db: BinaryLevel,
    mark: MarkKeeper,
    proven: ProvenLog,
    recentBytesMax: number,
  ) {
    this.#location = location;
    this.#db = db;
    this.#mark = mark;
    this.#recent = new RecentEntries(recentBytesMax);
    this.#index = proven.index;
    this.#snapshot = proven.base.snapshot;
    this.#hardState = proven.hardState;
  }

  /**
   * Opens and proves the log of the replica directory `directory`, which must have been made before. Throws
   * DamagedStore when the proof fails, DirectoryRefused when another process has it, else StoreFailed.
   */
  static async open(
    directory: string,
    { logger, recentBytesMax = RECENT_BYTES_MAX }: LevelLogOptions,
  ): Promise<LevelLogStore> {
    const layout = layoutOf(directory);
    const db = await openLevel(layout.log);
    let file: MarkFile | null = null;
    try {
      file = await MarkFile.open(layout.mark);
      const proven = await proveLog(db, layout.log, file.found);
      if (file.fault !== '') logger.warn({ file: layout.mark, fault: file.fault }, TORN_MARK);
      const mark = new MarkKeeper(file);
      await settleCopies(db, layout.log, file, mark, proven);
      return new LevelLogStore(layout.log, db, mark, proven, recentBytesMax);
    } catch (error) {
      await file?.close();
      await db.close();
      throw error;
    }
  }

  hardState(): HardState {
    return this.#hardState;
  }

  snapshot(): SnapshotMeta {
    return this.#snapshot;
  }

  firstIndex(): number {
    return this.#index.base + 1;
  }

  lastIndex(): number {
    return this.#index.last;
  }

  term(index: number): number | undefined {
    return this.#index.term(index);
  }

  entries(low: number, high: number, bytesMax: number): readonly Entry[] {
    checkRange(this, low, high);
    return takeWithin(low, high, bytesMax, (index) => this.#recent.at(index) ?? this.#read(index));
  }

  async save(save: LogSave): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    if (this.#closed) throw new Error('bug: a save after the log was closed');
    if (this.#saving !== null) throw new Error('bug: a save while another one is outstanding');
    const plan = planSave(this, save);
    this.#saving = this.#write(plan, this.#rowsOf(plan), save.mustSync);
    await this.#saving;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // A failed save was told to its caller; a mark that could not follow is no loss.
    await Promise.allSettled([this.#saving, this.#mark.settled()]);
    await this.#mark.close();
    await this.#db.close();
  }

  async #write(plan: SavePlan, rows: Rows, sync: boolean): Promise<void> {
    const before = plan.base !== null || plan.replacedFrom !== null ? this.#db.snapshot() : null;
    this.#before = before;
    try {
      await this.#persist(plan, rows, sync);
      this.#show(plan, rows);
      this.#follow();
    } catch (cause) {
      throw this.#fail(cause);
    } finally {
      // In the same step as `#show`: what is shown is always read where it lies.
      this.#before = null;
      await before?.close();
      this.#saving = null;
    }
  }

  async #persist(plan: SavePlan, rows: Rows, sync: boolean): Promise<void> {
    const { term, vote } = plan.hardState;
    const lowered = this.#lowered(plan);
    const marked = lowered !== null || plan.promises ? this.#mark.update({ ...lowered, term, vote }) : null;
    if (lowered !== null) await marked;
    // Both are waited for also when one fails: nothing may be in flight once the outcome is told.
    const outcomes = await Promise.allSettled([marked, this.#db.batch(rows.operations, { sync })]);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    if (plan.base !== null) {
      // What the base covers is no longer looked at; should a crash leave it, the next base clears it.
      await this.#db.clear({ gte: entryKey(0), lte: entryKey(plan.base.snapshot.index) });
    }
  }

  /** The mark below all that the plan takes away; null where it may stay. */
  #lowered({ replacedFrom }: SavePlan): Pick<Mark, 'confirmedIndex' | 'confirmedTerm'> | null {
    if (replacedFrom === null || this.#mark.mark.confirmedIndex < replacedFrom) return null;
    return { confirmedIndex: replacedFrom - 1, confirmedTerm: this.#index.term(replacedFrom - 1)! };
  }

  #show(plan: SavePlan, { base, added }: Rows): void {
    if (plan.replacedFrom !== null) {
      this.#index.truncate(plan.replacedFrom - 1);
      this.#recent.truncateFrom(plan.replacedFrom);
    }
    if (base !== null) {
      const { index, term } = base.snapshot;
      if (plan.base?.keepsSuffix) {
        this.#index.moveBase(index);
      } else {
        this.#index = new LogIndex(index, term, base.anchor);
        this.#recent.truncateFrom(0);
      }
      this.#snapshot = base.snapshot;
    }
    for (const { entry, crc } of added) {
      this.#index.push(entry.term, crc);
      this.#recent.push(entry);
    }
    this.#hardState = plan.hardState;
  }

  /** Lets the mark follow behind what is on disk now. */
  #follow(): void {
    const confirmedIndex = this.#index.last;
    const confirmedTerm = this.#index.term(confirmedIndex)!;
    const { mark } = this.#mark;
    if (mark.confirmedIndex === confirmedIndex && mark.confirmedTerm === confirmedTerm) return;
    this.#mark.update({ confirmedIndex, confirmedTerm }).catch((cause) => this.#fail(cause));
  }

  #rowsOf(plan: SavePlan): Rows {
    const base = plan.base === null ? null : this.#baseOf(plan.base);
    const operations: BinaryOperation[] = [];
    const added: Rows['added'][number][] = [];
    let crc = this.#crcBefore(plan.entries, base);
    for (const entry of plan.entries) {
      const key = entryKey(entry.index);
      const next = entryRow(key, entry, crc);
      operations.push({ type: 'put', key, value: next.row });
      added.push({ entry, crc: next.crc });
      crc = next.crc;
    }
    for (let index = plan.newLast + 1; index <= plan.oldLast; index += 1) {
      operations.push({ type: 'del', key: entryKey(index) });
    }
    if (base !== null) operations.push({ type: 'put', key: BASE_KEY, value: baseRow(base) });
    operations.push({ type: 'put', key: HARD_STATE_KEY, value: hardStateRow(plan.hardState) });
    return { operations, base, added };
  }

  #baseOf({ snapshot, keepsSuffix }: NonNullable<SavePlan['base']>): Base {
    const { index, term } = snapshot;
    return { snapshot, anchor: keepsSuffix ? this.#index.crc(index)! : anchorAt(index, term) };
  }

  /** The CRC that the first of `entries` names, which come above `base` where the save brings one. */
  #crcBefore(entries: readonly Entry[], base: Base | null): number {
    if (entries.length === 0) return 0;
    const index = entries[0]!.index - 1;
    return index === base?.snapshot.index ? base.anchor : this.#index.crc(index)!;
  }

  #read(index: number): Entry {
    const key = entryKey(index);
    try {
      const row =
        this.#before === null ? this.#db.getSync(key) : this.#db.getSync(key, { snapshot: this.#before });
      if (row === undefined) throw this.#damage(index, 'none');
      const fault = faultOf(key, row, ENTRY_HEAD_BYTES);
      if (fault !== null) throw this.#damage(index, fault);
      const crc = this.#index.crc(index)!;
      if (crcOf(row) !== crc) throw this.#damage(index, `another, ${hex(crcOf(row))} for ${hex(crc)}`);
      return decodeEntry(readEntryBody(bodyOf(row)).encoded);
    } catch (error) {
      throw this.#fail(meaningOf(error, this.#location));
    }
  }

  #damage(index: number, found: string): DamagedStore {
    return new DamagedStore(this.#location, index, 'the entry that was there before', found);
  }

  #fail(cause: unknown): Error {
    this.#failure ??= isFinal(cause) ? cause : new StoreFailed(this.#location, cause);
    return this.#failure;
  }
}

/**
 * Brings both copies of term and vote and the mark up to what was proven, so that the next fault finds two of
 * each again. All that LevelDB showed at open is on disk: it replays its log into synced tables first.
 */
async function settleCopies(
  db: BinaryLevel,
  location: string,
  file: MarkFile,
  mark: MarkKeeper,
  { hardState, index, copyIsCurrent }: ProvenLog,
): Promise<void> {
  if (!copyIsCurrent) {
    try {
      await db.put(HARD_STATE_KEY, hardStateRow(hardState), { sync: true });
    } catch (cause) {
      throw new StoreFailed(location, cause);
    }
  }
  const { term, vote } = hardState;
  const wanted: Mark = { term, vote, confirmedIndex: index.last, confirmedTerm: index.term(index.last)! };
  if (file.fault !== '' || !isDeepStrictEqual(file.found, wanted)) await mark.update(wanted);
}

function isFinal(cause: unknown): cause is StoreFailed | DamagedStore {
  return cause instanceof StoreFailed || cause instanceof DamagedStore;
}

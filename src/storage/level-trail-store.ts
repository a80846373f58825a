/**
 * The audit trail on LevelDB, in a database of its own: neither a damage of the state nor a state that a peer sends
 * takes it away. What is not synced is appended again when the log is replayed, and changes nothing.
 */
import type { AuditRecord } from '../ledger/audit.js';
import type { TrailGaps, TrailRecord, TrailStore } from '../replica/ports.js';
import { StoreFailed } from './errors.js';
import { type BinaryLevel, type BinaryOperation, meaningOf, openLevel, syncLogs } from './level-db.js';
import { changedGaps } from './trail-gaps.js';
import {
  GAP_KEY_END,
  gapKey,
  indexIn,
  RECORD_KEY_END,
  readRecord,
  recordKey,
  recordRow,
  subjectKey,
} from './trail-rows.js';

const NOTHING = Buffer.alloc(0);

/** What is there when the trail is opened. */
type Found = Pick<TrailStore, 'firstIndex' | 'lastIndex' | 'gaps'>;

export class LevelTrailStore implements TrailStore {
  readonly #location: string;
  readonly #db: BinaryLevel;
  #firstIndex: number;
  #lastIndex: number;
  #gaps: readonly number[];
  #last: Promise<void> = Promise.resolve();

  private constructor(location: string, db: BinaryLevel, { firstIndex, lastIndex, gaps }: Found) {
    this.#location = location;
    this.#db = db;
    this.#firstIndex = firstIndex;
    this.#lastIndex = lastIndex;
    this.#gaps = gaps;
  }

  /**
   * Opens the trail in the directory `location`; a new one only with `create`. Throws DirectoryRefused when another
   * process has it, DamagedStore when it does not open, else StoreFailed. Records are checked when they are read.
   */
  static async open(
    location: string,
    { create = false }: { readonly create?: boolean } = {},
  ): Promise<LevelTrailStore> {
    const db = await openLevel(location, create);
    try {
      const [firstIndex, lastIndex] = [await endOf(db, false), await endOf(db, true)];
      const gaps = (await db.keys({ gte: gapKey(0), lt: GAP_KEY_END }).all()).map(indexIn);
      return new LevelTrailStore(location, db, { firstIndex, lastIndex, gaps });
    } catch (error) {
      await db.close();
      throw meaningOf(error, location);
    }
  }

  get firstIndex(): number {
    return this.#firstIndex;
  }

  get lastIndex(): number {
    return this.#lastIndex;
  }

  get gaps(): readonly number[] {
    return this.#gaps;
  }

  async append(records: readonly AuditRecord[], gaps: TrailGaps = {}): Promise<void> {
    const { opened, closed } = gaps;
    const operations = records.flatMap((record): BinaryOperation[] => {
      const key = recordKey(record.index);
      const subjects = record.subjects.map((subject) => subjectKey(subject, record.index));
      return [
        { type: 'put', key, value: recordRow(key, record) },
        ...subjects.map((subject) => ({ type: 'put', key: subject, value: NOTHING }) as const),
      ];
    });
    if (closed !== undefined) operations.push({ type: 'del', key: gapKey(closed) });
    if (opened !== undefined) operations.push({ type: 'put', key: gapKey(opened), value: NOTHING });
    if (operations.length === 0) return;
    await this.#inOrder(() => this.#db.batch(operations));
    this.#gaps = changedGaps(this.#gaps, gaps);
    if (records.length === 0) return;
    const indexes = records.map(({ index }) => index);
    this.#firstIndex = Math.min(this.#firstIndex || Number.MAX_SAFE_INTEGER, ...indexes);
    this.#lastIndex = Math.max(this.#lastIndex, ...indexes);
  }

  async read(fromIndex: number, limit: number): Promise<readonly TrailRecord[]> {
    const rows = await this.#db.iterator({ gte: recordKey(fromIndex), lt: RECORD_KEY_END, limit }).all();
    return rows.map(([key, row]) => readRecord(this.#location, key, row));
  }

  async readBefore(index: number, limit: number): Promise<readonly TrailRecord[]> {
    const range = { gte: recordKey(0), lt: recordKey(index), limit, reverse: true };
    const rows = await this.#db.iterator(range).all();
    return rows.reverse().map(([key, row]) => readRecord(this.#location, key, row));
  }

  async of(subject: string, afterIndex: number, limit: number): Promise<readonly TrailRecord[]> {
    const range = {
      gt: subjectKey(subject, afterIndex),
      lte: subjectKey(subject, Number.MAX_SAFE_INTEGER),
      limit,
    };
    const keys = (await this.#db.keys(range).all()).map((key) => recordKey(indexIn(key)));
    const rows = await this.#db.getMany(keys);
    return keys.map((key, i) => readRecord(this.#location, key, rows[i]));
  }

  sync(): Promise<void> {
    return this.#inOrder(() => syncLogs(this.#location));
  }

  async close(): Promise<void> {
    // A failed write was told to its caller.
    await this.#last.catch(() => {});
    await this.#db.close();
  }

  /** One after the other, for LevelDB's threads keep no order; after a failure none is tried again (R4). */
  #inOrder(write: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(() =>
      write().catch((cause) => {
        throw new StoreFailed(this.#location, cause);
      }),
    );
    return this.#last;
  }
}

/** Index of the oldest record, or of the newest; 0 for none. */
async function endOf(db: BinaryLevel, reverse: boolean): Promise<number> {
  const [key] = await db.keys({ gte: recordKey(0), lt: RECORD_KEY_END, reverse, limit: 1 }).all();
  return key === undefined ? 0 : indexIn(key);
}

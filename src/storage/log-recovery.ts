/**
 * Proves a log at open (R5). LevelDB drops what it cannot read and says nothing; this is where it is noticed:
 *
 * 1. every row is of a known version and sound under its key;
 * 2. entries follow the base and each other without a gap, chained by the CRC of the row before;
 * 3. the log reaches the high-water mark, and has the marked term there;
 * 4. the two copies of term and vote agree: the higher term counts, one term has one vote;
 * 5. no entry is newer than the term, nothing is committed that is not there.
 *
 * A tail that was being written when the power went is cut by LevelDB and was never acknowledged: above the
 * mark a shorter log is not damage.
 */
import { EMPTY_HARD_STATE, type HardState, NOBODY } from '../raft/entry.js';
import { bodyOf, crcOf, faultOf, hex } from './checked-row.js';
import { DamagedStore } from './errors.js';
import { type BinaryLevel, meaningOf, pagesOf } from './level-db.js';
import { LogIndex } from './log-index.js';
import {
  BASE_HEAD_BYTES,
  BASE_KEY,
  type Base,
  EMPTY_BASE,
  ENTRY_HEAD_BYTES,
  ENTRY_KEY_END,
  entryKey,
  HARD_STATE_BYTES,
  HARD_STATE_KEY,
  indexOfKey,
  readBaseBody,
  readEntryBody,
  readHardStateBody,
} from './log-rows.js';
import type { Mark } from './mark-file.js';

export interface ProvenLog {
  readonly base: Base;
  readonly index: LogIndex;
  readonly hardState: HardState;
  /** Whether the database's copy of the hard state is the one that counts; else it is behind the mark's. */
  readonly copyIsCurrent: boolean;
}

/** Reads and proves the whole log in `db`, which lies at `location`. Throws DamagedStore. */
export async function proveLog(db: BinaryLevel, location: string, mark: Mark): Promise<ProvenLog> {
  const prover = new Prover(db, location);
  const base = (await prover.row(BASE_KEY, BASE_HEAD_BYTES, 'the base row', readBaseBody)) ?? EMPTY_BASE;
  const copy =
    (await prover.row(HARD_STATE_KEY, HARD_STATE_BYTES, 'the hard state', readHardStateBody)) ??
    EMPTY_HARD_STATE;
  const index = await prover.entries(base);
  prover.reaches(index, mark);
  const hardState = prover.agreed(copy, mark);
  prover.holdsTogether(index, hardState);
  return {
    base,
    index,
    hardState,
    copyIsCurrent: hardState.term === copy.term && hardState.vote === copy.vote,
  };
}

class Prover {
  readonly #db: BinaryLevel;
  readonly #location: string;

  constructor(db: BinaryLevel, location: string) {
    this.#db = db;
    this.#location = location;
  }

  async row<T>(key: Buffer, bodyBytes: number, name: string, read: (body: Buffer) => T): Promise<T | null> {
    const row = await this.#read(() => this.#db.get(key));
    if (row === undefined) return null;
    const fault = faultOf(key, row, bodyBytes);
    if (fault !== null) throw this.#damage(null, `${name}, sound`, fault);
    try {
      return read(bodyOf(row));
    } catch (cause) {
      throw new DamagedStore(this.#location, null, `${name}, as this version knows it`, String(cause), {
        cause,
      });
    }
  }

  async entries(base: Base): Promise<LogIndex> {
    const { index: baseIndex, term } = base.snapshot;
    const index = new LogIndex(baseIndex, term, base.anchor);
    await this.#read(async () => {
      for await (const page of pagesOf(this.#db, entryKey(baseIndex + 1), ENTRY_KEY_END)) {
        for (const [key, row] of page) this.#add(index, key, row);
      }
    });
    return index;
  }

  reaches(index: LogIndex, mark: Mark): void {
    const { confirmedIndex, confirmedTerm } = mark;
    // Below the base it was committed and compacted away: the base stands for it.
    if (confirmedIndex < index.base) return;
    const term = index.term(confirmedIndex);
    if (term === confirmedTerm) return;
    const found = term === undefined ? `a log that ends at ${index.last}` : `term ${term}`;
    throw this.#damage(
      confirmedIndex,
      `the entry of term ${confirmedTerm} that the high-water mark names`,
      found,
    );
  }

  agreed(copy: HardState, mark: Mark): HardState {
    if (copy.term > mark.term) return copy;
    if (copy.term < mark.term) return { term: mark.term, vote: mark.vote, commit: copy.commit };
    if (copy.vote !== mark.vote && copy.vote !== NOBODY && mark.vote !== NOBODY) {
      throw this.#damage(
        null,
        `one vote in term ${copy.term}`,
        `two: ${copy.vote}, and ${mark.vote} in the mark`,
      );
    }
    return { ...copy, vote: copy.vote === NOBODY ? mark.vote : copy.vote };
  }

  holdsTogether(index: LogIndex, { term, commit }: HardState): void {
    const lastTerm = index.term(index.last)!;
    if (lastTerm > term)
      throw this.#damage(index.last, `term ${lastTerm} or higher as the current term`, `${term}`);
    if (commit > index.last)
      throw this.#damage(commit, 'an entry that is committed', `a log that ends at ${index.last}`);
  }

  #add(index: LogIndex, key: Buffer, row: Buffer): void {
    const expected = index.last + 1;
    const at = indexOfKey(key);
    if (at !== expected) throw this.#damage(expected, 'an entry', `the next one at ${at}`);
    const fault = faultOf(key, row, ENTRY_HEAD_BYTES);
    if (fault !== null) throw this.#damage(at, 'a sound entry', fault);
    const entry = readEntryBody(bodyOf(row));
    const previousCrc = index.crc(index.last)!;
    if (entry.previousCrc !== previousCrc) {
      throw this.#damage(
        at,
        `an entry that follows ${hex(previousCrc)}`,
        `one that follows ${hex(entry.previousCrc)}`,
      );
    }
    index.push(entry.term, crcOf(row));
  }

  async #read<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      throw meaningOf(error, this.#location);
    }
  }

  #damage(index: number | null, expected: string, found: string): DamagedStore {
    return new DamagedStore(this.#location, index, expected, found);
  }
}

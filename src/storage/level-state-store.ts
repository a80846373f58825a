/**
 * The ledger's rows on LevelDB, behind the log by design: nothing here is the only copy (R8).
 *
 * So a damage is answered by forgetting: what does not open, or has one unsound row, is cleared at open and
 * replayed from the log. What checksums cannot show is a whole batch that was lost from the middle when the
 * power went, for writes are not synced: whoever loads the rows compares their digest with the meta's.
 */
import { mkdir, rm } from 'node:fs/promises';
import type { LedgerMeta, RowChange } from '../ledger/state.js';
import type { Logger } from '../observe/logger.js';
import type { StateStore } from '../replica/ports.js';
import { bodyOf, faultOf, newRow, sealRow } from './checked-row.js';
import { DamagedStore, StoreFailed } from './errors.js';
import { layoutOf } from './layout.js';
import { type BinaryLevel, meaningOf, openLevel, pagesOf } from './level-db.js';

const META_KEY = Buffer.from('m');
const ROWS_BEGIN = Buffer.from('r');
const ROWS_END = Buffer.from('s');

export class LevelStateStore implements StateStore {
  readonly #location: string;
  readonly #db: BinaryLevel;
  #meta: LedgerMeta | null;
  #last: Promise<void> = Promise.resolve();

  private constructor(location: string, db: BinaryLevel, meta: LedgerMeta | null) {
    this.#location = location;
    this.#db = db;
    this.#meta = meta;
  }

  /**
   * Opens the state of the replica directory `directory` and checks every row; a damaged state is cleared,
   * with a warning. Throws DirectoryRefused when another process has it, else StoreFailed.
   */
  static async open(directory: string, { logger }: { readonly logger: Logger }): Promise<LevelStateStore> {
    const location = layoutOf(directory).state;
    try {
      return await LevelStateStore.#openSound(location);
    } catch (error) {
      if (!(error instanceof DamagedStore)) throw error;
      const { expected, found } = error;
      logger.warn(
        { location, expected, found },
        'the state database is damaged; cleared, it is replayed from the log',
      );
    }
    await rm(location, { recursive: true, force: true });
    await mkdir(location, { mode: 0o700 });
    return new LevelStateStore(location, await openLevel(location, true), null);
  }

  static async #openSound(location: string): Promise<LevelStateStore> {
    const db = await openLevel(location);
    try {
      const meta = await db.get(META_KEY);
      let rows = 0;
      for await (const page of pagesOf(db, ROWS_BEGIN, ROWS_END)) {
        for (const [key, row] of page) readText(location, key, row);
        rows += page.length;
      }
      if (meta === undefined && rows > 0)
        throw new DamagedStore(location, null, 'meta with the rows', 'none');
      return new LevelStateStore(location, db, meta === undefined ? null : readMeta(location, meta));
    } catch (error) {
      await db.close();
      throw error instanceof DamagedStore ? error : meaningOf(error, location);
    }
  }

  meta(): LedgerMeta | null {
    return this.#meta;
  }

  async *rows(): AsyncGenerator<{ readonly key: string; readonly row: string }> {
    for await (const page of pagesOf(this.#db, ROWS_BEGIN, ROWS_END)) {
      for (const [key, row] of page) {
        yield { key: key.toString('utf8', ROWS_BEGIN.length), row: readText(this.#location, key, row) };
      }
    }
  }

  write(changes: readonly RowChange[], meta: LedgerMeta): Promise<void> {
    const operations = changes.map(({ key, row }) => {
      const bytes = rowKey(key);
      return row === null
        ? ({ type: 'del', key: bytes } as const)
        : ({ type: 'put', key: bytes, value: textRow(bytes, row) } as const);
    });
    const metaRow = textRow(META_KEY, JSON.stringify(meta));
    return this.#inOrder(() =>
      this.#db.batch([...operations, { type: 'put', key: META_KEY, value: metaRow }]),
    );
  }

  clear(): Promise<void> {
    this.#meta = null;
    return this.#inOrder(() => this.#db.clear());
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

function rowKey(key: string): Buffer {
  return Buffer.concat([ROWS_BEGIN, Buffer.from(key)]);
}

function textRow(key: Buffer, text: string): Buffer {
  const row = newRow(Buffer.byteLength(text));
  bodyOf(row).write(text);
  sealRow(key, row);
  return row;
}

function readText(location: string, key: Buffer, row: Buffer): string {
  const fault = faultOf(key, row);
  if (fault !== null)
    throw new DamagedStore(location, null, `a sound row ${JSON.stringify(key.toString())}`, fault);
  return bodyOf(row).toString();
}

/** Sound under its checksum, so it is what this project wrote. */
function readMeta(location: string, row: Buffer): LedgerMeta {
  return JSON.parse(readText(location, META_KEY, row)) as LedgerMeta;
}

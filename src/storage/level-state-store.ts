/**
 * The ledger's rows on LevelDB, behind the log by design: until that is compacted, nothing here is the only copy (R8).
 *
 * So a damage is answered by forgetting: what does not open is cleared at open and replayed from the log, unless that
 * begins too late for it. Rows are read once, by who loads them, and each is checked then; so is, by their digest in the
 * meta, what checksums cannot show: a whole batch that was lost from the middle when the power went, for writes are not
 * synced.
 */
import { mkdir, rm } from 'node:fs/promises';
import type { RowChange } from '../ledger/state.js';
import type { Logger } from '../observe/logger.js';
import type {
  RowsDamaged,
  StateMeta,
  StateRow,
  StateSnapshot,
  StateStage,
  StateStore,
} from '../replica/ports.js';
import { DamagedStore, StoreFailed } from './errors.js';
import { type Layout, layoutOf } from './layout.js';
import { type BinaryLevel, meaningOf, openLevel, syncLogs } from './level-db.js';
import { LevelStage } from './level-stage.js';
import { replaceState, settleStateReplacement } from './state-replacement.js';
import { META_KEY, metaRow, readMeta, rowKey, textPages, textRow } from './state-rows.js';

export interface LevelStateOptions {
  readonly logger: Logger;
  /** The log cannot replay it: a damaged state is not cleared. */
  readonly keepDamaged?: boolean;
}

export class LevelStateStore implements StateStore {
  readonly #layout: Layout;
  #db: BinaryLevel;
  #meta: StateMeta | null;
  #staged: StateMeta | null;
  #last: Promise<void> = Promise.resolve();

  private constructor(layout: Layout, { db, meta }: Sound, staged: StateMeta | null) {
    this.#layout = layout;
    this.#db = db;
    this.#meta = meta;
    this.#staged = staged;
  }

  /**
   * Opens the state of the replica directory `directory`, its tables and its meta proven; a damaged state is cleared,
   * with a warning, and one that was staged and is not complete goes. Throws DirectoryRefused when another process
   * has it, DamagedStore where a damaged state is to be kept, else StoreFailed.
   */
  static async open(
    directory: string,
    { logger, keepDamaged = false }: LevelStateOptions,
  ): Promise<LevelStateStore> {
    const layout = layoutOf(directory);
    await settleStateReplacement(layout);
    const sound = await (keepDamaged ? openSound(layout.state) : openOrClear(layout.state, logger));
    try {
      return new LevelStateStore(layout, sound, await LevelStage.found(layout.stateNext));
    } catch (error) {
      await sound.db.close();
      throw error;
    }
  }

  meta(): StateMeta | null {
    return this.#meta;
  }

  async *rows(): AsyncGenerator<readonly StateRow[] | RowsDamaged> {
    try {
      yield* textPages(this.#db, this.#layout.state);
    } catch (error) {
      const meant = meaningOf(error, this.#layout.state);
      if (!(meant instanceof DamagedStore)) throw meant;
      yield { damage: meant };
    }
  }

  write(changes: readonly RowChange[], meta: StateMeta): Promise<void> {
    const operations = changes.map(({ key, row }) => {
      const bytes = rowKey(key);
      return row === null
        ? ({ type: 'del', key: bytes } as const)
        : ({ type: 'put', key: bytes, value: textRow(bytes, row) } as const);
    });
    const value = metaRow(meta);
    return this.#inOrder(() => this.#db.batch([...operations, { type: 'put', key: META_KEY, value }]));
  }

  sync(): Promise<void> {
    return this.#inOrder(() => syncLogs(this.#layout.state));
  }

  async snapshot(): Promise<StateSnapshot | null> {
    const db = this.#db;
    const snapshot = db.snapshot();
    try {
      const meta = await readMeta(db, this.#layout.state, snapshot);
      if (meta !== null) {
        return {
          meta,
          pages: (after) => textPages(db, this.#layout.state, snapshot, after),
          close: () => snapshot.close(),
        };
      }
    } catch (error) {
      await snapshot.close();
      throw error;
    }
    await snapshot.close();
    return null;
  }

  async stage(): Promise<StateStage> {
    this.#staged = null;
    return LevelStage.begin(this.#layout.stateNext, (meta) => {
      this.#staged = meta;
    });
  }

  staged(): StateMeta | null {
    return this.#staged;
  }

  adoptStaged(): Promise<void> {
    return this.#inOrder(async () => {
      if (this.#staged === null) throw new Error('bug: no complete state is staged');
      await this.#db.close();
      await replaceState(this.#layout);
      this.#db = await openLevel(this.#layout.state);
      this.#meta = this.#staged;
      this.#staged = null;
    });
  }

  dropStaged(): Promise<void> {
    this.#staged = null;
    return this.#inOrder(() => rm(this.#layout.stateNext, { recursive: true, force: true }));
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
        throw new StoreFailed(this.#layout.state, cause);
      }),
    );
    return this.#last;
  }
}

interface Sound {
  readonly db: BinaryLevel;
  readonly meta: StateMeta | null;
}

async function openOrClear(location: string, logger: Logger): Promise<Sound> {
  try {
    return await openSound(location);
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
  return { db: await openLevel(location, true), meta: null };
}

/** Opens a state whose tables and meta are sound. Throws DamagedStore, DirectoryRefused or StoreFailed. */
async function openSound(location: string): Promise<Sound> {
  const db = await openLevel(location);
  try {
    const meta = await readMeta(db, location);
    if (meta === null && !(await isEmpty(db, location))) {
      throw new DamagedStore(location, null, 'meta with the rows', 'none');
    }
    return { db, meta };
  } catch (error) {
    await db.close();
    throw meaningOf(error, location);
  }
}

async function isEmpty(db: BinaryLevel, location: string): Promise<boolean> {
  for await (const _ of textPages(db, location)) return false;
  return true;
}

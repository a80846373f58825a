/**
 * A state that comes from a peer, in a database of its own beside the one in use.
 *
 * 1. Its meta is the last row, written when all others are on disk: a stage that has one is complete.
 * 2. Nothing of it counts before that; what a crash leaves without meta goes at the next start.
 */
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { StateMeta, StateRow, StateStage } from '../replica/ports.js';
import { syncDirectory } from './durable-file.js';
import { DamagedStore, StoreFailed } from './errors.js';
import { type BinaryLevel, meaningOf, openLevel, syncLogs } from './level-db.js';
import { META_KEY, metaRow, readMeta, rowKey, textPages, textRow } from './state-rows.js';

export class LevelStage implements StateStage {
  readonly #location: string;
  readonly #db: BinaryLevel;
  readonly #onSealed: (meta: StateMeta) => void;

  private constructor(location: string, db: BinaryLevel, onSealed: (meta: StateMeta) => void) {
    this.#location = location;
    this.#db = db;
    this.#onSealed = onSealed;
  }

  /** An empty stage in `location`, in place of whatever is there. `onSealed` is told when it is complete. */
  static async begin(location: string, onSealed: (meta: StateMeta) => void): Promise<LevelStage> {
    await rm(location, { recursive: true, force: true });
    await mkdir(location, { mode: 0o700 });
    return new LevelStage(location, await openLevel(location, true), onSealed);
  }

  /** The meta of the complete stage that a crash left in `location`, every row of it checked; any other goes. */
  static async found(location: string): Promise<StateMeta | null> {
    if (!existsSync(location)) return null;
    const meta = await soundMeta(location);
    if (meta === null) await rm(location, { recursive: true, force: true });
    return meta;
  }

  write(rows: readonly StateRow[]): Promise<void> {
    return this.#guarded(() =>
      this.#db.batch(
        rows.map(({ key, row }) => {
          const bytes = rowKey(key);
          return { type: 'put', key: bytes, value: textRow(bytes, row) };
        }),
      ),
    );
  }

  async seal(meta: StateMeta): Promise<void> {
    await this.#guarded(async () => {
      await syncLogs(this.#location);
      await this.#db.put(META_KEY, metaRow(meta), { sync: true });
      await this.#db.close();
      await syncDirectory(this.#location);
      await syncDirectory(dirname(this.#location));
    });
    this.#onSealed(meta);
  }

  async discard(): Promise<void> {
    await this.#guarded(async () => {
      await this.#db.close();
      await rm(this.#location, { recursive: true, force: true });
    });
  }

  async #guarded(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (cause) {
      throw new StoreFailed(this.#location, cause);
    }
  }
}

async function soundMeta(location: string): Promise<StateMeta | null> {
  let db: BinaryLevel | null = null;
  try {
    db = await openLevel(location);
    const meta = await readMeta(db, location);
    if (meta !== null) for await (const _ of textPages(db, location));
    return meta;
  } catch (error) {
    const meant = meaningOf(error, location);
    if (meant instanceof DamagedStore) return null;
    throw meant;
  } finally {
    await db?.close();
  }
}

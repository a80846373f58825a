/**
 * One replica in the place of another whose disk is damaged, in the same directory (R5, D5).
 *
 * 1. The fresh replica is made in `next/`, with an id of its own, and is there whole or not at all. From then on the
 *    damaged one is out for ever, also if it should open again: it may have forgotten what it promised.
 * 2. Once the mesh has taken the fresh one in, which its identity then says, the two change places: the damaged parts go
 *    to `damaged-<id>/`, the fresh ones up, the identity last. Whatever a crash leaves of it is finished at the next start.
 * 3. Nothing damaged is deleted before the fresh replica votes; then all but the last that was replaced goes.
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ReplicaId } from '../raft/entry.js';
import { replaceFile, syncDirectory, writeSynced } from './durable-file.js';
import { DamagedStore } from './errors.js';
import { readIdentity, type StoredIdentity } from './identity-file.js';
import { DAMAGED_PREFIX, damagedDirectory, type Layout, layoutOf } from './layout.js';
import { type BinaryLevel, openLevel } from './level-db.js';
import { type DirectoryOptions, makeReplicaDirectory, ReplicaDirectory } from './replica-directory.js';

/** A fresh replica on its way into the place of a damaged one; nobody else can open the directory meanwhile (D6). */
export class Replacement {
  readonly #path: string;
  readonly #fresh: ReplicaDirectory;
  readonly #lock: BinaryLevel;

  private constructor(path: string, fresh: ReplicaDirectory, lock: BinaryLevel) {
    this.#path = path;
    this.#fresh = fresh;
    this.#lock = lock;
  }

  /** The replacement that was begun in the replica directory `path`, to go on with it; null for none. */
  static async begun(path: string): Promise<Replacement | null> {
    const { next } = layoutOf(path);
    const identity = await readIdentity(layoutOf(next).identity);
    if (identity === null) return null;
    return new Replacement(path, new ReplicaDirectory(next, identity), await lockOf(path));
  }

  /** Begins one for the damaged replica `lost` of the replica directory `path`; `damage` says in words what is wrong with it. */
  static async begin(
    path: string,
    lost: ReplicaId,
    damage: string,
    options: DirectoryOptions,
  ): Promise<Replacement> {
    const { next } = layoutOf(path);
    await dropNext(path);
    const making = await mkdtemp(`${next}.`);
    await makeReplicaDirectory(making, options, lost);
    await writeSynced(join(making, DAMAGE_NOTE), Buffer.from(`${damage}\n`));
    await syncDirectory(making);
    await rename(making, next);
    await syncDirectory(path);
    const begun = await Replacement.begun(path);
    if (begun === null) throw new Error(`bug: nothing was begun in ${next}`);
    return begun;
  }

  /** The fresh replica's; `replaces` names the damaged one. */
  get identity(): StoredIdentity {
    return this.#fresh.identity;
  }

  /** What is wrong with the damaged one, as was noted when this was begun. */
  damage(): Promise<string> {
    return readDamage(this.#fresh.path);
  }

  /** The mesh has taken the fresh replica in: on disk when it resolves, and from then on the two change places. */
  async takenIn({ cluster, founders }: Pick<StoredIdentity, 'cluster' | 'founders'>): Promise<void> {
    await this.#fresh.establish(cluster, founders);
  }

  /** Lets the two change places, once the fresh one was taken in. Closed then. */
  async changePlaces(): Promise<void> {
    try {
      for await (const _ of changePlaces(this.#path));
    } finally {
      await this.close();
    }
  }

  /** Lets go of the directory. */
  async close(): Promise<void> {
    await this.#lock.close();
  }
}

/**
 * Finishes in the replica directory `path` what a crash interrupted; to be called before it is opened. Throws
 * DirectoryRefused when a process is at it, DamagedStore when the fresh replica is lost in the middle of it.
 */
export async function settleReplacement(path: string): Promise<void> {
  const layout = layoutOf(path);
  const fresh = await readIdentity(layoutOf(layout.next).identity);
  if (fresh === null) {
    const own = await readIdentity(layout.identity);
    if (own !== null && existsSync(damagedDirectory(path, own.replica))) {
      // What stands here may be fresh parts under the damaged one's identity: a replica that forgot everything.
      throw new DamagedStore(layout.next, null, `the replica that takes the place of ${own.replica}`, 'none');
    }
    if (existsSync(layout.next)) await dropNext(path);
  } else if (fresh.cluster !== '') {
    const lock = await lockOf(path);
    try {
      for await (const _ of changePlaces(path));
    } finally {
      await lock.close();
    }
  }
}

/** Deletes what is kept of damaged replicas in `path`, but for the last one, `keep`. */
export async function forgetDamaged(path: string, keep: ReplicaId): Promise<void> {
  for (const location of await damagedIn(path)) {
    if (location !== damagedDirectory(path, keep)) await rm(location, { recursive: true });
  }
}

/** Deletes `next/` of `path` and whatever was being made to become it; no mesh may know of a replica there. */
export async function dropNext(path: string): Promise<void> {
  const { next } = layoutOf(path);
  const making = (await readdir(path)).filter((name) => name.startsWith(`${basename(next)}.`));
  for (const location of [next, ...making.map((name) => join(path, name))]) {
    await rm(location, { recursive: true, force: true });
  }
  await syncDirectory(path);
}

/** What was noted in `location`, a fresh replica's directory or that of one that was replaced; '' for nothing. */
export async function readDamage(location: string): Promise<string> {
  const text = await readFile(join(location, DAMAGE_NOTE), 'utf8').catch(() => '');
  return text.trim();
}

/** The directories in `path` that keep damaged replicas. */
export async function damagedIn(path: string): Promise<readonly string[]> {
  const names = (await readdir(path)).filter((name) => name.startsWith(DAMAGED_PREFIX));
  return names.sort().map((name) => join(path, name));
}

/**
 * The change of places, with a step after each of which a crash may come: what was done is passed over when it is
 * started again. Ends with `next/` gone; nothing happens where that is the case already.
 */
export async function* changePlaces(path: string): AsyncGenerator<void> {
  const layout = layoutOf(path);
  const fresh = layoutOf(layout.next);
  const identity = await readIdentity(fresh.identity);
  if (identity === null) return;
  const damaged = damagedDirectory(path, await replacedBy(identity, layout));
  await mkdir(damaged, { recursive: true, mode: 0o700 });
  await syncDirectory(path);
  yield;
  // Where a fresh part is no more in `next/`, it is up already, and what stands there is not damaged.
  const waiting = PARTS.filter((part) => existsSync(fresh[part]));
  for (const part of [...waiting, ...LEFTOVERS]) {
    await moveIfThere(layout[part], join(damaged, basename(layout[part])));
    yield;
  }
  await moveIfThere(join(layout.next, DAMAGE_NOTE), join(damaged, DAMAGE_NOTE));
  await syncDirectory(damaged);
  await syncDirectory(path);
  yield;
  for (const part of waiting) {
    await rename(fresh[part], layout[part]);
    yield;
  }
  await syncDirectory(path);
  await replaceFile(join(damaged, basename(layout.identity)), await readFile(layout.identity));
  yield;
  await rename(fresh.identity, layout.identity);
  await syncDirectory(path);
  yield;
  await dropNext(path);
}

/** For people; nothing depends on it. */
const DAMAGE_NOTE = 'damage.txt';

/** What every replica has beside its identity. */
const PARTS = ['log', 'mark', 'state', 'trail'] as const;
/** What a damaged one may have left, and a fresh one never has. */
const LEFTOVERS = ['stateNext', 'stateOld', 'trailDamaged'] as const;

/** The replica whose place `fresh` takes. Throws when it is not the one of the directory, as no process leaves it. */
async function replacedBy({ replaces }: StoredIdentity, layout: Layout): Promise<ReplicaId> {
  const old = await readIdentity(layout.identity);
  if (replaces !== undefined && replaces === old?.replica) return replaces;
  const found = `one that replaces ${replaces ?? 'nobody'}, beside ${old?.replica ?? 'no identity'}`;
  throw new DamagedStore(layout.next, null, 'the replica that replaces the one beside it', found);
}

async function moveIfThere(from: string, to: string): Promise<void> {
  if (existsSync(from)) await rename(from, to);
}

/** Takes the lock of the fresh replica's log, wherever that lies by now. It is as good as empty, so opening it does no harm. */
async function lockOf(path: string): Promise<BinaryLevel> {
  const layout = layoutOf(path);
  const fresh = layoutOf(layout.next);
  return openLevel(existsSync(fresh.log) ? fresh.log : layout.log);
}

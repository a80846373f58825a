/**
 * A replica's directory and the identity that lives and dies with it (R9).
 *
 * 1. The replica id is made together with the directory: a lost disk means a new replica, never one that
 *    forgot its vote under the old id (D5).
 * 2. `identity.json` comes last: a directory that has it is complete, and from then on a missing part is
 *    damage. One that has parts but no identity was left half-made and is refused.
 */
import { mkdir, readdir } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { replicaIdFromFixed64 } from '../codec/uint64.js';
import { NOBODY, type ReplicaId } from '../raft/entry.js';
import type { Member } from '../replica/frame.js';
import { syncDirectory, temporaryOf } from './durable-file.js';
import { DirectoryRefused } from './errors.js';
import { readIdentity, type StoredIdentity, writeIdentity } from './identity-file.js';
import { type Layout, layoutOf } from './layout.js';
import { openLevel } from './level-db.js';
import { createMarkFile } from './mark-file.js';

export interface DirectoryOptions {
  /** The company whose replica this is. */
  readonly company: string;
  /** Gives so many random bytes. */
  readonly random: (byteCount: number) => Uint8Array;
}

export class ReplicaDirectory {
  readonly path: string;
  #identity: StoredIdentity;

  /** Only for `openReplicaDirectory`. */
  constructor(path: string, identity: StoredIdentity) {
    this.path = path;
    this.#identity = identity;
  }

  get identity(): StoredIdentity {
    return this.#identity;
  }

  /**
   * Notes for ever which mesh the replica belongs to and who founded it (sorted by id); on disk when it
   * resolves. The same once more is fine; throws DirectoryRefused for another mesh.
   */
  async establish(cluster: string, founders: readonly Member[]): Promise<void> {
    const established = { ...this.#identity, cluster, founders };
    if (isDeepStrictEqual(established, this.#identity)) return;
    if (this.#identity.cluster !== '') {
      throw new DirectoryRefused(
        'other-mesh',
        `${this.path} belongs to mesh ${this.#identity.cluster} and cannot join mesh ${cluster}. Give this node a directory of its own.`,
      );
    }
    await this.#write(established);
  }

  /** Notes that this replica votes in the place of the damaged one; nothing where it took nobody's place. */
  async tookItsPlace(): Promise<void> {
    const { replaces, ...identity } = this.#identity;
    if (replaces !== undefined) await this.#write(identity);
  }

  async #write(identity: StoredIdentity): Promise<void> {
    await writeIdentity(layoutOf(this.path).identity, identity);
    this.#identity = identity;
  }
}

/**
 * Opens the replica directory at `path`, or makes it where there is none or an empty one. Throws
 * DirectoryRefused when it belongs to another company, was left half-made or half-recovered or holds other files, and
 * DamagedStore when the identity is damaged.
 */
export async function openReplicaDirectory(
  path: string,
  options: DirectoryOptions,
): Promise<ReplicaDirectory> {
  const identity =
    (await readIdentity(layoutOf(path).identity)) ?? (await makeReplicaDirectory(path, options)).identity;
  const { company } = options;
  if (identity.company !== company) {
    throw new DirectoryRefused(
      'other-company',
      `${path} holds the replica of company ${identity.company}, not of ${company}. Check the data directory and the company of this node.`,
    );
  }
  if (identity.recovering) {
    throw new DirectoryRefused(
      'half-recovered',
      `${path} is being recovered, or its recovery was interrupted: end it with \`malha recover --force ${path}\`.`,
    );
  }
  return new ReplicaDirectory(path, identity);
}

/**
 * Makes a replica directory at `path`, where there must be none or an empty one; `replaces` names the damaged replica
 * whose place it is to take. Throws DirectoryRefused.
 */
export async function makeReplicaDirectory(
  path: string,
  { company, random }: DirectoryOptions,
  replaces?: ReplicaId,
): Promise<ReplicaDirectory> {
  const layout = layoutOf(path);
  await mkdir(path, { recursive: true, mode: 0o700 });
  await refuseUnlessEmpty(path, layout);
  // Whoever makes this first makes the directory; a second process at the same time is refused here.
  await mkdir(layout.log, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EEXIST' ? halfMade(path) : error;
  });
  await mkdir(layout.state, { mode: 0o700 });
  await mkdir(layout.trail, { mode: 0o700 });
  for (const location of [layout.log, layout.state, layout.trail]) {
    const db = await openLevel(location, true);
    await db.close();
    await syncDirectory(location);
  }
  await createMarkFile(layout.mark);
  await syncDirectory(path);
  await syncDirectory(dirname(resolve(path)));
  const identity = {
    ...{ replica: newReplicaId(random), company, cluster: '', founders: [] },
    ...(replaces === undefined ? {} : { replaces }),
  };
  await writeIdentity(layout.identity, identity);
  return new ReplicaDirectory(path, identity);
}

async function refuseUnlessEmpty(path: string, layout: Layout): Promise<void> {
  // A volume of its own is born with this one.
  const found = (await readdir(path)).filter((name) => name !== 'lost+found');
  if (found.length === 0) return;
  const own = [...Object.values(layout), temporaryOf(layout.identity)].map((part: string) => basename(part));
  if (found.some((name) => own.includes(name))) throw halfMade(path);
  throw new DirectoryRefused(
    'foreign-files',
    `${path} holds other files (${found.slice(0, 3).join(', ')}) and no replica. Name an empty directory or one that does not exist.`,
  );
}

function halfMade(path: string): DirectoryRefused {
  return new DirectoryRefused(
    'half-made',
    `${path} holds parts of a replica but no identity.json: its making was interrupted or is under way, or the file was lost. If this node never ran, remove the directory and start again; if it did, keep it and use a new directory.`,
  );
}

/** 64 random bits. All zero stands for nobody and is drawn again. */
function newReplicaId(random: DirectoryOptions['random']): ReplicaId {
  for (;;) {
    const id = replicaIdFromFixed64(Buffer.from(random(8)).readBigUInt64BE());
    if (id !== NOBODY) return id;
  }
}

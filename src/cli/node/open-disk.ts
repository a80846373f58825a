/**
 * The disk of a node: its directory opened and proven, or, where that is damaged and the replica has a mesh with others,
 * the fresh replica that is to take its place (R5, storage/replacement.ts).
 *
 * 1. A damaged replica is never opened for use: neither its votes nor its answers can be trusted any more.
 * 2. Who has nobody to be repaired from is refused, and nothing is touched.
 */
import { randomBytes } from 'node:crypto';
import type { Ledger } from '../../ledger/ledger.js';
import type { Logger } from '../../observe/logger.js';
import { FOUNDING_INDEX, LedgerLost, openLedger } from '../../replica/open-replica.js';
import { DamagedStore, REPAIR } from '../../storage/errors.js';
import type { StoredIdentity } from '../../storage/identity-file.js';
import { LevelLogStore } from '../../storage/level-log-store.js';
import { LevelStateStore } from '../../storage/level-state-store.js';
import type { LevelTrailStore } from '../../storage/level-trail-store.js';
import { openTrail } from '../../storage/open-trail.js';
import { damagedIn, Replacement, settleReplacement } from '../../storage/replacement.js';
import { openReplicaDirectory, type ReplicaDirectory } from '../../storage/replica-directory.js';
import type { NodeSettings } from '../node-settings.js';

/** So many damaged replicas are kept; all but the last go once the one that took its place votes. */
const DAMAGED_KEPT_MAX = 2;

export interface SoundDisk {
  readonly kind: 'sound';
  readonly directory: ReplicaDirectory;
  readonly log: LevelLogStore;
  readonly state: LevelStateStore;
  readonly trail: LevelTrailStore;
  /** As the stores give it; null while the replica belongs to no mesh. */
  readonly ledger: Ledger | null;
  close(): Promise<void>;
}

export interface DamagedDisk {
  readonly kind: 'damaged';
  /** The replica that is out. */
  readonly lost: StoredIdentity;
  /** What is wrong with it, in words. */
  readonly damage: string;
  readonly replacement: Replacement;
  close(): Promise<void>;
}

/**
 * Opens `settings.dataDir`, or makes it. Rejects with DirectoryRefused, with StoreFailed, and with an Error that says what is
 * damaged where that cannot be repaired from anybody, or was too often.
 */
export async function openDisk(
  settings: Pick<NodeSettings, 'dataDir' | 'company' | 'peers'>,
  logger: Logger,
): Promise<SoundDisk | DamagedDisk> {
  const { dataDir, company } = settings;
  const options = { company, random: randomBytes };
  await settleReplacement(dataDir);
  const directory = await openReplicaDirectory(dataDir, options);
  const { identity } = directory;
  const begun = await Replacement.begun(dataDir);
  if (begun !== null) return damagedDisk(identity, begun);
  try {
    return await openSound(directory, logger);
  } catch (error) {
    const damage = damageOf(error, dataDir);
    if (damage === null) throw error;
    const others = settings.peers.some((peer) => peer.company !== company);
    if (identity.cluster === '' || !others) throw new Error(damage, { cause: error });
    // It has not taken the place yet of the one before it.
    const again = identity.replaces !== undefined;
    if (again && (await damagedIn(dataDir)).length >= DAMAGED_KEPT_MAX) {
      const why = `${DAMAGED_KEPT_MAX} replicas were damaged here, and none has voted since: do not trust this disk.`;
      throw new Error(`${damage} It is not replaced by itself once more. ${why}`, { cause: error });
    }
    return damagedDisk(identity, await Replacement.begin(dataDir, identity.replica, damage, options));
  }
}

/** Who this node is to its peers. */
export function identityOn(disk: SoundDisk | DamagedDisk): StoredIdentity {
  if (disk.kind === 'sound') return disk.directory.identity;
  // A replica that names founders and no mesh knows of one: nobody founds another with it.
  return { ...disk.replacement.identity, founders: disk.lost.founders };
}

async function damagedDisk(lost: StoredIdentity, replacement: Replacement): Promise<DamagedDisk> {
  const damage = (await replacement.damage()) || `the replica ${lost.replica} was found damaged`;
  return { kind: 'damaged', lost, damage, replacement, close: () => replacement.close() };
}

/** What is wrong with the replica, in words; null when an error is no damage. */
function damageOf(error: unknown, dataDir: string): string | null {
  if (error instanceof DamagedStore) return error.message;
  return error instanceof LedgerLost ? `${dataDir} is damaged: ${error.message}. ${REPAIR}` : null;
}

async function openSound(directory: ReplicaDirectory, logger: Logger): Promise<SoundDisk> {
  const { path, identity } = directory;
  const log = await LevelLogStore.open(path, { logger });
  let state: LevelStateStore | null = null;
  let trail: LevelTrailStore | null = null;
  const close = async (): Promise<void> => {
    await trail?.close();
    await state?.close();
    await log.close();
  };
  try {
    const base = log.snapshot();
    if (base.index === 0 && identity.founders.some(({ id }) => id === identity.replica)) {
      throw new DamagedStore(path, null, 'the log of a founder', 'an empty one');
    }
    state = await LevelStateStore.open(path, { logger, keepDamaged: base.index > FOUNDING_INDEX });
    const ledger = identity.cluster === '' ? null : await openLedger(log, state, logger);
    trail = await openTrail(path, { logger });
    return { kind: 'sound', directory, log, state, trail, ledger, close };
  } catch (error) {
    await close();
    throw error;
  }
}

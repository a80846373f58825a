/**
 * A replica from its stores: the ledger as the state database has it, or empty where that is missing or does not
 * add up. What is missing up to the end of the log is replayed as soon as the replica runs.
 */
import { Ledger } from '../ledger/ledger.js';
import { LEDGER_VERSION } from '../ledger/version.js';
import type { Logger } from '../observe/logger.js';
import type { SnapshotMeta } from '../raft/entry.js';
import type { LogStore, RowsDamaged, StateMeta, StateStore } from './ports.js';
import { Replica } from './replica.js';
import type { ReplicaOptions } from './replica-options.js';
import { tooOldFor } from './versions.js';

/** Where the log of a founder begins (cli/node/found-mesh.ts): no command is at or below it. */
export const FOUNDING_INDEX = 1;

export async function openReplica(world: Omit<ReplicaOptions, 'ledger'>): Promise<Replica> {
  const ledger = await openLedger(world.log, world.state, world.logger, world.understands);
  return new Replica({ ...world, ledger });
}

/**
 * The stores of a replica are each sound, and yet what it applied cannot be had from them. It must not vote: an
 * acknowledged entry is gone, or nobody could say what it did.
 */
export class LedgerLost extends Error {
  override readonly name = 'LedgerLost';
}

/**
 * The ledger as it is to be found in the stores of a replica that ended at any moment. Throws LedgerLost, and an Error for
 * a state of a newer ledger version than `understands`.
 */
export async function openLedger(
  log: LogStore,
  state: StateStore,
  logger: Logger,
  understands = LEDGER_VERSION,
): Promise<Ledger> {
  const base = log.snapshot();
  await settleStaged(base, state);
  const restored = await restoreLedger(log, state, logger, understands);
  if (restored !== null) return restored;
  if (base.index > FOUNDING_INDEX) {
    throw new LedgerLost(
      `the state up to index ${base.index} is lost or damaged, and the log begins behind it`,
    );
  }
  await state.clear();
  const ledger = Ledger.empty();
  for (let index = 1; index <= base.index; index += 1) ledger.skip(index, base.term);
  return ledger;
}

/**
 * A snapshot is installed when the log says so (its base is the snapshot's index): what a crash left staged then takes
 * the place of the older state, and before that it is nothing.
 */
export async function settleStaged(base: SnapshotMeta, state: StateStore): Promise<void> {
  const staged = state.staged();
  if (staged === null) return;
  const meta = state.meta();
  const committed = staged.appliedIndex === base.index && staged.appliedTerm === base.term;
  if (committed && (meta === null || meta.appliedIndex < base.index)) await state.adoptStaged();
  else await state.dropStaged();
}

/** Null when there is nothing that the log goes on from. */
async function restoreLedger(
  log: LogStore,
  state: StateStore,
  logger: Logger,
  understands: number,
): Promise<Ledger | null> {
  const meta = state.meta();
  if (meta === null) return null;
  const tooOld = tooOldFor(meta.ledgerVersion, understands);
  if (tooOld !== null) throw new Error(tooOld);
  if (meta.appliedIndex > log.lastIndex()) {
    // Consensus hands out for applying only what is on disk in the log.
    throw new LedgerLost(
      `the state is at index ${meta.appliedIndex}, and the log, which held that, ends at ${log.lastIndex()}`,
    );
  }
  if (meta.appliedIndex < log.snapshot().index) return null;
  const restored = await ledgerFrom(meta, state);
  if (restored instanceof Ledger) return restored;
  logger.warn({ err: restored.damage }, 'the state database does not add up: the log is replayed instead');
  return null;
}

/** From what the state says; what is wrong with that, where it gives none. */
async function ledgerFrom(meta: StateMeta, state: StateStore): Promise<Ledger | RowsDamaged> {
  const begun = unlessDamaged(() => Ledger.restoring(meta, 'at-once'));
  if ('damage' in begun) return begun;
  for await (const page of state.rows()) {
    if ('damage' in page) return page;
    const loaded = unlessDamaged(() => begun.load(page));
    if (loaded !== undefined) return loaded;
  }
  return unlessDamaged(() => begun.finish());
}

function unlessDamaged<T>(restore: () => T): T | RowsDamaged {
  try {
    return restore();
  } catch (error) {
    return { damage: error instanceof Error ? error : new Error(String(error)) };
  }
}

/**
 * A replica from its stores: the ledger as the state database has it, or empty where that is missing or does not
 * add up. What is missing up to the end of the log is replayed as soon as the replica runs.
 */
import { Ledger } from '../ledger/ledger.js';
import type { Logger } from '../observe/logger.js';
import type { LogStore, StateStore } from './ports.js';
import { Replica } from './replica.js';
import type { ReplicaOptions } from './replica-options.js';

/** Where the log of a founder begins (cli/node/found-mesh.ts): no command is at or below it. */
const FOUNDING_INDEX = 1;

export async function openReplica(world: Omit<ReplicaOptions, 'ledger'>): Promise<Replica> {
  const ledger = await openLedger(world.log, world.state, world.logger);
  return new Replica({ ...world, ledger });
}

async function openLedger(log: LogStore, state: StateStore, logger: Logger): Promise<Ledger> {
  const base = log.snapshot();
  const meta = state.meta();
  if (meta !== null) {
    if (meta.appliedIndex >= base.index && meta.appliedIndex <= log.lastIndex()) {
      try {
        const rows: { readonly key: string; readonly row: string }[] = [];
        for await (const row of state.rows()) rows.push(row);
        return Ledger.restore(rows, meta);
      } catch (error) {
        logger.warn({ err: error }, 'the state database does not add up: the log is replayed instead');
      }
    }
    await state.clear();
  }
  if (base.index > FOUNDING_INDEX) {
    throw new Error(
      `assertion: no usable state, and the log begins at ${base.index}: nothing to replay it from`,
    );
  }
  const ledger = Ledger.empty();
  for (let index = 1; index <= base.index; index += 1) ledger.skip(index, base.term);
  return ledger;
}

/** What a start makes of a state with a row that is not what was written: the log is replayed, or the replica is out. */
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Ledger } from '../../src/ledger/ledger.js';
import { type Logger, SILENT } from '../../src/observe/logger.js';
import { type Entry, replicaId } from '../../src/raft/entry.js';
import { FOUNDING_INDEX, LedgerLost, openLedger } from '../../src/replica/open-replica.js';
import type { LogStore } from '../../src/replica/ports.js';
import { DamagedStore, StoreFailed } from '../../src/storage/errors.js';
import { openLevel } from '../../src/storage/level-db.js';
import { LevelStateStore } from '../../src/storage/level-state-store.js';
import { MemoryLogStore } from '../../src/storage/memory-log-store.js';
import { rowsOf } from '../contracts/state-store.js';
import { freshDirectory } from './fixture.js';

const A = replicaId('a'.repeat(16));
const CONFIG = { voters: [A], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false };
const COMPANIES = 1_500;
const DAMAGED = Buffer.from('rc:c777');

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

function ledgerOfCompanies(): Ledger {
  const ledger = Ledger.empty();
  ledger.skip(1, 1);
  for (let index = 2; index <= COMPANIES; index += 1) {
    const operation = { kind: 'register-company', name: `C ${index}`, displayId: `${index}` } as const;
    const command = {
      ...({ ledgerVersion: 1, requestKey: `k${index}`, keyKind: 'node', holder: 'h', door: 'rest' } as const),
      ...{ originCompany: `c${index}`, traceId: '0'.repeat(32), notAfterMs: 9e12, operation },
    };
    ledger.apply({ index, atMs: 1_800_000_000_000, command }, 1);
  }
  return ledger;
}

interface Stores {
  readonly log: LogStore;
  readonly state: LevelStateStore;
}

/** A log that begins at `base`, and a state with more rows than a page has, one of them changed by a bit. */
async function damagedAt(base: number): Promise<Stores> {
  const log = new MemoryLogStore({ completion: 'immediate' });
  const entries = Array.from({ length: COMPANIES - base }, (_, n): Entry => {
    return { index: base + 1 + n, term: 1, payload: { kind: 'no-op' } };
  });
  const hardState = { term: 1, vote: A, commit: COMPANIES };
  await log.save({ hardState, entries, snapshot: { index: base, term: 1, config: CONFIG }, mustSync: true });

  const directory = await freshDirectory();
  const written = await LevelStateStore.open(directory, { logger: SILENT });
  const ledger = ledgerOfCompanies();
  await written.write([...ledger.rows()], { ...ledger.meta(), config: CONFIG, members: [] });
  await written.close();
  const db = await openLevel(join(directory, 'state'));
  const row = (await db.get(DAMAGED))!;
  row[20]! ^= 1;
  await db.put(DAMAGED, row);
  await db.close();

  const state = await LevelStateStore.open(directory, { logger: SILENT, keepDamaged: base > FOUNDING_INDEX });
  open.push(state);
  return { log, state };
}

describe('a state with a damaged row', () => {
  it('is cleared and replayed where the log reaches back to the founding', async () => {
    const { log, state } = await damagedAt(FOUNDING_INDEX);
    const warnings: unknown[] = [];
    const logger: Logger = { ...SILENT, warn: (fields) => warnings.push(fields) };
    const ledger = await openLedger(log, state, logger);
    expect(ledger.appliedIndex).toBe(FOUNDING_INDEX);
    expect(warnings).toEqual([{ err: expect.any(DamagedStore) }]);
    expect(String((warnings[0] as { err: Error }).err)).toContain(`a sound row "${DAMAGED}"`);
    expect(state.meta()).toBeNull();
    expect(await rowsOf(state)).toEqual([]);
  });

  it('is kept, and the replica out, where the log begins behind it', async () => {
    const { log, state } = await damagedAt(COMPANIES - 1);
    await expect(openLedger(log, state, SILENT)).rejects.toBeInstanceOf(LedgerLost);
    expect(state.meta()?.appliedIndex).toBe(COMPANIES);
    await expect(rowsOf(state)).rejects.toBeInstanceOf(DamagedStore);
  });

  it('is not what a state is taken for that cannot be read: nothing is cleared then', async () => {
    const { log, state } = await damagedAt(FOUNDING_INDEX);
    await state.close();
    await expect(openLedger(log, state, SILENT)).rejects.toBeInstanceOf(StoreFailed);
    expect(state.meta()?.appliedIndex).toBe(COMPANIES);
  });
});

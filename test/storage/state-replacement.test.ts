/** One state in the place of another on real directories: what a start makes of whatever a crash left. */
import { existsSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Level } from 'level';
import { afterEach, describe, expect, it } from 'vitest';
import type { Command } from '../../src/ledger/command.js';
import { Ledger } from '../../src/ledger/ledger.js';
import { SILENT } from '../../src/observe/logger.js';
import { replicaId } from '../../src/raft/entry.js';
import { LedgerLost, openLedger } from '../../src/replica/open-replica.js';
import type { StateMeta } from '../../src/replica/ports.js';
import { bodyOf, newRow, sealRow } from '../../src/storage/checked-row.js';
import { LevelStateStore } from '../../src/storage/level-state-store.js';
import { rowsOf } from '../contracts/state-store.js';
import { copyOf, freshDirectory, openLog } from './fixture.js';

const A = replicaId('a'.repeat(16));
const CONFIG = { voters: [A], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false };

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function openState(directory: string): Promise<LevelStateStore> {
  const state = await LevelStateStore.open(directory, { logger: SILENT });
  open.push(state);
  return state;
}

/** A ledger at `index` with as many companies, behind a founding at 1. */
function ledgerAt(index: number): { readonly ledger: Ledger; readonly meta: StateMeta } {
  const ledger = Ledger.empty();
  ledger.skip(1, 1);
  for (let at = 2; at <= index; at += 1) {
    const command: Command = {
      ledgerVersion: 1,
      requestKey: `k${at}`,
      keyKind: 'client',
      holder: 'h',
      door: 'rest',
      originCompany: `c${at}`,
      traceId: '0'.repeat(32),
      notAfterMs: 9_000_000_000_000,
      operation: { kind: 'register-company', name: `C ${at}`, displayId: `${at}` },
    };
    ledger.apply({ index: at, atMs: 1_800_000_000_000, command }, 1);
  }
  return { ledger, meta: { ...ledger.meta(), config: CONFIG, members: [] } };
}

/** A directory whose log begins at `base`, whose state is at 3, and where a state at 9 is staged. */
async function directoryWith(base: number): Promise<string> {
  const directory = await freshDirectory();
  const log = await openLog(directory);
  await log.save({
    hardState: { term: 1, vote: A, commit: base },
    entries: [],
    snapshot: { index: base, term: 1, config: CONFIG },
    mustSync: true,
  });
  await log.close();
  const state = await LevelStateStore.open(directory, { logger: SILENT });
  const [old, next] = [ledgerAt(3), ledgerAt(9)];
  await state.write([...old.ledger.rows()], old.meta);
  const stage = await state.stage();
  await stage.write([...next.ledger.rows()]);
  await stage.seal(next.meta);
  await state.close();
  return directory;
}

async function start(directory: string): Promise<Ledger> {
  const log = await openLog(directory);
  open.push(log);
  return openLedger(log, await openState(directory), SILENT);
}

const NO_LEFTOVERS = ['identity.json', 'log', 'mark', 'state', 'trail'];

describe('a start after a crash while a snapshot was installed', () => {
  it('adopts the staged state when the log begins behind it', async () => {
    const directory = await directoryWith(9);
    const ledger = await start(directory);
    expect(ledger.meta().digest).toBe(ledgerAt(9).meta.digest);
    expect((await readdir(directory)).sort()).toEqual(NO_LEFTOVERS);
    // And the next start finds nothing to do.
    for (const each of open.splice(0)) await each.close();
    expect((await start(directory)).appliedIndex).toBe(9);
  });

  it('deletes the staged state when the log knows nothing of it', async () => {
    const directory = await directoryWith(1);
    const log = await openLog(directory);
    const entries = [2, 3].map((index) => ({ index, term: 1, payload: { kind: 'no-op' } as const }));
    await log.save({ hardState: null, entries, snapshot: null, mustSync: true });
    await log.close();
    const ledger = await start(directory);
    expect(ledger.meta().digest).toBe(ledgerAt(3).meta.digest);
    expect((await readdir(directory)).sort()).toEqual(NO_LEFTOVERS);
  });

  it('does not take a staged state of another term for the one that the log names', async () => {
    const directory = await directoryWith(9);
    const log = await openLog(directory);
    const snapshot = { index: 9, term: 1, config: CONFIG };
    await log.save({ hardState: { term: 2, vote: A, commit: 9 }, entries: [], snapshot, mustSync: true });
    await log.close();
    const state = await LevelStateStore.open(directory, { logger: SILENT });
    const stage = await state.stage();
    await stage.write([...ledgerAt(9).ledger.rows()]);
    await stage.seal({ ...ledgerAt(9).meta, appliedTerm: 2 });
    await state.close();
    await expect(start(directory)).rejects.toBeInstanceOf(LedgerLost);
  });

  const moments: readonly (readonly [string, (directory: string) => Promise<void>])[] = [
    ['before the first rename', async () => {}],
    ['after the first rename', (at) => rename(join(at, 'state'), join(at, 'state.old'))],
    [
      'after the second rename',
      async (at) => {
        await rename(join(at, 'state'), join(at, 'state.old'));
        await rename(join(at, 'state.next'), join(at, 'state'));
      },
    ],
    [
      'while the old state is deleted',
      async (at) => {
        await rename(join(at, 'state'), join(at, 'state.old'));
        await rename(join(at, 'state.next'), join(at, 'state'));
        await rm(join(at, 'state.old', 'CURRENT'));
      },
    ],
  ];
  for (const [name, crash] of moments) {
    it(`has the new state when it crashed ${name}`, async () => {
      const directory = await directoryWith(9);
      await crash(directory);
      expect((await start(directory)).meta().digest).toBe(ledgerAt(9).meta.digest);
      expect((await readdir(directory)).sort()).toEqual(NO_LEFTOVERS);
    });
  }

  it('deletes a stage that was never sealed, empty or not', async () => {
    for (const rows of [[], [{ key: 'c:x', row: '{}' }]]) {
      const directory = await freshDirectory();
      const state = await LevelStateStore.open(directory, { logger: SILENT });
      const stage = await state.stage();
      await stage.write(rows);
      // A copy is what a crash leaves.
      const crashed = await copyOf(directory);
      await stage.discard();
      await state.close();
      const reopened = await openState(crashed);
      expect(reopened.staged()).toBeNull();
      expect(existsSync(join(crashed, 'state.next'))).toBe(false);
    }
  });

  it('deletes a sealed stage that is damaged', async () => {
    const damages: readonly ((stage: string) => Promise<void>)[] = [
      (stage) => rm(join(stage, 'CURRENT')),
      async (stage) => {
        const db = new Level<Buffer, Buffer>(stage, { keyEncoding: 'buffer', valueEncoding: 'buffer' });
        const key = (await db.keys({ gte: Buffer.from('r') }).all())[0]!;
        const row = (await db.get(key))!;
        row[row.length - 1]! ^= 1;
        await db.put(key, row);
        await db.close();
      },
    ];
    for (const damage of damages) {
      const directory = await directoryWith(1);
      await damage(join(directory, 'state.next'));
      expect((await openState(directory)).staged()).toBeNull();
      expect(existsSync(join(directory, 'state.next'))).toBe(false);
    }
  });

  it('refuses to begin with nothing where the log begins behind a state that is gone', async () => {
    const directory = await directoryWith(9);
    await rm(join(directory, 'state.next'), { recursive: true });
    await rm(join(directory, 'state'), { recursive: true });
    await expect(start(directory)).rejects.toBeInstanceOf(LedgerLost);
  });
});

describe('a state of the first format, which told no configuration,', () => {
  it('is cleared, to be replayed from the log', async () => {
    const directory = await freshDirectory();
    const state = await LevelStateStore.open(directory, { logger: SILENT });
    const { ledger, meta } = ledgerAt(3);
    await state.write([...ledger.rows()], meta);
    await state.close();
    const db = new Level<Buffer, Buffer>(join(directory, 'state'), {
      keyEncoding: 'buffer',
      valueEncoding: 'buffer',
    });
    const text = JSON.stringify(ledger.meta());
    const row = newRow(text.length);
    bodyOf(row).write(text);
    sealRow(Buffer.from('m'), row);
    await db.put(Buffer.from('m'), row);
    await db.close();
    const reopened = await openState(directory);
    expect(reopened.meta()).toBeNull();
    expect(await rowsOf(reopened)).toEqual([]);
  });
});

describe('syncing a state', () => {
  it('leaves a directory that holds everything, though LevelDB wrote several logs', async () => {
    const directory = await freshDirectory();
    const state = await LevelStateStore.open(directory, { logger: SILENT });
    const { meta } = ledgerAt(3);
    // More than a memory table of LevelDB holds.
    const page = Array.from({ length: 500 }, (_, i) => ({ key: `p:${i}`, row: 'x'.repeat(4_000) }));
    for (let round = 0; round < 6; round += 1) {
      await state.write(
        page.map(({ key, row }) => ({ key: `${key}:${round}`, row })),
        meta,
      );
    }
    await state.sync();
    const crashed = await copyOf(directory);
    await state.close();
    const reopened = await openState(crashed);
    expect(reopened.meta()).toEqual(meta);
    expect(await rowsOf(reopened)).toHaveLength(3_000);
  });
});

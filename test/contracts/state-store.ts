/** What every StateStore keeps. Run it on each implementation; the harness reopens as a restart would. */
import { afterEach, describe, expect, it } from 'vitest';
import type { LedgerMeta } from '../../src/ledger/state.js';
import type { StateStore } from '../../src/replica/ports.js';

export interface StateStoreHarness {
  create(): Promise<StateStore>;
  /** Closes the store and opens it again. */
  reopen(store: StateStore): Promise<StateStore>;
  dispose(): Promise<void>;
}

export function metaAt(appliedIndex: number): LedgerMeta {
  return {
    appliedIndex,
    appliedTerm: 2,
    nowMs: 1_700_000_000_000,
    ledgerVersion: 1,
    digest: 'ab'.repeat(16),
  };
}

export async function rowsOf(store: StateStore): Promise<[string, string][]> {
  const rows: [string, string][] = [];
  for await (const { key, row } of store.rows()) rows.push([key, row]);
  return rows;
}

export function stateStoreContract(name: string, makeHarness: () => StateStoreHarness): void {
  describe(`${name} keeps the contract of a state store`, () => {
    let harness = makeHarness();
    afterEach(async () => {
      await harness.dispose();
      harness = makeHarness();
    });

    it('is empty at first', async () => {
      const store = await harness.create();
      expect(store.meta()).toBeNull();
      expect(await rowsOf(store)).toEqual([]);
    });

    it('gives back rows in key order and the meta, after a restart', async () => {
      const store = await harness.create();
      await store.write(
        [
          { key: 'v:2', row: '{"stops":[]}' },
          { key: 'c:empresa_a', row: 'João "Salvador" – ⚡' },
          { key: 'k:', row: '' },
        ],
        metaAt(7),
      );
      const reopened = await harness.reopen(store);
      expect(reopened.meta()).toEqual(metaAt(7));
      expect(await rowsOf(reopened)).toEqual([
        ['c:empresa_a', 'João "Salvador" – ⚡'],
        ['k:', ''],
        ['v:2', '{"stops":[]}'],
      ]);
    });

    it('orders keys by their UTF-8 bytes', async () => {
      const store = await harness.create();
      const keys = ['p:z', 'p:é', 'p:\uffee', 'p:😀', 'p:Z'];
      await store.write(
        keys.map((key) => ({ key, row: key })),
        metaAt(1),
      );
      const read = (await rowsOf(await harness.reopen(store))).map(([key]) => key);
      expect(read).toEqual(['p:Z', 'p:z', 'p:é', 'p:\uffee', 'p:😀']);
    });

    it('replaces and deletes rows', async () => {
      const store = await harness.create();
      await store.write(
        ['a', 'b', 'c'].map((key) => ({ key, row: '1' })),
        metaAt(1),
      );
      await store.write(
        [
          { key: 'b', row: null },
          { key: 'c', row: '2' },
          { key: 'never', row: null },
        ],
        metaAt(2),
      );
      const reopened = await harness.reopen(store);
      expect(reopened.meta()).toEqual(metaAt(2));
      expect(await rowsOf(reopened)).toEqual([
        ['a', '1'],
        ['c', '2'],
      ]);
    });

    it('keeps the order of writes that are not awaited one by one', async () => {
      const store = await harness.create();
      const writes = Array.from({ length: 50 }, (_, i) =>
        store.write([{ key: 'k', row: `${i}` }], metaAt(i)),
      );
      await Promise.all(writes);
      const reopened = await harness.reopen(store);
      expect(reopened.meta()).toEqual(metaAt(49));
      expect(await rowsOf(reopened)).toEqual([['k', '49']]);
    });

    it('says what it was opened with, whatever was written since', async () => {
      const store = await harness.create();
      await store.write([], metaAt(3));
      expect(store.meta()).toBeNull();
      const reopened = await harness.reopen(store);
      await reopened.write([], metaAt(4));
      expect(reopened.meta()).toEqual(metaAt(3));
    });

    it('forgets everything when it is cleared, and can be written again', async () => {
      const store = await harness.create();
      await store.write([{ key: 'a', row: '1' }], metaAt(1));
      const reopened = await harness.reopen(store);
      await reopened.clear();
      expect(reopened.meta()).toBeNull();
      expect(await rowsOf(reopened)).toEqual([]);
      await reopened.write([{ key: 'b', row: '2' }], metaAt(2));
      const again = await harness.reopen(reopened);
      expect(again.meta()).toEqual(metaAt(2));
      expect(await rowsOf(again)).toEqual([['b', '2']]);
    });
  });
}

/** What every StateStore keeps. Run it on each implementation; the harness reopens as a restart would. */
import { afterEach, describe, expect, it } from 'vitest';
import { replicaId } from '../../src/raft/entry.js';
import type { StateMeta, StateSnapshot, StateStore } from '../../src/replica/ports.js';

export interface StateStoreHarness {
  create(): Promise<StateStore>;
  /** Closes the store and opens it again. */
  reopen(store: StateStore): Promise<StateStore>;
  dispose(): Promise<void>;
}

export function metaAt(appliedIndex: number): StateMeta {
  return {
    appliedIndex,
    appliedTerm: 2,
    nowMs: 1_700_000_000_000,
    ledgerVersion: 1,
    digest: 'ab'.repeat(16),
    config: {
      voters: [replicaId('000000000000000a'), replicaId('000000000000000b')],
      learners: [replicaId('000000000000000c')],
      votersOutgoing: [],
      learnersNext: [],
      autoLeave: false,
    },
    members: [
      { id: replicaId('000000000000000a'), company: 'empresa_a', address: '' },
      { id: replicaId('000000000000000b'), company: 'empresa_b', address: '' },
      { id: replicaId('000000000000000c'), company: 'empresa_c', address: '[::1]:9087' },
    ],
  };
}

async function rowsIn(snapshot: StateSnapshot | null): Promise<[string, string][]> {
  const rows: [string, string][] = [];
  for await (const page of snapshot!.pages()) for (const { key, row } of page) rows.push([key, row]);
  return rows;
}

export async function rowsOf(store: StateStore): Promise<[string, string][]> {
  const rows: [string, string][] = [];
  for await (const page of store.rows()) {
    if ('damage' in page) throw page.damage;
    for (const { key, row } of page) rows.push([key, row]);
  }
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

    it('has no snapshot while it is empty', async () => {
      expect(await (await harness.create()).snapshot()).toBeNull();
    });

    it('shows a snapshot as it was, with its meta, whatever is written meanwhile', async () => {
      const store = await harness.create();
      const rows = Array.from({ length: 1_200 }, (_, i) => ({ key: `k${1000 + i}`, row: `${i}` }));
      await store.write(rows, metaAt(5));
      const snapshot = await store.snapshot();
      await store.write(
        [
          { key: 'k1000', row: 'new' },
          { key: 'k1001', row: null },
        ],
        metaAt(6),
      );
      expect(snapshot!.meta).toEqual(metaAt(5));
      expect(await rowsIn(snapshot)).toEqual(rows.map(({ key, row }) => [key, row]));
      await snapshot!.close();
      const later = await store.snapshot();
      expect(later!.meta).toEqual(metaAt(6));
      expect((await rowsIn(later)).slice(0, 2)).toEqual([
        ['k1000', 'new'],
        ['k1002', '2'],
      ]);
      await later!.close();
    });

    it('reads a snapshot again, from behind any key, as often as it is asked', async () => {
      const store = await harness.create();
      // More than a page, and keys whose bytes sort otherwise than their UTF-16.
      const keys = Array.from({ length: 1_200 }, (_, i) => `k${1000 + i}`);
      keys.push('k1000\u0000', 'p:Z', 'p:z', 'p:é', 'p:\uffee', 'p:😀');
      await store.write(
        keys.map((key) => ({ key, row: key })),
        metaAt(5),
      );
      const snapshot = (await store.snapshot())!;
      const read = async (after?: string): Promise<string[]> => {
        const found: string[] = [];
        for await (const page of snapshot.pages(after)) for (const { key } of page) found.push(key);
        return found;
      };
      const all = await read();
      expect(all).toEqual([...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
      await store.write([{ key: 'k2000', row: null }], metaAt(6));
      for (const at of [0, 1, 2, 499, 500, 501, 1_199, all.length - 2, all.length - 1]) {
        expect(await read(all[at])).toEqual(all.slice(at + 1));
      }
      // A key that is not there has a place, too.
      expect(await read('')).toEqual(all);
      expect(await read('k1000\u0001')).toEqual(all.slice(2));
      expect(await read('z')).toEqual([]);
      await snapshot.close();
    });

    it('lets a snapshot be closed late: after another state was adopted, or the store closed', async () => {
      const store = await harness.create();
      await store.write([{ key: 'a', row: '1' }], metaAt(5));
      const replaced = (await store.snapshot())!;
      const stage = await store.stage();
      await stage.seal(metaAt(9));
      await store.adoptStaged();
      await replaced.close();
      const last = (await store.snapshot())!;
      const reopened = await harness.reopen(store);
      await last.close();
      await last.close();
      expect(reopened.meta()).toEqual(metaAt(9));
    });

    it('syncs without changing anything', async () => {
      const store = await harness.create();
      await store.write([{ key: 'a', row: '1' }], metaAt(3));
      await store.sync();
      const reopened = await harness.reopen(store);
      expect(reopened.meta()).toEqual(metaAt(3));
      expect(await rowsOf(reopened)).toEqual([['a', '1']]);
    });

    describe('a staged state', () => {
      async function storeWithStage(): Promise<StateStore> {
        const store = await harness.create();
        await store.write([{ key: 'old', row: '1' }], metaAt(3));
        const stage = await store.stage();
        await stage.write([{ key: 'new', row: '1' }]);
        await stage.write([{ key: 'newer', row: '2' }]);
        await stage.seal(metaAt(9));
        return store;
      }

      it('changes nothing until it is adopted, and is there after a restart', async () => {
        const store = await storeWithStage();
        expect(store.staged()).toEqual(metaAt(9));
        await store.write([{ key: 'older', row: '0' }], metaAt(4));
        const reopened = await harness.reopen(store);
        expect(reopened.staged()).toEqual(metaAt(9));
        expect(reopened.meta()).toEqual(metaAt(4));
        expect((await rowsOf(reopened)).map(([key]) => key)).toEqual(['old', 'older']);
      });

      it('takes the place of all that was there when it is adopted', async () => {
        const store = await storeWithStage();
        await store.adoptStaged();
        expect(store.staged()).toBeNull();
        expect(store.meta()).toEqual(metaAt(9));
        expect(await rowsOf(store)).toEqual([
          ['new', '1'],
          ['newer', '2'],
        ]);
        await store.write([{ key: 'newest', row: '3' }], metaAt(10));
        const reopened = await harness.reopen(store);
        expect(reopened.staged()).toBeNull();
        expect(reopened.meta()).toEqual(metaAt(10));
        expect((await rowsOf(reopened)).map(([key]) => key)).toEqual(['new', 'newer', 'newest']);
      });

      it('is adopted after a restart as well', async () => {
        const reopened = await harness.reopen(await storeWithStage());
        await reopened.adoptStaged();
        expect(reopened.meta()).toEqual(metaAt(9));
        expect((await rowsOf(reopened)).map(([key]) => key)).toEqual(['new', 'newer']);
      });

      it('is nothing until it is sealed', async () => {
        const store = await harness.create();
        const stage = await store.stage();
        await stage.write([{ key: 'new', row: '1' }]);
        expect(store.staged()).toBeNull();
        await expect(store.adoptStaged()).rejects.toThrow();
        await stage.discard();
      });

      it('is gone when it is dropped, discarded, or another one is begun', async () => {
        const store = await storeWithStage();
        await store.dropStaged();
        expect(store.staged()).toBeNull();
        const discarded = await store.stage();
        await discarded.write([{ key: 'discarded', row: '1' }]);
        await discarded.discard();
        const sealed = await store.stage();
        await sealed.write([{ key: 'superseded', row: '1' }]);
        await sealed.seal(metaAt(11));
        const last = await store.stage();
        expect(store.staged()).toBeNull();
        await last.write([{ key: 'last', row: '1' }]);
        await last.seal(metaAt(12));
        await store.adoptStaged();
        expect(await rowsOf(store)).toEqual([['last', '1']]);
      });
    });
  });
}

/** What every TrailStore keeps. Run it on each implementation; the harness reopens as a restart would. */
import { afterEach, describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../src/ledger/audit.js';
import type { TrailStore } from '../../src/replica/ports.js';

export interface TrailStoreHarness {
  create(): Promise<TrailStore>;
  /** Closes the store and opens it again. */
  reopen(store: TrailStore): Promise<TrailStore>;
  dispose(): Promise<void>;
}

export function recordAt(index: number, ...subjects: readonly string[]): AuditRecord {
  return { index, before: index.toString(16).padStart(64, '0'), text: `{"ação":${index}}`, subjects };
}

const indexes = (records: readonly { readonly index: number }[]) => records.map(({ index }) => index);

export function trailStoreContract(name: string, makeHarness: () => TrailStoreHarness): void {
  describe(`${name} keeps the contract of a trail store`, () => {
    let harness = makeHarness();
    afterEach(async () => {
      await harness.dispose();
      harness = makeHarness();
    });

    it('is empty at first', async () => {
      const store = await harness.create();
      expect([store.firstIndex, store.lastIndex]).toEqual([0, 0]);
      expect(await store.read(0, 10)).toEqual([]);
      expect(await store.of('reservation:r1', 0, 10)).toEqual([]);
      await store.append([]);
      expect(store.lastIndex).toBe(0);
    });

    it('gives back what was appended, in pages in the order of indexes', async () => {
      const store = await harness.create();
      await store.append([recordAt(3), recordAt(255)]);
      await store.append([recordAt(256), recordAt(70_000), recordAt(2 ** 40)]);
      expect([store.firstIndex, store.lastIndex]).toEqual([3, 2 ** 40]);
      const { index, before, text } = recordAt(255);
      expect(await store.read(4, 1)).toEqual([{ index, before, text }]);
      expect(indexes(await store.read(256, 2))).toEqual([256, 70_000]);
      expect(indexes(await store.read(0, 100))).toEqual([3, 255, 256, 70_000, 2 ** 40]);
      expect(await store.read(2 ** 40 + 1, 100)).toEqual([]);
    });

    it('tells what is about a subject, and about no other that begins with it', async () => {
      const store = await harness.create();
      await store.append([
        recordAt(1, 'reservation:r1', 'holder:x'),
        recordAt(2, 'reservation:r11'),
        recordAt(3, 'holder:x'),
        recordAt(300, 'reservation:r1', 'wait:w1'),
        recordAt(301, 'holder:x'),
      ]);
      expect(indexes(await store.of('reservation:r1', 0, 10))).toEqual([1, 300]);
      expect(await store.of('reservation:r1', 1, 10)).toEqual(await store.read(300, 1));
      expect(indexes(await store.of('holder:x', 1, 1))).toEqual([3]);
      expect(indexes(await store.of('holder:x', 3, 10))).toEqual([301]);
      expect(await store.of('holder:', 0, 10)).toEqual([]);
      expect(await store.of('reservation:r1', 300, 10)).toEqual([]);
    });

    it('takes records again, and older ones late, as if they had come once and in order', async () => {
      const store = await harness.create();
      await store.append([recordAt(7, 'holder:x'), recordAt(8, 'holder:x')]);
      await store.append([recordAt(8, 'holder:x'), recordAt(9)]);
      await store.append([recordAt(2, 'holder:x')]);
      expect([store.firstIndex, store.lastIndex]).toEqual([2, 9]);
      expect(indexes(await store.read(0, 10))).toEqual([2, 7, 8, 9]);
      expect(indexes(await store.of('holder:x', 0, 10))).toEqual([2, 7, 8]);
    });

    it('has everything again when it is reopened', async () => {
      const store = await harness.create();
      await store.append([recordAt(5, 'wait:w5'), recordAt(6)]);
      await store.sync();
      const again = await harness.reopen(store);
      expect([again.firstIndex, again.lastIndex]).toEqual([5, 6]);
      expect(indexes(await again.of('wait:w5', 0, 10))).toEqual([5]);
      await again.append([recordAt(7)]);
      expect(indexes(await again.read(0, 10))).toEqual([5, 6, 7]);
    });

    it('reads backwards, too, in the order of indexes', async () => {
      const store = await harness.create();
      expect(await store.readBefore(100, 10)).toEqual([]);
      await store.append([recordAt(3), recordAt(255), recordAt(256), recordAt(2 ** 40)]);
      expect(indexes(await store.readBefore(2 ** 40, 2))).toEqual([255, 256]);
      expect(indexes(await store.readBefore(257, 1))).toEqual([256]);
      expect(indexes(await store.readBefore(Number.MAX_SAFE_INTEGER, 10))).toEqual([3, 255, 256, 2 ** 40]);
      expect(await store.readBefore(3, 10)).toEqual([]);
      expect(await store.readBefore(256, 1)).toEqual(await store.read(255, 1));
    });

    it('remembers where records are missing, with the records that come at the same time', async () => {
      const store = await harness.create();
      expect(store.gaps).toEqual([]);
      await store.append([recordAt(70_000)], { opened: 70_000 });
      await store.append([], { opened: 2 ** 40 });
      await store.append([], { opened: 300 });
      expect(store.gaps).toEqual([300, 70_000, 2 ** 40]);
      await store.append([recordAt(400)], { closed: 70_000, opened: 400 });
      await store.append([], { closed: 300 });
      // What is known already changes nothing.
      await store.append([], { closed: 5, opened: 400 });
      await store.sync();
      expect(store.gaps).toEqual([400, 2 ** 40]);
      const again = await harness.reopen(store);
      expect(again.gaps).toEqual([400, 2 ** 40]);
      expect([again.firstIndex, again.lastIndex]).toEqual([400, 70_000]);
    });
  });
}

/**
 * What every LogStore keeps. Run it on each implementation; the harness makes stores and reopens them as a
 * restart of the process would.
 */
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type ConfigState,
  EMPTY_HARD_STATE,
  type Entry,
  type HardState,
  NOBODY,
  replicaId,
  type SnapshotMeta,
} from '../../src/raft/entry.js';
import { entryBytes } from '../../src/raft/entry-size.js';
import type { LogView } from '../../src/raft/log-view.js';
import type { LogSave, LogStore } from '../../src/replica/ports.js';

export interface LogStoreHarness {
  /** An empty store. */
  create(): Promise<LogStore>;
  /** Closes the store and opens it again. */
  reopen(store: LogStore): Promise<LogStore>;
  /** Closes what is open and removes what was made. */
  dispose(): Promise<void>;
}

const A = replicaId('000000000000000a');
const B = replicaId('ffffffffffffffff');
const CONFIG: ConfigState = {
  voters: [A, B],
  learners: [],
  votersOutgoing: [],
  learnersNext: [],
  autoLeave: false,
};

export function command(index: number, term: number, text = `${index}.${term}`): Entry {
  return { index, term, payload: { kind: 'command', data: new Uint8Array(Buffer.from(text)) } };
}

export function commands(from: number, to: number, term: number): Entry[] {
  return Array.from({ length: to - from + 1 }, (_, i) => command(from + i, term));
}

export function inTerm(term: number, commit = 0, vote = NOBODY): HardState {
  return { term, vote, commit };
}

export function saveOf(save: Partial<LogSave>): LogSave {
  return { hardState: null, entries: [], snapshot: null, mustSync: true, ...save };
}

export function snapshotAt(index: number, term: number): SnapshotMeta {
  return { index, term, config: CONFIG };
}

/** All that a log shows. */
export function contentOf(log: LogView): object {
  const first = log.firstIndex();
  const last = log.lastIndex();
  const terms = Array.from({ length: last - first + 2 }, (_, i) => log.term(first - 1 + i));
  return {
    hardState: log.hardState(),
    snapshot: log.snapshot(),
    first,
    last,
    terms,
    entries: log.entries(first, last + 1, Number.POSITIVE_INFINITY),
  };
}

/** What a log shows, short enough to compare thousands of times. */
function digestOf(log: LogView): string {
  const first = log.firstIndex();
  const entries = log.entries(first, log.lastIndex() + 1, Number.POSITIVE_INFINITY);
  const { term } = log.hardState();
  return JSON.stringify([term, first, entries.length, entries.map((entry) => entry.term).join('')]);
}

export function logStoreContract(name: string, makeHarness: () => LogStoreHarness): void {
  describe(`${name} keeps the contract of a log store`, () => {
    let harness = makeHarness();
    afterEach(async () => {
      await harness.dispose();
      harness = makeHarness();
    });

    async function storeWith(...saves: Partial<LogSave>[]): Promise<LogStore> {
      const store = await harness.create();
      for (const save of saves) await store.save(saveOf(save));
      return store;
    }

    async function survivesReopening(store: LogStore): Promise<LogStore> {
      const before = contentOf(store);
      const reopened = await harness.reopen(store);
      expect(contentOf(reopened)).toEqual(before);
      return reopened;
    }

    it('is empty at first: no term, no vote, and the first entry will have index 1', async () => {
      const store = await survivesReopening(await storeWith());
      expect(store.hardState()).toEqual(EMPTY_HARD_STATE);
      expect([store.firstIndex(), store.lastIndex(), store.term(0), store.term(1)]).toEqual([
        1,
        0,
        0,
        undefined,
      ]);
      expect(store.entries(1, 1, 100)).toEqual([]);
    });

    it('begins at index 1 after the founding', async () => {
      const store = await storeWith({ hardState: inTerm(1, 1), snapshot: snapshotAt(1, 1) });
      await survivesReopening(store);
      expect([store.firstIndex(), store.lastIndex(), store.term(0), store.term(1)]).toEqual([
        2,
        1,
        undefined,
        1,
      ]);
      expect(store.snapshot()).toEqual(snapshotAt(1, 1));
    });

    it('lets the founding be saved once more, as after a crash in the middle of it', async () => {
      const founding = { hardState: inTerm(1, 1), snapshot: snapshotAt(1, 1) };
      await survivesReopening(await storeWith(founding, founding));
    });

    it('gives back entries of every kind, also after a restart', async () => {
      const entries: Entry[] = [
        { index: 1, term: 1, payload: { kind: 'no-op' } },
        command(2, 1),
        command(3, 2, ''),
        {
          index: 4,
          term: 3,
          payload: {
            kind: 'config',
            change: {
              changes: [
                { kind: 'add-voter', id: A },
                { kind: 'remove', id: B },
              ],
              transition: 'joint-implicit',
              context: new Uint8Array([1, 2, 3]),
            },
          },
        },
      ];
      const store = await storeWith({ hardState: inTerm(3, 2, A), entries });
      const reopened = await survivesReopening(store);
      expect(reopened.entries(1, 5, Number.POSITIVE_INFINITY)).toEqual(entries);
      expect([0, 1, 2, 3, 4, 5].map((index) => reopened.term(index))).toEqual([0, 1, 1, 2, 3, undefined]);
      expect(reopened.hardState()).toEqual(inTerm(3, 2, A));
    });

    it('keeps the hard state of earlier saves when a save carries none', async () => {
      const store = await storeWith({ hardState: inTerm(2, 0, B) }, { entries: commands(1, 2, 2) });
      expect(store.hardState()).toEqual(inTerm(2, 0, B));
      await survivesReopening(store);
    });

    it('shows a commit index that was saved unsynced', async () => {
      const store = await storeWith(
        { hardState: inTerm(1), entries: commands(1, 3, 1) },
        { hardState: inTerm(1, 3), mustSync: false },
      );
      expect(store.hardState().commit).toBe(3);
      await survivesReopening(store);
    });

    it('replaces the tail from the first saved entry on, also by a shorter one', async () => {
      const store = await storeWith(
        { hardState: inTerm(1), entries: commands(1, 6, 1) },
        { hardState: inTerm(2), entries: commands(3, 4, 2) },
      );
      expect(store.lastIndex()).toBe(4);
      expect(store.entries(1, 5, Number.POSITIVE_INFINITY)).toEqual([
        ...commands(1, 2, 1),
        ...commands(3, 4, 2),
      ]);
      expect(store.term(5)).toBeUndefined();
      const reopened = await survivesReopening(store);
      await reopened.save(saveOf({ entries: commands(5, 7, 2) }));
      await survivesReopening(reopened);
    });

    it('can replace the whole log', async () => {
      const store = await storeWith(
        { hardState: inTerm(1), entries: commands(1, 3, 1) },
        { hardState: inTerm(2), entries: commands(1, 1, 2) },
      );
      expect(store.entries(1, 2, Number.POSITIVE_INFINITY)).toEqual(commands(1, 1, 2));
      await survivesReopening(store);
    });

    it('reads at least one entry, then as many as fit', async () => {
      const entries = commands(1, 5, 1);
      const store = await storeWith({ hardState: inTerm(1), entries });
      const bytes = entryBytes(entries[0]!);
      const read = (bytesMax: number): number => store.entries(1, 6, bytesMax).length;
      expect([0, 1, bytes, 2 * bytes - 1, 2 * bytes, 5 * bytes, 9 * bytes].map(read)).toEqual([
        1, 1, 1, 1, 2, 5, 5,
      ]);
      expect(store.entries(2, 4, 9 * bytes)).toEqual(commands(2, 3, 1));
    });

    it('refuses to read what it does not hold', async () => {
      const store = await storeWith(
        { hardState: inTerm(1), entries: commands(1, 5, 1) },
        { snapshot: snapshotAt(2, 1) },
      );
      for (const [low, high] of [
        [2, 4],
        [3, 7],
        [7, 7],
        [5, 4],
      ] as const) {
        expect(() => store.entries(low, high, 100)).toThrow(RangeError);
      }
      expect(store.entries(6, 6, 100)).toEqual([]);
    });

    it('shows a save once it has succeeded and the old log until then', async () => {
      const store = await storeWith({ hardState: inTerm(1), entries: commands(1, 4, 1) });
      const before = contentOf(store);
      const saving = store.save(saveOf({ hardState: inTerm(2), entries: commands(2, 3, 2) }));
      expect(contentOf(store)).toEqual(before);
      await saving;
      expect(store.entries(1, 4, Number.POSITIVE_INFINITY)).toEqual([command(1, 1), ...commands(2, 3, 2)]);
    });

    it('shows the old log or the new one while a save is on its way, never a mixture', async () => {
      const store = await storeWith({ hardState: inTerm(1), entries: commands(1, 2_000, 1) });
      for (const save of [
        { hardState: inTerm(2), entries: commands(1_900, 1_950, 2) },
        { snapshot: snapshotAt(1_800, 1) },
        { hardState: inTerm(3), snapshot: snapshotAt(1_900, 3), entries: commands(1_901, 1_902, 3) },
      ]) {
        const seen = new Set([digestOf(store)]);
        let saved = false;
        const saving = store.save(saveOf(save)).then(() => {
          saved = true;
        });
        while (!saved) {
          seen.add(digestOf(store));
          await new Promise(setImmediate);
        }
        await saving;
        seen.add(digestOf(store));
        expect(seen.size).toBe(2);
      }
    });

    it('keeps the entries above a snapshot that matches the log', async () => {
      const store = await storeWith(
        { hardState: inTerm(1), entries: commands(1, 5, 1) },
        { hardState: inTerm(1, 3), snapshot: snapshotAt(3, 1) },
      );
      expect([store.firstIndex(), store.lastIndex(), store.term(2), store.term(3)]).toEqual([
        4,
        5,
        undefined,
        1,
      ]);
      const reopened = await survivesReopening(store);
      await reopened.save(saveOf({ entries: commands(6, 6, 1) }));
      await survivesReopening(reopened);
    });

    it('discards the log at a snapshot that contradicts it', async () => {
      const store = await storeWith(
        { hardState: inTerm(1), entries: commands(1, 5, 1) },
        { hardState: inTerm(2, 3), snapshot: snapshotAt(3, 2) },
      );
      expect([store.firstIndex(), store.lastIndex(), store.term(3), store.term(4)]).toEqual([
        4,
        3,
        2,
        undefined,
      ]);
      await survivesReopening(store);
    });

    it('begins anew at a snapshot beyond its end', async () => {
      const store = await storeWith(
        { hardState: inTerm(1), entries: commands(1, 5, 1) },
        { hardState: inTerm(2, 9), snapshot: snapshotAt(9, 2) },
        { entries: commands(10, 11, 2) },
      );
      expect([store.firstIndex(), store.lastIndex(), store.term(5), store.term(9)]).toEqual([
        10,
        11,
        undefined,
        2,
      ]);
      await survivesReopening(store);
    });

    it('begins anew beyond its end also when a snapshot already covered all of it', async () => {
      const store = await storeWith(
        { hardState: inTerm(1), entries: commands(1, 3, 1) },
        { snapshot: snapshotAt(3, 1) },
        { snapshot: snapshotAt(5, 1), entries: commands(6, 7, 1) },
      );
      expect(store.entries(6, 8, Number.POSITIVE_INFINITY)).toEqual(commands(6, 7, 1));
      await survivesReopening(store);
    });

    it('takes a snapshot and the entries above it in one save', async () => {
      const store = await storeWith(
        { hardState: inTerm(1), entries: commands(1, 7, 1) },
        { hardState: inTerm(2, 3), snapshot: snapshotAt(3, 2), entries: commands(4, 5, 2) },
      );
      expect([store.firstIndex(), store.lastIndex()]).toEqual([4, 5]);
      expect(store.entries(4, 6, Number.POSITIVE_INFINITY)).toEqual(commands(4, 5, 2));
      await survivesReopening(store);
    });

    it('takes a matching snapshot and new entries above the kept ones in one save', async () => {
      const store = await storeWith(
        { hardState: inTerm(1), entries: commands(1, 4, 1) },
        { snapshot: snapshotAt(2, 1), entries: commands(4, 6, 1) },
      );
      expect(store.entries(3, 7, Number.POSITIVE_INFINITY)).toEqual(commands(3, 6, 1));
      await survivesReopening(store);
    });

    it('takes one save at a time', async () => {
      const store = await storeWith();
      const first = store.save(saveOf({ hardState: inTerm(1), entries: commands(1, 1, 1) }));
      await expect(store.save(saveOf({ hardState: inTerm(2) }))).rejects.toThrow(/^bug: .*outstanding/);
      await first;
      expect(contentOf(store)).toMatchObject({ hardState: inTerm(1), last: 1 });
    });

    it('takes no save once it is closed', async () => {
      const store = await storeWith();
      await store.close();
      await expect(store.save(saveOf({ hardState: inTerm(1) }))).rejects.toThrow(/^bug: .*closed/);
    });

    it.each<[string, Partial<LogSave>]>([
      ['entries that leave a gap', { entries: commands(7, 7, 2) }],
      ['entries below the base', { entries: commands(2, 3, 2) }],
      ['entries that are not in order', { entries: [command(6, 2), command(8, 2)] }],
      ['entries whose terms fall', { entries: [command(6, 2), command(7, 1)] }],
      ['entries of a term before the one they follow', { entries: [command(6, 1)] }],
      ['an entry of a term that is not saved (C5)', { entries: [command(6, 3)] }],
      ['a term that falls (C4)', { hardState: inTerm(1, 4) }],
      ['a second vote in one term (C3)', { hardState: inTerm(2, 4, B) }],
      ['a vote taken back', { hardState: inTerm(2, 4, NOBODY) }],
      ['a commit index beyond the end', { hardState: inTerm(2, 6, A) }],
      ['a snapshot before the base', { snapshot: snapshotAt(1, 1) }],
      ['another snapshot at the base', { snapshot: snapshotAt(2, 2) }],
      ['a snapshot of a term that is not saved', { snapshot: snapshotAt(9, 3) }],
      ['unsynced entries', { entries: commands(6, 6, 2), mustSync: false }],
      ['an unsynced term', { hardState: inTerm(3, 4), mustSync: false }],
      ['an unsynced snapshot', { snapshot: snapshotAt(3, 2), mustSync: false }],
    ])('refuses as a bug, and is unchanged by, %s', async (_, save) => {
      const store = await storeWith(
        { hardState: inTerm(1, 2), snapshot: snapshotAt(2, 1) },
        { hardState: inTerm(2, 4, A), entries: commands(3, 5, 2) },
      );
      const before = contentOf(store);
      await expect(store.save(saveOf(save))).rejects.toThrow(/^bug: a save must not carry /);
      expect(contentOf(store)).toEqual(before);
      await store.save(saveOf({ entries: commands(6, 6, 2) }));
      await survivesReopening(store);
    });

    it('shows what a plain model shows, after any sequence of saves and restarts', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), async (steps) => {
          let store = await harness.create();
          const model = new Model();
          for (const next of steps) {
            if (next.restart) store = await harness.reopen(store);
            await store.save(model.next(next));
            expect(contentOf(store)).toEqual(model.content());
          }
          expect(contentOf(await harness.reopen(store))).toEqual(model.content());
          await harness.dispose();
        }),
        { numRuns: 15 },
      );
    });
  });
}

interface Step {
  readonly restart: boolean;
  readonly newTerm: boolean;
  /** How far below the end the entries begin, and how many they are. */
  readonly back: number;
  readonly count: number;
  /** Where a snapshot is taken, from the base on; beyond the end it replaces the log. */
  readonly snapshot: number | null;
  readonly contradicts: boolean;
}

const step: fc.Arbitrary<Step> = fc.record({
  restart: fc.nat(3).map((n) => n === 0),
  newTerm: fc.boolean(),
  back: fc.nat(5),
  count: fc.nat(6),
  snapshot: fc.option(fc.nat(12), { freq: 4 }),
  contradicts: fc.boolean(),
});

/** A log as plain arrays, which also makes the saves that a step stands for. */
class Model {
  private hardState = EMPTY_HARD_STATE;
  private snapshot: SnapshotMeta = {
    index: 0,
    term: 0,
    config: { voters: [], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false },
  };
  private held: Entry[] = [];

  next(step: Step): LogSave {
    const term = this.hardState.term + (step.newTerm || this.hardState.term === 0 ? 1 : 0);
    let snapshot: SnapshotMeta | null = null;
    if (step.snapshot !== null && step.snapshot > 0) {
      const index = this.snapshot.index + step.snapshot;
      const own = this.held[step.snapshot - 1]?.term;
      snapshot = snapshotAt(index, own === undefined || step.contradicts ? term : own);
      this.held = own === snapshot.term ? this.held.slice(step.snapshot) : [];
      this.snapshot = snapshot;
    }
    // Within one term a leader only appends: entries are replaced only by those of a newer one.
    const keep = step.newTerm ? Math.max(0, this.held.length - step.back) : this.held.length;
    const entries = Array.from({ length: step.count }, (_, i) =>
      command(this.snapshot.index + keep + 1 + i, term, `${term}:${i}`),
    );
    if (entries.length > 0) this.held = [...this.held.slice(0, keep), ...entries];
    const vote = term > this.hardState.term ? (step.contradicts ? A : B) : this.hardState.vote;
    this.hardState = { term, vote, commit: this.snapshot.index };
    return { hardState: this.hardState, entries, snapshot, mustSync: true };
  }

  content(): object {
    const first = this.snapshot.index + 1;
    return {
      hardState: this.hardState,
      snapshot: this.snapshot,
      first,
      last: this.snapshot.index + this.held.length,
      terms: [this.snapshot.term, ...this.held.map((entry) => entry.term)],
      entries: this.held,
    };
  }
}

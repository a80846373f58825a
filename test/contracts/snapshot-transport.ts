/**
 * What every SnapshotTransport promises. Run on the gRPC transport and on its in-memory twin; an implementation
 * brings a rig of two replicas that can reach each other.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ReplicaId, replicaId } from '../../src/raft/entry.js';
import type { SnapshotHeader, SnapshotTransport, StateRow } from '../../src/replica/ports.js';
import { eventually } from '../support/eventually.js';
import { metaAt } from './state-store.js';

export interface SnapshotRig {
  readonly a: { readonly id: ReplicaId; readonly snapshots: SnapshotTransport };
  readonly b: { readonly id: ReplicaId; readonly snapshots: SnapshotTransport };
  /** Resolves once either side can send to the other. */
  start(): Promise<void>;
  /** Lets nothing more through between the two, in either direction. */
  cut(): void;
  close(): Promise<void>;
}

const ROW_BYTES = 1_000;
const PAGE_ROWS = 60;

function page(n: number): StateRow[] {
  return Array.from({ length: PAGE_ROWS }, (_, i) => ({
    key: `p:${n}:${i}`,
    row: `${n}`.padEnd(ROW_BYTES, '.'),
  }));
}

/** So many pages; `pulled` counts those that were asked for. */
class Source implements AsyncIterable<readonly StateRow[]> {
  pulled = 0;
  ended = false;

  constructor(private readonly count: number) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly StateRow[]> {
    try {
      for (let n = 0; n < this.count; n += 1) {
        this.pulled += 1;
        yield page(n);
      }
    } finally {
      this.ended = true;
    }
  }
}

export function snapshotTransportContract(name: string, open: () => Promise<SnapshotRig>): void {
  describe(`snapshot transport contract: ${name}`, () => {
    let rig: SnapshotRig;
    const never = new AbortController().signal;

    beforeEach(async () => {
      rig = await open();
      await rig.start();
    });

    afterEach(async () => {
      await rig.close();
    });

    function header(): SnapshotHeader {
      return { from: rig.a.id, to: rig.b.id, term: 5, meta: metaAt(77) };
    }

    /** A receiver at b that takes all; `taken` tells what, and how it ended. */
    function taker() {
      const taken = { headers: [] as SnapshotHeader[], rows: [] as StateRow[], ended: '' };
      rig.b.snapshots.receive(async (header, pages) => {
        taken.headers.push(header);
        try {
          for await (const rows of pages) taken.rows.push(...rows);
          taken.ended = 'whole';
        } catch (error) {
          taken.ended = 'broken';
          throw error;
        }
      });
      return taken;
    }

    it('brings header and rows as they were sent, and says so', async () => {
      const taken = taker();
      expect(await rig.a.snapshots.send(header(), new Source(20), never)).toBe(true);
      expect(taken.headers).toEqual([header()]);
      expect(taken.rows).toEqual(Array.from({ length: 20 }, (_, n) => page(n)).flat());
    });

    it('says so no earlier than the taker is done', async () => {
      let finish: () => void = () => {};
      let arrived = false;
      rig.b.snapshots.receive(async (_, pages) => {
        for await (const _rows of pages);
        arrived = true;
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
      });
      let delivered: boolean | null = null;
      const sending = rig.a.snapshots.send(header(), new Source(2), never).then((outcome) => {
        delivered = outcome;
      });
      await eventually(() => arrived);
      expect(delivered).toBeNull();
      finish();
      await sending;
      expect(delivered).toBe(true);
    });

    it('says no when the taker does not want it, and stops asking for pages', async () => {
      rig.b.snapshots.receive(async () => {
        throw new Error('of an old term');
      });
      const source = new Source(5_000);
      expect(await rig.a.snapshots.send(header(), source, never)).toBe(false);
      expect(source.pulled).toBeLessThan(5_000);
      expect(source.ended).toBe(true);
    });

    it('says no for a replica that nobody knows', async () => {
      taker();
      const to = replicaId('dddddddddddddddd');
      expect(await rig.a.snapshots.send({ ...header(), to }, new Source(1), never)).toBe(false);
    });

    it('lets a taker that is slow hold up the sender', async () => {
      let resume: () => void = () => {};
      const resumed = new Promise<void>((resolve) => {
        resume = resolve;
      });
      let rows = 0;
      rig.b.snapshots.receive(async (_, pages) => {
        await resumed;
        for await (const each of pages) rows += each.length;
      });
      const source = new Source(1_000);
      const sending = rig.a.snapshots.send(header(), source, never);
      // Waits until it is held up: what is on its way is a part of the whole.
      let before = -1;
      await eventually(
        () => {
          const still = source.pulled === before && source.pulled > 0;
          before = source.pulled;
          return still;
        },
        { everyMs: 100 },
      );
      expect(source.pulled).toBeLessThan(500);
      resume();
      expect(await sending).toBe(true);
      expect(rows).toBe(1_000 * PAGE_ROWS);
    });

    it('ends on both sides when the way breaks', async () => {
      const taken = taker();
      const source = new Source(100_000);
      const sending = rig.a.snapshots.send(header(), source, never);
      await eventually(() => taken.rows.length > 0);
      rig.cut();
      expect(await sending).toBe(false);
      await eventually(() => taken.ended === 'broken');
      expect(source.ended).toBe(true);
    });

    it('ends on both sides when the sender gives up', async () => {
      const taken = taker();
      const giveUp = new AbortController();
      const sending = rig.a.snapshots.send(header(), new Source(100_000), giveUp.signal);
      await eventually(() => taken.rows.length > 0);
      giveUp.abort();
      expect(await sending).toBe(false);
      await eventually(() => taken.ended === 'broken');
      expect(await rig.a.snapshots.send(header(), new Source(1), giveUp.signal)).toBe(false);
    });

    it('passes on what the source throws, and the taker gets no whole state', async () => {
      const taken = taker();
      const source = (async function* () {
        yield page(0);
        throw new Error('the state cannot be read');
      })();
      await expect(rig.a.snapshots.send(header(), source, never)).rejects.toThrow('cannot be read');
      // The stream may end before its header was seen.
      await eventually(() => taken.ended === 'broken' || taken.headers.length === 0);
    });

    it('carries states in both directions at the same time', async () => {
      const atB = taker();
      let atA = 0;
      rig.a.snapshots.receive(async (_, pages) => {
        for await (const rows of pages) atA += rows.length;
      });
      const back = { ...header(), from: rig.b.id, to: rig.a.id };
      const outcomes = await Promise.all([
        rig.a.snapshots.send(header(), new Source(50), never),
        rig.b.snapshots.send(back, new Source(50), never),
      ]);
      expect(outcomes).toEqual([true, true]);
      expect([atA, atB.rows.length]).toEqual([50 * PAGE_ROWS, 50 * PAGE_ROWS]);
    });
  });
}

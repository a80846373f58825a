/**
 * What every SnapshotTransport promises. Run on the gRPC transport and on its in-memory twin; an implementation
 * brings a rig of two replicas that can reach each other.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ReplicaId, replicaId } from '../../src/raft/entry.js';
import type {
  SnapshotChunk,
  SnapshotHeader,
  SnapshotPlace,
  SnapshotTaker,
  SnapshotTransport,
  StateRow,
} from '../../src/replica/ports.js';
import { BEGINNING, behind } from '../../src/replica/snapshot-place.js';
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
const CHUNK_ROWS = 60;

function rowsOf(n: number): StateRow[] {
  return Array.from({ length: CHUNK_ROWS }, (_, i) => ({
    key: `p:${n}:${i}`,
    row: `${n}`.padEnd(ROW_BYTES, '.'),
  }));
}

/** The place behind so many chunks. */
function placeBehind(chunks: number): SnapshotPlace {
  let place = BEGINNING;
  for (let n = 0; n < chunks; n += 1) place = behind(place, rowsOf(n));
  return place;
}

/** So many chunks, those behind a place; `pulled` counts the ones that were asked for. */
class Source implements AsyncIterable<SnapshotChunk> {
  pulled = 0;
  ended = false;

  constructor(
    private readonly count: number,
    private readonly after = BEGINNING,
  ) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<SnapshotChunk> {
    let place = this.after;
    try {
      for (let n = place.chunks; n < this.count; n += 1) {
        this.pulled += 1;
        const rows = rowsOf(n);
        place = behind(place, rows);
        yield { rows, place };
      }
    } finally {
      this.ended = true;
    }
  }
}

/** A taker that has nothing of any state. */
export function takerOf(take: SnapshotTaker['take']): SnapshotTaker {
  return { placeOf: async () => BEGINNING, take };
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

    function header(after = BEGINNING): SnapshotHeader {
      return { from: rig.a.id, to: rig.b.id, term: 5, meta: metaAt(77), cut: 2 ** 40 + 3, after };
    }

    /** A receiver at b that takes all; `taken` tells what, and how it ended. */
    function taker() {
      const taken = { headers: [] as SnapshotHeader[], chunks: [] as SnapshotChunk[], ended: '' };
      rig.b.snapshots.receive(
        takerOf(async (header, chunks) => {
          taken.headers.push(header);
          try {
            for await (const chunk of chunks) taken.chunks.push(chunk);
            taken.ended = 'whole';
          } catch (error) {
            taken.ended = 'broken';
            throw error;
          }
        }),
      );
      return taken;
    }

    it('brings header, rows and places as they were sent, and says so', async () => {
      const taken = taker();
      expect(await rig.a.snapshots.send(header(), new Source(20), never)).toBe(true);
      expect(taken.headers).toEqual([header()]);
      expect(taken.chunks.flatMap(({ rows }) => rows)).toEqual(
        Array.from({ length: 20 }, (_, n) => rowsOf(n)).flat(),
      );
      expect(taken.chunks.map(({ place }) => place)).toEqual(
        Array.from({ length: 20 }, (_, n) => placeBehind(n + 1)),
      );
    });

    it('carries the rest of a state, and nothing else', async () => {
      const taken = taker();
      const after = placeBehind(12);
      expect(await rig.a.snapshots.send(header(after), new Source(20, after), never)).toBe(true);
      expect(taken.headers).toEqual([header(after)]);
      expect(taken.chunks.map(({ place }) => place.chunks)).toEqual([13, 14, 15, 16, 17, 18, 19, 20]);
      expect(taken.chunks.at(-1)!.place).toEqual(placeBehind(20));
      // Also when only the word is missing that nothing is missing.
      const end = placeBehind(20);
      taken.chunks.length = 0;
      expect(await rig.a.snapshots.send(header(end), new Source(20, end), never)).toBe(true);
      expect([taken.chunks, taken.ended]).toEqual([[], 'whole']);
    });

    it('hands on no chunk that does not follow on the place at which its stream begins', async () => {
      const taken = taker();
      const gap = new Source(20, placeBehind(13));
      expect(await rig.a.snapshots.send(header(placeBehind(12)), gap, never)).toBe(false);
      await eventually(() => taken.ended === 'broken');
      expect(taken.chunks).toEqual([]);
    });

    it('carries a row of three megabytes, and goes on behind it', async () => {
      const taken = taker();
      const big = { key: 'r:big', row: 'é'.repeat(1_500_000) };
      const small = { key: 'r:small', row: '{}' };
      const chunks = async function* (): AsyncGenerator<SnapshotChunk> {
        const place = behind(BEGINNING, [big]);
        yield { rows: [big], place };
        yield { rows: [small], place: behind(place, [small]) };
      };
      expect(await rig.a.snapshots.send(header(), chunks(), never)).toBe(true);
      expect(taken.chunks.flatMap(({ rows }) => rows)).toEqual([big, small]);
    });

    it('says so no earlier than the taker is done', async () => {
      let finish: () => void = () => {};
      let arrived = false;
      rig.b.snapshots.receive(
        takerOf(async (_, chunks) => {
          for await (const _chunk of chunks);
          arrived = true;
          await new Promise<void>((resolve) => {
            finish = resolve;
          });
        }),
      );
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

    it('says no when the taker does not want it, and stops asking for chunks', async () => {
      rig.b.snapshots.receive(
        takerOf(async () => {
          throw new Error('of an old term');
        }),
      );
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
      rig.b.snapshots.receive(
        takerOf(async (_, chunks) => {
          await resumed;
          for await (const chunk of chunks) rows += chunk.rows.length;
        }),
      );
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
      expect(rows).toBe(1_000 * CHUNK_ROWS);
    });

    it('ends on both sides when the way breaks', async () => {
      const taken = taker();
      const source = new Source(100_000);
      const sending = rig.a.snapshots.send(header(), source, never);
      await eventually(() => taken.chunks.length > 0);
      rig.cut();
      expect(await sending).toBe(false);
      await eventually(() => taken.ended === 'broken');
      expect(source.ended).toBe(true);
    });

    it('ends on both sides when the sender gives up', async () => {
      const taken = taker();
      const giveUp = new AbortController();
      const sending = rig.a.snapshots.send(header(), new Source(100_000), giveUp.signal);
      await eventually(() => taken.chunks.length > 0);
      giveUp.abort();
      expect(await sending).toBe(false);
      await eventually(() => taken.ended === 'broken');
      expect(await rig.a.snapshots.send(header(), new Source(1), giveUp.signal)).toBe(false);
    });

    it('passes on what the source throws, and the taker gets no whole state', async () => {
      const taken = taker();
      const source = (async function* () {
        yield { rows: rowsOf(0), place: placeBehind(1) };
        throw new Error('the state cannot be read');
      })();
      await expect(rig.a.snapshots.send(header(), source, never)).rejects.toThrow('cannot be read');
      // The stream may end before its header was seen.
      await eventually(() => taken.ended === 'broken' || taken.headers.length === 0);
    });

    it('carries states in both directions at the same time', async () => {
      const atB = taker();
      let atA = 0;
      rig.a.snapshots.receive(
        takerOf(async (_, chunks) => {
          for await (const { rows } of chunks) atA += rows.length;
        }),
      );
      const back = { ...header(), from: rig.b.id, to: rig.a.id };
      const outcomes = await Promise.all([
        rig.a.snapshots.send(header(), new Source(50), never),
        rig.b.snapshots.send(back, new Source(50), never),
      ]);
      expect(outcomes).toEqual([true, true]);
      expect([atA, atB.chunks.length]).toEqual([50 * CHUNK_ROWS, 50]);
    });

    describe('asked how much of a state its peer has', () => {
      /** A taker that answers each question as told. */
      function answering(answer: () => Promise<SnapshotPlace>): SnapshotHeader[] {
        const asked: SnapshotHeader[] = [];
        rig.b.snapshots.receive({
          placeOf: (header) => {
            asked.push(header);
            return answer();
          },
          take: async () => {},
        });
        return asked;
      }

      it('brings the question and the answer as they were said', async () => {
        for (const place of [placeBehind(7), BEGINNING]) {
          const asked = answering(async () => place);
          expect(await rig.a.snapshots.ask(header(), never)).toEqual(place);
          expect(asked).toEqual([header()]);
        }
      });

      it('says that nothing is known when the peer cannot tell, or is nobody', async () => {
        expect(await rig.a.snapshots.ask(header(), never)).toBeNull();
        answering(async () => {
          throw new Error('not now');
        });
        expect(await rig.a.snapshots.ask(header(), never)).toBeNull();
        const to = replicaId('dddddddddddddddd');
        expect(await rig.a.snapshots.ask({ ...header(), to }, never)).toBeNull();
      });

      it('says so at once when the way breaks or whoever asks gives up', async () => {
        const asked = answering(() => new Promise(() => {}));
        const giveUp = new AbortController();
        const given = rig.a.snapshots.ask(header(), giveUp.signal);
        await eventually(() => asked.length === 1);
        giveUp.abort();
        expect(await given).toBeNull();
        expect(await rig.a.snapshots.ask(header(), giveUp.signal)).toBeNull();
        const broken = rig.a.snapshots.ask(header(), never);
        await eventually(() => asked.length === 2);
        rig.cut();
        expect(await broken).toBeNull();
        expect(await rig.a.snapshots.ask(header(), never)).toBeNull();
      });

      it('is answered while a stream is under way', async () => {
        let chunksSeen = 0;
        let resume: () => void = () => {};
        const resumed = new Promise<void>((resolve) => {
          resume = resolve;
        });
        rig.b.snapshots.receive({
          placeOf: async () => placeBehind(3),
          take: async (_, chunks) => {
            for await (const _chunk of chunks) {
              chunksSeen += 1;
              await resumed;
            }
          },
        });
        const sending = rig.a.snapshots.send(header(), new Source(200), never);
        await eventually(() => chunksSeen === 1);
        expect(await rig.a.snapshots.ask(header(), never)).toEqual(placeBehind(3));
        expect(chunksSeen).toBe(1);
        resume();
        expect(await sending).toBe(true);
      });
    });
  });
}

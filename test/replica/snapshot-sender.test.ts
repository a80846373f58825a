/** Answers to offers of consensus: one stream to a peer, and each outcome told once, in its own leadership. */
import { describe, expect, it } from 'vitest';
import { SILENT } from '../../src/observe/logger.js';
import type { SnapshotHeader, SnapshotPlace } from '../../src/replica/ports.js';
import { BEGINNING, behind } from '../../src/replica/snapshot-place.js';
import { CUT_AGE_MS_MAX, CUT_KEPT_MS, SnapshotSender } from '../../src/replica/snapshot-sender.js';
import { MemoryStateStore } from '../../src/storage/memory-state-store.js';
import { MemoryNetwork } from '../../src/transport/memory-network.js';
import { metaAt } from '../contracts/state-store.js';
import { eventually } from '../support/eventually.js';
import { A, B, offerAt } from './snapshot-states.js';

const PAUSE_MS = 1_000;

/** A store that counts the snapshots that are open. */
class CountingState extends MemoryStateStore {
  open = 0;

  override async snapshot() {
    const snapshot = (await super.snapshot())!;
    this.open += 1;
    return {
      ...snapshot,
      close: async () => {
        this.open -= 1;
        await snapshot.close();
      },
    };
  }
}

const ROWS = Array.from({ length: 200 }, (_, i) => ({ key: `c:${1_000 + i}`, row: '{}' }));

/** What came of one stream, and how the taker ends it. */
interface Taken {
  readonly header: SnapshotHeader;
  /** The place behind what was read of it. */
  place: SnapshotPlace;
  readonly end: (error?: Error) => void;
}

/** A sender at A with a state at 70, and a taker at B that reads so many chunks and then decides how the stream ends. */
async function rig({ chunksRead = 0 } = {}) {
  const network = new MemoryNetwork();
  const state = new CountingState();
  await state.write(ROWS, metaAt(70));
  const clock = { nowMs: 0 };
  const reports: string[] = [];
  const sender = new SnapshotSender({
    state,
    transport: network.snapshotTransport(A),
    logger: SILENT,
    realMs: () => clock.nowMs,
    random: () => 41,
    retryPauseMs: PAUSE_MS,
    wake: () => {},
    fail: (error) => {
      throw error;
    },
  });
  const streams: Taken[] = [];
  const questions: SnapshotHeader[] = [];
  const peer = {
    chunksRead,
    /** What the peer says of where it is; throws when it does not know. */
    place: (): SnapshotPlace | Promise<SnapshotPlace> => streams.at(-1)!.place,
  };
  network.snapshotTransport(B).receive({
    placeOf: async (header) => {
      questions.push(header);
      return peer.place();
    },
    take: async (header, chunks) => {
      const ended = new Promise<void>((resolve, reject) => {
        const end = (error?: Error): void => (error === undefined ? resolve() : reject(error));
        streams.push({ header, place: header.after, end });
      });
      ended.catch(() => {});
      const taken = streams.at(-1)!;
      const iterator = chunks[Symbol.asyncIterator]();
      for (let n = 0; n < peer.chunksRead; n += 1) {
        const next = await iterator.next();
        if (next.done) break;
        taken.place = behind(taken.place, next.value.rows);
        expect(taken.place).toEqual(next.value.place);
      }
      await ended;
    },
  });
  const report = (): string[] => {
    sender.report((peer, delivered) => reports.push(`${peer === B ? 'b' : peer} ${delivered}`));
    return reports.splice(0);
  };
  /** Breaks a stream, and passes the pause until that is told. */
  const breakOff = async (stream: Taken): Promise<void> => {
    stream.end(new Error('the stream broke'));
    await eventually(() => network.snapshots.open === 0);
    await new Promise((resolve) => setImmediate(resolve));
    clock.nowMs += PAUSE_MS - 1;
    expect(report()).toEqual([]);
    clock.nowMs += 1;
    expect(report()).toEqual(['b false']);
  };
  /** Offers, lets the peer read what it reads, and breaks the stream; told after the pause. */
  const offerAndBreak = async (index = 50): Promise<Taken> => {
    const before = streams.length;
    sender.offer(offerAt(index));
    await eventually(() => streams.length > before && sender.indexes.length === 1);
    const stream = streams.at(-1)!;
    const goal = stream.header.after.chunks + peer.chunksRead;
    await eventually(() => stream.place.chunks === Math.min(goal, 10));
    await breakOff(stream);
    return stream;
  };
  return { network, state, clock, sender, streams, questions, peer, report, breakOff, offerAndBreak };
}

describe('an offer of consensus', () => {
  it('is answered with the state as it is written by now, and its delivery is told once', async () => {
    const { state, sender, streams, report } = await rig();
    sender.offer(offerAt(50));
    await eventually(() => streams.length === 1);
    const { header } = streams[0]!;
    expect(header).toEqual({ from: A, to: B, term: 3, meta: metaAt(70), cut: header.cut, after: BEGINNING });
    expect(sender.indexes).toEqual([70]);
    expect(report()).toEqual([]);
    streams[0]!.end();
    await eventually(() => sender.indexes.length === 0);
    expect([report(), report()]).toEqual([['b true'], []]);
    await eventually(() => state.open === 0);
  });

  it('that fails is told of only after a pause', async () => {
    const { sender, streams, breakOff, report } = await rig();
    sender.offer(offerAt(50));
    await eventually(() => streams.length === 1);
    await breakOff(streams[0]!);
    expect(report()).toEqual([]);
  });

  it('fails when the state is not written so far, or there is nobody to send to', async () => {
    const { network, state, sender, clock, streams, report } = await rig();
    for (const begin of [
      () => sender.offer(offerAt(71)),
      () => {
        network.remove(B);
        sender.offer(offerAt(50));
      },
    ]) {
      begin();
      // A cut of which nothing was sent is not kept.
      await eventually(() => sender.indexes.length === 0);
      clock.nowMs += PAUSE_MS;
      expect(report()).toEqual(['b false']);
      await eventually(() => state.open === 0);
    }
    expect(streams).toEqual([]);
  });

  it('C23: takes the place of an earlier one, of which nothing more is told', async () => {
    const { sender, state, streams, network, clock, report } = await rig();
    sender.offer(offerAt(50));
    await eventually(() => streams.length === 1);
    sender.offer(offerAt(60));
    await eventually(() => streams.length === 2 && network.snapshots.open === 1);
    streams[0]!.end(new Error('superseded'));
    streams[1]!.end();
    await eventually(() => sender.indexes.length === 0);
    clock.nowMs = PAUSE_MS;
    expect(report()).toEqual(['b true']);
    expect(report()).toEqual([]);
    await eventually(() => state.open === 0);
  });

  it('C24: is void with the leadership that made it', async () => {
    const { sender, state, streams, network, clock, report } = await rig();
    sender.offer(offerAt(50));
    await eventually(() => streams.length === 1);
    sender.stop();
    expect(sender.indexes).toEqual([]);
    await eventually(() => network.snapshots.open === 0);
    streams[0]!.end();
    await sender.close();
    clock.nowMs = PAUSE_MS;
    expect(report()).toEqual([]);
    expect(state.open).toBe(0);
  });
});

describe('an offer after a stream that broke', () => {
  it('goes on with the same cut behind what the peer has, though the state moved on', async () => {
    const { state, sender, streams, questions, peer, offerAndBreak, report } = await rig({ chunksRead: 3 });
    const first = await offerAndBreak();
    expect(sender.indexes).toEqual([70]);
    await state.write([{ key: 'c:0999', row: 'new' }], metaAt(90));
    const second = await offerAndBreak(70);
    expect(second.header).toEqual({ ...first.header, after: first.place });
    expect(questions).toEqual([first.header]);
    peer.chunksRead = 100;
    sender.offer(offerAt(60));
    await eventually(() => streams.length === 3 && streams[2]!.place.rows === ROWS.length);
    expect(streams[2]!.header).toEqual({ ...first.header, after: second.place });
    expect(second.place.chunks).toBe(6);
    streams[2]!.end();
    await eventually(() => report()[0] === 'b true');
    await eventually(() => state.open === 0);
    expect(sender.indexes).toEqual([]);
  });

  const strangers: readonly (readonly [string, (place: SnapshotPlace) => SnapshotPlace])[] = [
    ['nothing of it, for it was restarted', () => BEGINNING],
    ['something else, in as many rows', (place) => ({ ...place, chain: '5'.repeat(32) })],
    ['more than it was ever sent', (place) => ({ ...place, chunks: 90, rows: 1_800 })],
  ];
  for (const [what, placeOf] of strangers) {
    it(`makes a new cut, of the state as it is now, when the peer has ${what}`, async () => {
      const { state, sender, streams, peer, offerAndBreak } = await rig({ chunksRead: 3 });
      const first = await offerAndBreak();
      await state.write([], metaAt(90));
      peer.place = () => placeOf(first.place);
      sender.offer(offerAt(60));
      await eventually(() => streams.length === 2);
      const { header } = streams[1]!;
      expect(header.cut).toBeGreaterThan(first.header.cut);
      expect([header.after, header.meta.appliedIndex]).toEqual([BEGINNING, 90]);
      expect([sender.indexes, state.open]).toEqual([[90], 1]);
      await sender.close();
    });
  }

  it('makes a new cut without asking when the offer is beyond the old one', async () => {
    const { state, sender, streams, questions, offerAndBreak } = await rig({ chunksRead: 3 });
    await offerAndBreak();
    await state.write([], metaAt(90));
    sender.offer(offerAt(71));
    await eventually(() => streams.length === 2);
    expect(streams[1]!.header).toMatchObject({ after: BEGINNING, meta: { appliedIndex: 90 } });
    expect([questions.length, state.open]).toEqual([0, 1]);
    await sender.close();
  });

  it('waits with the cut while the peer does not say where it is', async () => {
    const { state, clock, sender, streams, questions, peer, offerAndBreak, report } = await rig({
      chunksRead: 3,
    });
    const first = await offerAndBreak();
    peer.place = () => {
      throw new Error('not now');
    };
    sender.offer(offerAt(60));
    await eventually(() => questions.length === 1);
    await eventually(() => {
      clock.nowMs += PAUSE_MS;
      return report()[0] === 'b false';
    });
    expect([streams.length, state.open, sender.indexes]).toEqual([1, 1, [70]]);
    peer.place = () => first.place;
    sender.offer(offerAt(60));
    await eventually(() => streams.length === 2);
    expect(streams[1]!.header).toEqual({ ...first.header, after: first.place });
    await sender.close();
    expect(state.open).toBe(0);
  });
});

describe('a cut that is kept', () => {
  it('is closed a minute after its last stream, and not while one runs', async () => {
    const { state, clock, sender, streams, questions, breakOff, offerAndBreak } = await rig({
      chunksRead: 2,
    });
    await offerAndBreak();
    sender.offer(offerAt(60));
    await eventually(() => streams.length === 2 && streams[1]!.place.chunks === 4);
    clock.nowMs += 2 * CUT_KEPT_MS;
    sender.tick();
    expect([sender.indexes, state.open]).toEqual([[70], 1]);
    const brokeAtMs = clock.nowMs;
    await breakOff(streams[1]!);
    clock.nowMs = brokeAtMs + CUT_KEPT_MS - 1;
    sender.tick();
    expect([sender.indexes, state.open]).toEqual([[70], 1]);
    clock.nowMs = brokeAtMs + CUT_KEPT_MS;
    sender.tick();
    expect(sender.indexes).toEqual([]);
    await eventually(() => state.open === 0);
    sender.offer(offerAt(60));
    await eventually(() => streams.length === 3);
    expect(streams[2]!.header.after).toEqual(BEGINNING);
    expect(questions).toHaveLength(1);
    await sender.close();
  });

  it('is not gone on with once it is old, however often its streams moved on', async () => {
    const { state, clock, sender, streams, peer, offerAndBreak } = await rig({ chunksRead: 1 });
    const openedAtMs = clock.nowMs;
    let stream = await offerAndBreak();
    const { cut } = stream.header;
    for (let n = 2; n <= 5; n += 1) {
      clock.nowMs = openedAtMs + n * 300_000;
      stream = await offerAndBreak();
      expect(stream.header).toMatchObject({ cut, after: { chunks: n - 1 } });
    }
    clock.nowMs = openedAtMs + CUT_AGE_MS_MAX + 1;
    peer.chunksRead = 0;
    sender.offer(offerAt(60));
    await eventually(() => streams.length === 6);
    expect(streams[5]!.header.cut).toBe(cut + 1);
    expect(state.open).toBe(1);
    await sender.close();
  });

  it('goes with the leadership, and with the replica', async () => {
    for (const end of ['stop', 'close'] as const) {
      const { state, sender, streams, questions, offerAndBreak } = await rig({ chunksRead: 2 });
      await offerAndBreak();
      await sender[end]();
      expect(sender.indexes).toEqual([]);
      await eventually(() => state.open === 0);
      if (end === 'close') continue;
      sender.offer(offerAt(60, { term: 4 }));
      await eventually(() => streams.length === 2);
      expect(streams[1]!.header).toMatchObject({ term: 4, after: BEGINNING });
      expect(questions).toEqual([]);
      await sender.close();
    }
  });

  it('goes with the leadership in the middle of its question', async () => {
    const { state, sender, streams, questions, peer, offerAndBreak } = await rig({ chunksRead: 2 });
    await offerAndBreak();
    peer.place = () => new Promise(() => {});
    sender.offer(offerAt(60));
    await eventually(() => questions.length === 1);
    sender.stop();
    await sender.close();
    expect([streams.length, state.open]).toEqual([1, 0]);
  });
});

/** Lets everything happen that is about to. */
async function turns(): Promise<void> {
  for (let n = 0; n < 20; n += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('what goes on towards one peer', () => {
  /** A way whose streams end only when the test says so, whatever its sender wants. */
  async function slowRig() {
    const state = new CountingState();
    await state.write(ROWS, metaAt(70));
    const events: string[] = [];
    const ends: (() => void)[] = [];
    const sender = new SnapshotSender({
      state,
      transport: {
        ask: async () => {
          events.push('asked');
          return BEGINNING;
        },
        send: async (_, chunks) => {
          events.push('begins');
          const iterator = chunks[Symbol.asyncIterator]();
          await iterator.next();
          await new Promise<void>((resolve) => ends.push(resolve));
          // The cut can still be read.
          expect((await iterator.next()).done).toBe(false);
          await iterator.return?.();
          events.push('ends');
          return false;
        },
        receive: () => {},
      },
      logger: SILENT,
      realMs: () => 0,
      random: () => 41,
      retryPauseMs: 0,
      wake: () => {},
      fail: (error) => {
        throw error;
      },
    });
    return { state, sender, events, ends };
  }

  it('is one thing after the other, however slowly a stream ends', async () => {
    const { sender, events, ends } = await slowRig();
    sender.offer(offerAt(50));
    await eventually(() => ends.length === 1);
    sender.offer(offerAt(60));
    await turns();
    expect(events).toEqual(['begins']);
    ends[0]!();
    await eventually(() => ends.length === 2);
    expect(events).toEqual(['begins', 'ends', 'asked', 'begins']);
    ends[1]!();
    await sender.close();
  });

  it('is over before the cut is closed', async () => {
    const { state, sender, ends } = await slowRig();
    sender.offer(offerAt(50));
    await eventually(() => ends.length === 1);
    sender.stop();
    let closed = false;
    const closing = sender.close().then(() => {
      closed = true;
    });
    await turns();
    expect([closed, state.open]).toEqual([false, 1]);
    ends[0]!();
    await closing;
    expect(state.open).toBe(0);
  });
});

/** A state that arrives, down to the point at which consensus decides. */
import { describe, expect, it } from 'vitest';
import { SILENT } from '../../src/observe/logger.js';
import type { SnapshotChunk, SnapshotPlace } from '../../src/replica/ports.js';
import { BEGINNING } from '../../src/replica/snapshot-place.js';
import { PART_KEPT_MS, type Received, SnapshotReceiver } from '../../src/replica/snapshot-receiver.js';
import { MemoryStateStore } from '../../src/storage/memory-state-store.js';
import { eventually } from '../support/eventually.js';
import { C, chunksOf, headerOf, notingStage, stateOf } from './snapshot-states.js';

/** Chunks that come when the test says so. */
class Source implements AsyncIterable<SnapshotChunk> {
  private arrived: (SnapshotChunk | 'end' | Error)[] = [];
  private wake: () => void = () => {};

  push(...chunks: readonly (SnapshotChunk | 'end' | Error)[]): void {
    this.arrived.push(...chunks);
    this.wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<SnapshotChunk> {
    for (;;) {
      const next = this.arrived.shift();
      if (next === 'end') return;
      if (next instanceof Error) throw next;
      if (next !== undefined) yield next;
      else
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
    }
  }
}

function sourceOf(...chunks: readonly (SnapshotChunk | 'end' | Error)[]): Source {
  const source = new Source();
  source.push(...chunks);
  return source;
}

const BROKEN = new Error('the stream broke');

function rig({ atStage = () => {} }: { atStage?: (chunks: number) => void } = {}) {
  const position = { term: 3, commitIndex: 0 };
  const installed: Received[] = [];
  const staged: string[] = [];
  const state = notingStage(new MemoryStateStore(), staged, (chunks) => atStage(chunks));
  const clock = { nowMs: 0 };
  let finish: () => void = () => {};
  const receiver = new SnapshotReceiver({
    state,
    logger: SILENT,
    understands: 2,
    realMs: () => clock.nowMs,
    position: () => position,
    install: (received) => {
      installed.push(received);
      return new Promise((resolve) => {
        finish = resolve;
      });
    },
    fail: (error) => {
      throw error;
    },
  });
  return { state, staged, clock, position, receiver, installed, finish: () => finish() };
}

type Rig = ReturnType<typeof rig>;

/** Ten chunks of a state, of which `count` came before their stream broke. */
async function brokenAfter(count: number, { receiver }: Rig) {
  const state = stateOf(20);
  const chunks = chunksOf(state.rows, 4);
  const stream = receiver.take(headerOf(state), sourceOf(...chunks.slice(0, count), BROKEN));
  await expect(stream).rejects.toThrow('broke');
  return { state, chunks };
}

describe('a state that arrives', () => {
  it('is handed over once it is staged and restored, and done when it is installed', async () => {
    const { state, receiver, installed, finish } = rig();
    const sent = stateOf(5);
    const chunks = chunksOf(sent.rows, 3);
    let done = false;
    const taking = receiver.take(headerOf(sent), sourceOf(...chunks, 'end')).then(() => {
      done = true;
    });
    await eventually(() => installed.length === 1);
    expect(installed[0]!.ledger.meta().digest).toBe(sent.meta.digest);
    expect(state.staged()).toEqual(sent.meta);
    expect(done).toBe(false);
    finish();
    await taking;
  });

  it('is not taken in an old term, nor when its index is committed here already', async () => {
    const { position, receiver, installed } = rig();
    const header = headerOf(stateOf(5));
    position.term = 4;
    await expect(receiver.take(header, new Source())).rejects.toThrow('term');
    await expect(receiver.placeOf(header)).rejects.toThrow('term');
    Object.assign(position, { term: 3, commitIndex: 5 });
    await receiver.take(header, new Source());
    expect(installed).toEqual([]);
  });

  it('ends when the term moves on meanwhile', async () => {
    const { state, position, receiver } = rig();
    const sent = stateOf(5);
    const [first, ...rest] = chunksOf(sent.rows, 3);
    const source = sourceOf(first!);
    const taking = receiver.take(headerOf(sent), source);
    position.term = 4;
    source.push(...rest, 'end');
    await expect(taking).rejects.toThrow('of term 3 in term 4');
    expect(state.staged()).toBeNull();
  });

  it('is refused when its rows do not give the digest, and nothing of it is kept', async () => {
    const { state, receiver, installed } = rig();
    const sent = stateOf(5);
    const header = headerOf(sent);
    const chunks = chunksOf(sent.rows.slice(1), 3);
    await expect(receiver.take(header, sourceOf(...chunks, 'end'))).rejects.toThrow('digest');
    expect(installed).toEqual([]);
    expect(state.staged()).toBeNull();
    expect(await receiver.placeOf(header)).toEqual(BEGINNING);
  });

  it('C24: takes no chunk whose rows are not those that its chain tells of', async () => {
    const mine = rig();
    const { receiver, staged, installed } = mine;
    const { state, chunks } = await brokenAfter(3, mine);
    const after = chunks[2]!.place;
    const header = headerOf(state, { after });
    const [a, b] = [chunks[3]!, chunks[4]!];
    for (const wrong of [
      { ...a, rows: b.rows },
      { ...a, rows: a.rows.slice(1) },
      { ...a, place: b.place },
      chunks[2]!,
      b,
    ]) {
      await expect(receiver.take(header, sourceOf(wrong, ...chunks.slice(4), 'end'))).rejects.toThrow(
        'does not follow',
      );
      // What was right before it stays.
      expect(await receiver.placeOf(header)).toEqual(after);
    }
    expect(staged).toHaveLength(12);
    expect(installed).toEqual([]);
  });

  it('C23: gives way to a newer one, though its sender says nothing more', async () => {
    const { state, receiver, installed, finish } = rig();
    const [first, second] = [stateOf(3), stateOf(6)];
    const [begun, ...late] = chunksOf(first.rows, 2);
    const silent = sourceOf(begun!);
    const superseded = receiver.take(headerOf(first), silent);
    const taking = receiver.take(headerOf(second, { cut: 2 }), sourceOf(...chunksOf(second.rows, 5), 'end'));
    await expect(superseded).rejects.toThrow('newer');
    await eventually(() => installed.length === 1);
    expect(state.staged()).toEqual(second.meta);
    finish();
    await taking;
    // What the first sender says at last goes nowhere.
    silent.push(...late, 'end');
    expect(installed).toHaveLength(1);
  });

  it('does not give way to one of an older term or an earlier cut, nor to any once it is handed over', async () => {
    const { position, receiver, installed, finish } = rig();
    position.term = 2;
    const sent = stateOf(3);
    const source = new Source();
    const taking = receiver.take(headerOf(sent, { cut: 7 }), source);
    for (const earlier of [{ term: 2, cut: 9 }, { cut: 6 }]) {
      await expect(receiver.take(headerOf(sent, earlier), new Source())).rejects.toThrow('another');
    }
    source.push(...chunksOf(sent.rows, 9), 'end');
    await eventually(() => installed.length === 1);
    const newer = headerOf(stateOf(6), { term: 4, cut: 8 });
    await expect(receiver.take(newer, new Source())).rejects.toThrow('another');
    finish();
    await taking;
  });

  it('ends with the replica', async () => {
    const { receiver } = rig();
    const header = headerOf(stateOf(3));
    const taking = receiver.take(header, new Source());
    const ended = expect(taking).rejects.toThrow('shutting down');
    await receiver.close();
    await ended;
    await expect(receiver.take(header, new Source())).rejects.toThrow('shutting down');
    await expect(receiver.placeOf(header)).rejects.toThrow('shutting down');
  });
});

describe('a stream that broke', () => {
  it('is gone on with behind whatever came of it, each row put down once', async () => {
    for (let count = 1; count <= 10; count += 1) {
      const mine = rig();
      const { receiver, staged, installed, finish } = mine;
      const { state, chunks } = await brokenAfter(count, mine);
      const place = await receiver.placeOf(headerOf(state));
      expect(place).toEqual(chunks[count - 1]!.place);
      const rest = sourceOf(...chunks.slice(count), 'end');
      const taking = receiver.take(headerOf(state, { after: place }), rest);
      await eventually(() => installed.length === 1);
      expect(installed[0]!.ledger.meta().digest).toBe(state.meta.digest);
      expect(staged).toEqual(state.rows.map(({ key }) => key));
      finish();
      await taking;
    }
  });

  it('leaves nothing to go on with when nothing of it had come', async () => {
    const mine = rig();
    const { state } = await brokenAfter(0, mine);
    expect(await mine.receiver.placeOf(headerOf(state))).toEqual(BEGINNING);
  });

  it('is kept for the very same cut only', async () => {
    const mine = rig();
    const { receiver } = mine;
    const { state, chunks } = await brokenAfter(4, mine);
    const { meta } = state;
    for (const other of [
      { cut: 2 },
      { from: C },
      { meta: { ...meta, appliedIndex: meta.appliedIndex + 1 } },
      { meta: { ...meta, appliedTerm: 2 } },
      { meta: { ...meta, digest: 'f'.repeat(32) } },
    ]) {
      expect(await receiver.placeOf(headerOf(state, other))).toEqual(BEGINNING);
      const after = chunks[3]!.place;
      await expect(receiver.take(headerOf(state, { ...other, after }), new Source())).rejects.toThrow(
        'nothing of it is here',
      );
    }
    // None of these did it any harm.
    expect(await receiver.placeOf(headerOf(state))).toEqual(chunks[3]!.place);
  });

  it('C24: is not gone on with from any other place, and that is not taken for a beginning', async () => {
    const mine = rig();
    const { receiver, staged } = mine;
    const { state, chunks } = await brokenAfter(4, mine);
    const { place } = chunks[3]!;
    const others: readonly SnapshotPlace[] = [
      chunks[2]!.place,
      chunks[4]!.place,
      { ...place, rows: place.rows - 1 },
      { ...place, chunks: place.chunks - 1 },
      { ...place, chain: chunks[2]!.place.chain },
    ];
    for (const after of others) {
      const stream = sourceOf(...chunks.slice(4), 'end');
      await expect(receiver.take(headerOf(state, { after }), stream)).rejects.toThrow('nothing of it');
    }
    expect(staged).toHaveLength(16);
    expect(await receiver.placeOf(headerOf(state))).toEqual(place);
    // A receiver that has nothing does not begin in the middle either.
    const rest = sourceOf(...chunks.slice(4), 'end');
    const stream = rig().receiver.take(headerOf(state, { after: place }), rest);
    await expect(stream).rejects.toThrow('nothing of it');
  });

  it('is ended by the question of its sender, when the receiver has not noticed', async () => {
    const { receiver, installed, finish, staged } = rig();
    const state = stateOf(20);
    const chunks = chunksOf(state.rows, 4);
    const silent = sourceOf(...chunks.slice(0, 3));
    const stale = receiver.take(headerOf(state), silent);
    const ended = expect(stale).rejects.toThrow('another stream');
    await eventually(() => staged.length === 12);
    const after = await receiver.placeOf(headerOf(state));
    expect(after).toEqual(chunks[2]!.place);
    await ended;
    const taking = receiver.take(headerOf(state, { after }), sourceOf(...chunks.slice(3), 'end'));
    // Late chunks of the old stream join nothing.
    silent.push(chunks[3]!, chunks[4]!);
    await eventually(() => installed.length === 1);
    expect(staged).toEqual(state.rows.map(({ key }) => key));
    finish();
    await taking;
  });

  it('is asked about in the middle of a write, and answered behind it', async () => {
    let asked: Promise<SnapshotPlace> | null = null;
    const state = stateOf(20);
    const chunks = chunksOf(state.rows, 4);
    const mine = rig({
      atStage: (written) => {
        if (written === 2) asked = mine.receiver.placeOf(headerOf(state));
      },
    });
    const stream = mine.receiver.take(headerOf(state), sourceOf(...chunks, 'end'));
    await expect(stream).rejects.toThrow('another stream');
    expect(await asked!).toEqual(chunks[1]!.place);
  });

  it('does not end one that has arrived whole: its sender is told to wait', async () => {
    const { receiver, installed, finish } = rig();
    const state = stateOf(20);
    const chunks = chunksOf(state.rows, 4);
    const taking = receiver.take(headerOf(state), sourceOf(...chunks, 'end'));
    await eventually(() => installed.length === 1);
    await expect(receiver.placeOf(headerOf(state))).rejects.toThrow('all of that snapshot is here');
    finish();
    await taking;
  });

  it('leaves another one alone that is under way', async () => {
    const { receiver, installed, finish } = rig();
    const [old, state] = [stateOf(5), stateOf(20)];
    const source = new Source();
    const taking = receiver.take(headerOf(state, { cut: 2 }), source);
    expect(await receiver.placeOf(headerOf(old))).toEqual(BEGINNING);
    source.push(...chunksOf(state.rows, 4), 'end');
    await eventually(() => installed.length === 1);
    finish();
    await taking;
  });

  it('C24: gives way to the state of the next leader, which begins at the beginning', async () => {
    const mine = rig();
    const { receiver, position, installed, finish } = mine;
    const { state, chunks } = await brokenAfter(4, mine);
    const next = stateOf(7, 'N');
    position.term = 4;
    const header = headerOf(next, { from: C, term: 4 });
    const taking = receiver.take(header, sourceOf(...chunksOf(next.rows, 3), 'end'));
    await eventually(() => installed.length === 1);
    expect(installed[0]!.ledger.meta().digest).toBe(next.meta.digest);
    finish();
    await taking;
    position.term = 3;
    const late = receiver.take(headerOf(state, { after: chunks[3]!.place }), new Source());
    await expect(late).rejects.toThrow('nothing of it');
  });

  it('is not thrown away for a stray of an earlier cut', async () => {
    const mine = rig();
    const { receiver } = mine;
    const state = stateOf(20);
    const chunks = chunksOf(state.rows, 4);
    const stream = receiver.take(headerOf(state, { cut: 5 }), sourceOf(...chunks.slice(0, 4), BROKEN));
    await expect(stream).rejects.toThrow('broke');
    await expect(receiver.take(headerOf(state, { cut: 4 }), new Source())).rejects.toThrow('later');
    expect(await receiver.placeOf(headerOf(state, { cut: 5 }))).toEqual(chunks[3]!.place);
  });

  const ends: readonly (readonly [string, (mine: Rig) => void])[] = [
    ['a minute later', ({ clock }) => Object.assign(clock, { nowMs: PART_KEPT_MS })],
    ['when the term moves on', ({ position }) => Object.assign(position, { term: 4 })],
    ['when the log reaches so far by itself', ({ position }) => Object.assign(position, { commitIndex: 20 })],
  ];
  for (const [when, happens] of ends) {
    it(`is forgotten ${when}, and not before`, async () => {
      const mine = rig();
      const { receiver, clock, position } = mine;
      const { state, chunks } = await brokenAfter(4, mine);
      clock.nowMs = PART_KEPT_MS - 1;
      position.commitIndex = 19;
      receiver.tick();
      expect(await receiver.placeOf(headerOf(state))).toEqual(chunks[3]!.place);
      happens(mine);
      receiver.tick();
      Object.assign(position, { term: 3, commitIndex: 0 });
      expect(await receiver.placeOf(headerOf(state))).toEqual(BEGINNING);
    });
  }
});

/** Answers to offers of consensus: one stream to a peer, and each outcome told once, in its own leadership. */
import { describe, expect, it } from 'vitest';
import { SILENT } from '../../src/observe/logger.js';
import { replicaId } from '../../src/raft/entry.js';
import type { SnapshotOffer } from '../../src/raft/message.js';
import type { SnapshotHeader } from '../../src/replica/ports.js';
import { SnapshotSender } from '../../src/replica/snapshot-sender.js';
import { MemoryStateStore } from '../../src/storage/memory-state-store.js';
import { MemoryNetwork } from '../../src/transport/memory-network.js';
import { metaAt } from '../contracts/state-store.js';
import { eventually } from '../support/eventually.js';

const A = replicaId('a'.repeat(16));
const B = replicaId('b'.repeat(16));
const PAUSE_MS = 1_000;

function offerAt(index: number, term = 5): SnapshotOffer {
  return {
    kind: 'snapshot',
    from: A,
    to: B,
    term,
    snapshot: { index, term: 2, config: metaAt(index).config },
  };
}

/** A sender at A with a state at 70, and a taker at B that decides when and how each stream ends. */
async function rig() {
  const network = new MemoryNetwork();
  const state = new MemoryStateStore();
  await state.write([{ key: 'c:a', row: '{}' }], metaAt(70));
  const clock = { nowMs: 0 };
  const reports: string[] = [];
  const sender = new SnapshotSender({
    state,
    transport: network.snapshotTransport(A),
    logger: SILENT,
    realMs: () => clock.nowMs,
    retryPauseMs: PAUSE_MS,
    wake: () => {},
    fail: (error) => {
      throw error;
    },
  });
  const streams: { readonly header: SnapshotHeader; readonly end: (error?: Error) => void }[] = [];
  network.snapshotTransport(B).receive(
    (header) =>
      new Promise((resolve, reject) => {
        streams.push({ header, end: (error) => (error === undefined ? resolve() : reject(error)) });
      }),
  );
  const report = (): string[] => {
    sender.report((peer, delivered) => reports.push(`${peer === B ? 'b' : peer} ${delivered}`));
    return reports.splice(0);
  };
  return { network, state, clock, sender, streams, report };
}

describe('an offer of consensus', () => {
  it('is answered with the state as it is written by now, and its delivery is told once', async () => {
    const { sender, streams, report } = await rig();
    sender.offer(offerAt(50));
    await eventually(() => streams.length === 1);
    expect(streams[0]!.header).toEqual({ from: A, to: B, term: 5, meta: metaAt(70) });
    expect(sender.indexes).toEqual([70]);
    expect(report()).toEqual([]);
    streams[0]!.end();
    await eventually(() => sender.indexes.length === 0);
    expect([report(), report()]).toEqual([['b true'], []]);
  });

  it('that fails is told of only after a pause', async () => {
    const { sender, streams, clock, report } = await rig();
    sender.offer(offerAt(50));
    await eventually(() => streams.length === 1);
    streams[0]!.end(new Error('not wanted'));
    await eventually(() => sender.indexes.length === 0);
    clock.nowMs = PAUSE_MS - 1;
    expect(report()).toEqual([]);
    clock.nowMs = PAUSE_MS;
    expect(report()).toEqual(['b false']);
  });

  it('fails when the state is not written so far, or there is nobody to send to', async () => {
    const { network, sender, clock, streams, report } = await rig();
    sender.offer(offerAt(71));
    await eventually(() => sender.indexes.length === 0);
    clock.nowMs += PAUSE_MS;
    expect(report()).toEqual(['b false']);
    network.remove(B);
    sender.offer(offerAt(50));
    await eventually(() => sender.indexes.length === 0);
    clock.nowMs += PAUSE_MS;
    expect(report()).toEqual(['b false']);
    expect(streams).toEqual([]);
  });

  it('C23: takes the place of an earlier one, of which nothing more is told', async () => {
    const { sender, streams, network, clock, report } = await rig();
    sender.offer(offerAt(50));
    await eventually(() => streams.length === 1);
    sender.offer(offerAt(60));
    await eventually(() => streams.length === 2 && network.snapshots.open === 1);
    streams[0]!.end(new Error('superseded'));
    streams[1]!.end();
    await eventually(() => sender.indexes.length === 0);
    clock.nowMs = PAUSE_MS;
    expect(report()).toEqual(['b true']);
  });

  it('C24: is void with the leadership that made it', async () => {
    const { sender, streams, network, clock, report } = await rig();
    sender.offer(offerAt(50));
    await eventually(() => streams.length === 1);
    sender.stop();
    expect(sender.indexes).toEqual([]);
    await eventually(() => network.snapshots.open === 0);
    streams[0]!.end();
    await sender.close();
    clock.nowMs = PAUSE_MS;
    expect(report()).toEqual([]);
  });
});

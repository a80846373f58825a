/**
 * A state from one LevelDB to another over real connections that a relay cuts: what broke off goes on where the
 * receiver is, and nothing is put down twice.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { SILENT } from '../../src/observe/logger.js';
import { type Received, SnapshotReceiver } from '../../src/replica/snapshot-receiver.js';
import { SnapshotSender } from '../../src/replica/snapshot-sender.js';
import { LevelStateStore } from '../../src/storage/level-state-store.js';
import { rowsOf } from '../contracts/state-store.js';
import {
  A,
  B,
  type LedgerState,
  noting,
  notingStage,
  offerUntilDelivered,
  type StreamLog,
  stateOf,
} from '../replica/snapshot-states.js';
import { freshDirectory } from '../storage/fixture.js';
import { eventually } from '../support/eventually.js';
import { Node } from './node.js';
import { TcpRelay } from './tcp-relay.js';

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function openState(): Promise<LevelStateStore> {
  const state = await LevelStateStore.open(await freshDirectory(), { logger: SILENT });
  cleanups.push(() => state.close());
  return state;
}

/** A that has `sent`, B that has nothing, and between them a relay. */
async function open(sent: LedgerState) {
  const relay = await TcpRelay.open();
  cleanups.push(() => relay.close());
  const [a, b] = [
    new Node(A, 'empresa_a', { peers: [{ company: 'empresa_b', address: relay.address }] }),
    await new Node(B, 'empresa_b').listen(),
  ];
  cleanups.push(
    () => b.stop(),
    () => a.stop(),
  );
  relay.leadTo(b.port);

  const [atA, atB] = [await openState(), await openState()];
  for (let from = 0; from < sent.rows.length; from += 1_000) {
    await atA.write(sent.rows.slice(from, from + 1_000), sent.meta);
  }
  const way = {
    streams: [] as StreamLog[],
    /** Of each stream: how many rows were put down when it began. */
    beginnings: [] as number[],
    staged: [] as string[],
    onStaged: (_: number): void => {},
  };
  const noted = noting(a.transport.snapshots, way.streams, () => way.beginnings.push(way.staged.length));
  const position = { term: 3, commitIndex: 0 };
  const installed: Received[] = [];
  const fail = (error: unknown): void => {
    throw error;
  };
  const receiver = new SnapshotReceiver({
    ...{ state: notingStage(atB, way.staged, (chunks) => way.onStaged(chunks)), logger: SILENT, fail },
    understands: 2,
    realMs: () => performance.now(),
    position: () => position,
    install: async (received) => {
      installed.push(received);
      position.commitIndex = received.header.meta.appliedIndex;
      await atB.adoptStaged();
    },
  });
  b.transport.snapshots.receive(receiver);
  const sender = new SnapshotSender({
    ...{ state: atA, transport: noted, logger: SILENT, fail },
    realMs: () => performance.now(),
    random: () => 1,
    retryPauseMs: 5,
    wake: () => {},
  });
  cleanups.push(
    () => receiver.close(),
    () => sender.close(),
  );
  a.transport.start();
  const up = async (): Promise<void> => {
    relay.heal();
    await eventually(() => a.transport.links()[0]?.state === 'up');
  };
  await up();
  const deliver = async (): Promise<number> => {
    const offered = sent.meta.appliedIndex;
    const failures = await offerUntilDelivered(sender, offered, { betweenTries: up, triesMax: 200 });
    expect(installed.map(({ ledger }) => ledger.meta().digest)).toEqual([sent.meta.digest]);
    expect(atB.meta()).toEqual(sent.meta);
    const rows = sent.rows.map(({ key, row }) => [key, row] as [string, string]);
    expect(await rowsOf(atB)).toEqual(
      rows.sort(([x], [y]) => Buffer.compare(Buffer.from(x), Buffer.from(y))),
    );
    return failures;
  };
  return { relay, way, deliver, atA };
}

describe('a state over connections that are cut', () => {
  const small = stateOf(300, 'N'.repeat(150));

  it('is sent once where nothing is cut', async () => {
    const { way, deliver } = await open(small);
    expect(await deliver()).toBe(0);
    expect(way.streams).toHaveLength(1);
    expect(way.staged).toHaveLength(small.rows.length);
  });

  it('goes on behind each chunk that was put down, wherever it is cut', { timeout: 60_000 }, async () => {
    const whole = await open(small);
    await whole.deliver();
    const chunks = whole.way.streams[0]!.chunks.length;
    expect(chunks).toBeGreaterThan(4);
    let goneOn = 0;
    for (let boundary = 1; boundary <= chunks; boundary += 1) {
      const { relay, way, deliver } = await open(small);
      way.onStaged = (count) => {
        if (count === boundary) relay.cut();
      };
      expect(await deliver()).toBeGreaterThanOrEqual(1);
      // What had arrived when it was cut may be put down as well; if that was all, it is needless by now.
      const { header, rows } = way.streams.at(-1)!;
      if (way.beginnings.at(-1) !== small.rows.length) {
        expect(header.after.chunks).toBeGreaterThanOrEqual(boundary);
        expect(header.after.rows).toBe(way.beginnings.at(-1));
        expect(rows).toBe(small.rows.length - header.after.rows);
        goneOn += 1;
      }
      // Each row was put down once, in the order of the keys.
      expect(way.staged).toEqual(whole.way.staged);
    }
    expect(goneOn).toBeGreaterThanOrEqual(chunks / 2);
  });

  it('gets through though it is cut again and again, and never sends much twice', {
    timeout: 60_000,
  }, async () => {
    const large = stateOf(6_000, 'N'.repeat(150));
    const { relay, way, deliver, atA } = await open(large);
    let cuts = 0;
    way.onStaged = (count) => {
      if (count % 25 !== 0) return;
      cuts += 1;
      relay.cut();
    };
    const delivering = deliver();
    // What is written meanwhile is no part of it.
    await eventually(() => cuts >= 2);
    await atA.write([{ key: 'c:zzz', row: '{}' }], large.meta);
    expect(await delivering).toBeGreaterThanOrEqual(5);
    expect(cuts).toBeGreaterThanOrEqual(5);
    expect(way.staged).toHaveLength(large.rows.length);
    expect(new Set(way.staged).size).toBe(large.rows.length);
    const read = way.streams.reduce((sum, { chunks }) => sum + chunks.length, 0);
    const needed = Math.max(...way.streams.flatMap(({ chunks }) => chunks));
    // Beside what is needed, only what was in buffers when it was cut: a megabyte each time would be 64.
    expect(read - needed).toBeLessThan(64 * cuts);
  });
});

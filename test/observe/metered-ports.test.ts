/** The ports that stand between a replica and its stores to be counted keep the ports' contracts. */
import { describe, expect, it } from 'vitest';
import { NodeMetrics } from '../../src/observe/metrics/node-metrics.js';
import { EMPTY_HARD_STATE } from '../../src/raft/entry.js';
import type { LogStore, SnapshotTransport } from '../../src/replica/ports.js';
import { BEGINNING } from '../../src/replica/snapshot-place.js';
import { MemoryLogStore } from '../../src/storage/memory-log-store.js';
import { MemoryNetwork } from '../../src/transport/memory-network.js';
import { command, logStoreContract } from '../contracts/log-store.js';
import { snapshotTransportContract } from '../contracts/snapshot-transport.js';
import { metaAt } from '../contracts/state-store.js';
import { transportContract } from '../contracts/transport.js';
import { A, B } from '../transport/node.js';
import { samplesOf } from './metrics-text.js';

function freshMetrics(): NodeMetrics {
  return new NodeMetrics({ version: '0.0.0', company: 'empresa_a' });
}

logStoreContract('a log store whose saves are timed', () => {
  const inner = new Map<LogStore, MemoryLogStore>();
  const metered = (store: MemoryLogStore): LogStore => {
    const log = freshMetrics().disk.meterLog(store, () => 0);
    inner.set(log, store);
    return log;
  };
  return {
    create: async () => metered(new MemoryLogStore()),
    async reopen(log) {
      await log.close();
      inner.get(log)!.reopen();
      return metered(inner.get(log)!);
    },
    async dispose() {},
  };
});

snapshotTransportContract('a snapshot transport that is counted', async () => {
  const network = new MemoryNetwork();
  const metered = (snapshots: SnapshotTransport) => freshMetrics().disk.meterSnapshots(snapshots);
  return {
    a: { id: A, snapshots: metered(network.snapshotTransport(A)) },
    b: { id: B, snapshots: metered(network.snapshotTransport(B)) },
    start: async () => {},
    cut: () => network.cut(A, B),
    close: async () => {},
  };
});

transportContract('a transport whose batches are counted', async () => {
  const network = new MemoryNetwork();
  return {
    a: { id: A, transport: freshMetrics().peers.meter(network.transport(A)) },
    b: { id: B, transport: freshMetrics().peers.meter(network.transport(B)) },
    start: async () => {},
    cut: () => {
      network.cut(A, B);
      network.cut(B, A);
    },
    heal: () => {
      network.heal(A, B);
      network.heal(B, A);
    },
    killB: () => network.kill(B),
    close: async () => {},
  };
});

describe('a transport whose batches are counted', () => {
  it('tells what left, what was dropped here, and what came', async () => {
    const network = new MemoryNetwork({ defer: (task) => task() });
    const [from, to] = [freshMetrics(), freshMetrics()];
    const a = from.peers.meter(network.transport(A));
    to.peers.meter(network.transport(B)).receive(() => {});
    const batch = { ...{ from: A, to: B, wallMs: 1, ledgerMs: 0, medianMs: 0, commitIndex: 0 }, frames: [] };
    const send = () => a.send({ ...batch, understands: 2 });
    expect([send(), send()]).toEqual([true, true]);
    network.remove(B);
    expect(send()).toBe(false);
    const [sent, received] = [samplesOf(await from.text()), samplesOf(await to.text())];
    expect(sent.get('malha_peer_batches_sent_total{outcome="taken"}')).toBe(2);
    expect(sent.get('malha_peer_batches_sent_total{outcome="dropped"}')).toBe(1);
    expect(received.get('malha_peer_batches_received_total')).toBe(2);
  });
});

describe('a log store whose saves are timed', () => {
  it('tells how long each took, and how many entries came', async () => {
    const metrics = freshMetrics();
    let nowMs = 0;
    const log = metrics.disk.meterLog(new MemoryLogStore(), () => {
      nowMs += 3;
      return nowMs;
    });
    const save = { hardState: null, snapshot: null, mustSync: true };
    const hardState = { ...EMPTY_HARD_STATE, term: 1 };
    await log.save({ ...save, hardState, entries: [command(1, 1), command(2, 1)] });
    await log.save({ ...save, entries: [command(3, 1)] });
    const told = samplesOf(await metrics.text());
    expect(told.get('malha_log_save_duration_seconds_count')).toBe(2);
    expect(told.get('malha_log_save_duration_seconds_sum')).toBeCloseTo(0.006, 9);
    expect(told.get('malha_log_saved_entries_total')).toBe(3);
  });
});

describe('a snapshot transport that is counted', () => {
  it('tells of both ends whether a state was taken', async () => {
    const network = new MemoryNetwork();
    const [from, to] = [freshMetrics(), freshMetrics()];
    const a = from.disk.meterSnapshots(network.snapshotTransport(A));
    const b = to.disk.meterSnapshots(network.snapshotTransport(B));
    let refuses = false;
    b.receive({
      placeOf: async () => BEGINNING,
      async take(_header, chunks) {
        for await (const _ of chunks);
        if (refuses) throw new Error('not wanted');
      },
    });
    const header = { from: A, to: B, term: 1, meta: metaAt(7), cut: 1, after: BEGINNING };
    const nothing = async function* () {};
    const { signal } = new AbortController();
    expect(await a.send(header, nothing(), signal)).toBe(true);
    refuses = true;
    expect(await a.send(header, nothing(), signal)).toBe(false);
    const [sent, received] = [samplesOf(await from.text()), samplesOf(await to.text())];
    for (const outcome of ['taken', 'failed']) {
      expect(sent.get(`malha_snapshots_sent_total{outcome="${outcome}"}`), outcome).toBe(1);
      expect(received.get(`malha_snapshots_received_total{outcome="${outcome}"}`), outcome).toBe(1);
    }
  });
});

/**
 * What an operation costs in things that no machine is faster at: batches between the nodes, syncs of the log, bytes of an
 * entry. The same requests give the same counts; one that grows is looked at before it is let through.
 */
import { describe, expect, it } from 'vitest';
import { encodeBatch } from '../../src/codec/peer-codec.js';
import { encodeEntry } from '../../src/codec/raft-entry-codec.js';
import type { Batch } from '../../src/replica/frame.js';
import type { Submission } from '../../src/replica/mesh.js';
import { HOUR, meshWithPoints, TIMEOUT, wish } from '../replica/world.js';
import { EPOCH_MS, type VirtualMesh } from '../support/virtual-mesh.js';

const SAVE_MS = 2;
const POINTS = ['a', 'b', 'c'];
const ALONE = 20;
const TOGETHER = 64;
/** And their answers, in the little time that a test lets pass. */
const HEARTBEATS_MAX = 4;

describe('what an operation costs, whatever the machine', () => {
  it('asked for alone at the leader, it takes one sync a node, and an append, its answer and the commit for each peer', async () => {
    const { mesh, counts } = await countedMesh();
    for (let n = 0; n < ALONE; n += 1) await reserve(mesh, trip(n));
    await mesh.run(SAVE_MS * 5);
    expect(counts.syncs).toBe(3 * ALONE);
    expect(counts.batches).toBeLessThanOrEqual(2 * 3 * ALONE + HEARTBEATS_MAX);
    expect(counts.bytes / ALONE).toBeLessThanOrEqual(670);
  });

  it('asked for together, 64 share one sync a node, and the batches of one', async () => {
    const { mesh, counts } = await countedMesh();
    const { running } = mesh.leader;
    const asked = Array.from({ length: TOGETHER }, (_, n) => running.submit(trip(n), TIMEOUT));
    for (const { result } of await mesh.settle(Promise.all(asked))) expect(result.kind).toBe('reserved');
    await mesh.run(SAVE_MS * 5);
    expect(counts.syncs).toBe(3);
    expect(counts.batches).toBeLessThanOrEqual(2 * 3 + HEARTBEATS_MAX);
    expect(counts.bytes / TOGETHER).toBeLessThanOrEqual(280);
  });

  it('is an entry of so many bytes in the log', async () => {
    const { mesh } = await countedMesh();
    await reserve(mesh, trip(0));
    const { log } = mesh.leader;
    const [entry] = log.entries(log.lastIndex(), log.lastIndex() + 1, Number.MAX_SAFE_INTEGER);
    expect(encodeEntry(entry!).length).toBeLessThanOrEqual(128);
  });
});

interface Counts {
  batches: number;
  bytes: number;
  syncs: number;
}

/** Counts from here on, of all nodes together. */
async function countedMesh(): Promise<{ mesh: VirtualMesh; counts: Counts }> {
  const mesh = await meshWithPoints(3, 1, { saveMs: SAVE_MS });
  const counts: Counts = { batches: 0, bytes: 0, syncs: 0 };
  mesh.tap = (batch: Batch) => {
    counts.batches += 1;
    counts.bytes += encodeBatch({ cluster: 'c'.repeat(16), batch }).length;
  };
  for (const { log } of mesh.nodes) {
    const save = log.save.bind(log);
    log.save = (what) => {
      if (what.mustSync) counts.syncs += 1;
      return save(what);
    };
  }
  return { mesh, counts };
}

/** Three points for an hour each, which no other trip asks for. */
function trip(n: number): Submission {
  const startMs = EPOCH_MS + (24 + n) * HOUR;
  const stops = POINTS.map((pointId) => ({ pointId, company: '', startMs, durationMs: HOUR }));
  return wish({ kind: 'reserve', stops, holdMs: 0 }, `trip-${n}`, `car-${n}`);
}

async function reserve(mesh: VirtualMesh, submission: Submission): Promise<void> {
  const answer = await mesh.settle(mesh.leader.running.submit(submission, TIMEOUT));
  expect(answer.result.kind).toBe('reserved');
}

/**
 * A replica that needs what was compacted away is sent the state: whole replicas on virtual time.
 */
import { describe, expect, it } from 'vitest';
import {
  agree,
  COMPACT_ENTRIES,
  compactingMesh,
  leaveBehind,
  meshWithLaggard,
  registerPoints,
  reserve,
  submit,
} from './snapshot-world.js';

const AWAY_MS = 600_000;

describe('the log of a busy mesh', () => {
  it('stays short on every node, and the state is synced before it is cut', async () => {
    const mesh = await compactingMesh();
    await registerPoints(mesh, mesh.leader, 5 * COMPACT_ENTRIES);
    await mesh.run(1_000);
    for (const { log } of mesh.nodes) {
      expect(log.lastIndex() - log.snapshot().index).toBeLessThanOrEqual(2 * COMPACT_ENTRIES);
      expect(log.snapshot().config.voters).toEqual(mesh.nodes.map((node) => node.id));
    }
    // A power loss takes all that was not synced: nobody may have to replay what is gone.
    for (const node of mesh.nodes) mesh.kill(node, { power: true });
    for (const node of mesh.nodes) await mesh.restart(node);
    await agree(mesh);
    const reply = await mesh.settle(
      mesh.nodes[0]!.running.query({ kind: 'totals' }, { consistency: 'linearizable', timeoutMs: 5_000 }),
    );
    expect(reply.reply.points).toBe(5 * COMPACT_ENTRIES);
  });
});

describe('a follower that was away for long', () => {
  it('is sent the state, and then follows by the log', async () => {
    const mesh = await compactingMesh();
    await registerPoints(mesh, mesh.leader, 3);
    const away = mesh.followers[0]!;
    await leaveBehind(mesh, away);
    await mesh.restart(away);
    await agree(mesh);
    expect(away.log.snapshot().index).toBeGreaterThan(3);
    await submit(mesh, away, reserve('0', 'after'));
    await agree(mesh);
    // And after a restart from its own disk.
    mesh.kill(away, { power: true });
    await mesh.restart(away);
    await agree(mesh);
  });
});

describe('a replica that waits for the state', () => {
  it('is not ready, and its stale reads are as old as what it has, however often its leader speaks to it', async () => {
    const { mesh, laggard } = await meshWithLaggard();
    // Every state on its way loses its trailer: the replica hears heartbeats and gets nothing.
    mesh.network.snapshots.tamper = (frame) => (frame.body?.$case === 'trailer' ? [] : [frame]);
    await mesh.run(AWAY_MS);
    await mesh.restart(laggard);
    await mesh.run(20_000);
    expect(laggard.running.status()).toMatchObject({ role: 'follower', ready: false });
    const read = await laggard.running.query({ kind: 'totals' }, { consistency: 'stale', timeoutMs: 1_000 });
    expect(read.ageMs).toBeGreaterThan(AWAY_MS);

    mesh.network.snapshots.tamper = (frame) => [frame];
    await agree(mesh);
    const now = await laggard.running.query({ kind: 'totals' }, { consistency: 'stale', timeoutMs: 1_000 });
    expect(now.ageMs).toBeLessThan(1_000);
  });
});

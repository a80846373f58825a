/** What the leader proposes by itself, when time has something to do and nobody calls. */
import { describe, expect, it } from 'vitest';
import { agree, HOUR, meshWithPoints, reserve, STALE, submit, wish } from './world.js';

const RAISE = { kind: 'raise-version', ledgerVersion: 2 } as const;

describe('a leader', () => {
  it('lets ended reservations leave memory two days later, once, when the mesh runs version 2', async () => {
    const mesh = await meshWithPoints();
    const { index } = await submit(mesh, mesh.nodes[0]!, reserve(['a'], 'trip'));
    const remembered = async () => {
      const read = await mesh.leader.running.query(
        { kind: 'reservation', reservationId: `r${index}` },
        STALE,
      );
      return read.reply !== null;
    };
    const pass = async (ms: number) => {
      for (const node of mesh.nodes) node.skewMs += ms;
      await mesh.run(5_000);
      await agree(mesh);
    };
    await pass(HOUR);
    expect(await mesh.leader.running.query({ kind: 'totals' }, STALE)).toMatchObject({
      reply: { openReservations: 0, endedReservations: 1 },
    });
    await pass(47 * HOUR);
    await pass(2 * HOUR);
    expect(await remembered()).toBe(true);
    const { lastIndex: before } = mesh.leader.running.status();
    await submit(mesh, mesh.nodes[1]!, wish(RAISE, 'raise'));
    await mesh.run(1_000);
    await agree(mesh);
    expect(await remembered()).toBe(false);
    // The raise, and one entry that pruned.
    expect(mesh.leader.running.status().lastIndex).toBe(before + 2);
    await pass(HOUR);
    expect(mesh.leader.running.status().lastIndex).toBe(before + 2);
  });
});

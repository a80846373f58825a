/** What the leader proposes by itself, when time has something to do and nobody calls. */
import { describe, expect, it } from 'vitest';
import { agree, HOUR, meshWithPoints, reserve, STALE, submit } from './world.js';

/** A mesh whose only reservation has ended. `pass` tells how many entries there are but for the one of every new leader. */
async function afterATrip(understands: number) {
  const mesh = await meshWithPoints(3, 1, { understands });
  const { index } = await submit(mesh, mesh.nodes[0]!, reserve(['a'], 'trip'));
  const pass = async (ms: number): Promise<number> => {
    for (const node of mesh.nodes) node.skewMs += ms;
    await mesh.run(5_000);
    await agree(mesh);
    const { lastIndex, term } = mesh.leader.running.status();
    return lastIndex - term;
  };
  const remembered = async (): Promise<boolean> => {
    const query = { kind: 'reservation', reservationId: `r${index}` } as const;
    return (await mesh.leader.running.query(query, STALE)).reply !== null;
  };
  await pass(HOUR);
  expect(await mesh.leader.running.query({ kind: 'totals' }, STALE)).toMatchObject({
    reply: { openReservations: 0, endedReservations: 1 },
  });
  return { mesh, pass, remembered };
}

describe('a leader', () => {
  it('lets ended reservations leave memory two days later, once', async () => {
    const { pass, remembered } = await afterATrip(2);
    const before = await pass(46 * HOUR);
    expect(await remembered()).toBe(true);
    const pruned = await pass(2 * HOUR);
    expect(await remembered()).toBe(false);
    expect(pruned).toBe(before + 1);
    expect(await pass(HOUR)).toBe(pruned);
  });

  it('lets none leave memory while the mesh runs version 1', async () => {
    const { pass, remembered } = await afterATrip(1);
    const before = await pass(50 * HOUR);
    expect(await pass(HOUR)).toBe(before);
    expect(await remembered()).toBe(true);
  });
});

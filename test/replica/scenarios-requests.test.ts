/** Requests whose answer gets lost, over whole replicas: S1 and S6. */
import { describe, expect, it } from 'vitest';
import { ledgerCodec } from '../../src/codec/ledger-codec.js';
import type { Answer } from '../../src/ledger/result.js';
import type { Failure } from '../../src/replica/failure.js';
import type { VirtualMesh, VirtualNode } from '../support/virtual-mesh.js';
import { agree, failureOf, LINEARIZABLE, meshWithPoints, reserve, submit } from './world.js';

/** Beyond any copy's `notAfter`: what is not decided by then never will be. */
const OUTLASTED_MS = 20_000;

async function openReservations(mesh: VirtualMesh, node: VirtualNode): Promise<readonly string[]> {
  const query = { kind: 'open-reservations', holder: 'car-1' } as const;
  const { reply } = await mesh.settle(node.running.query(query, LINEARIZABLE));
  return reply.map(({ id }) => id);
}

/** The request keys of all proposals that are passed on from now on. */
function keysPassedOn(mesh: VirtualMesh): readonly string[] {
  const keys: string[] = [];
  mesh.tap = ({ frames }) => {
    for (const frame of frames) {
      if (frame.kind === 'proposal') keys.push(ledgerCodec.decodeCommand(frame.command).requestKey);
    }
  };
  return keys;
}

describe('S1: a request', () => {
  it('whose reply is dropped after the commit gets the same reply at another node, and counts once', async () => {
    const mesh = await meshWithPoints();
    const [one, two] = mesh.followers;
    const keys = keysPassedOn(mesh);
    const asked = failureOf(one!.running.submit(reserve(['a'], 'trip'), { timeoutMs: 1_500 }));
    await mesh.until(() => keys.length > 0);
    await mesh.run(1);
    // The leader has it; nothing that is decided from here on reaches the node that asked.
    mesh.isolate(one!);
    expect(await mesh.settle(asked)).toMatchObject({ code: 'DEADLINE_EXCEEDED', requestKey: 'trip' });
    const { commitIndex } = mesh.leader.running.status();
    const again = await submit(mesh, two!, reserve(['a'], 'trip'));
    expect(again.result.kind).toBe('reserved');
    expect(again.index).toBeLessThanOrEqual(commitIndex);
    mesh.heal();
    await agree(mesh);
    for (const node of mesh.nodes) expect(await submit(mesh, node, reserve(['a'], 'trip'))).toEqual(again);
    expect(await openReservations(mesh, one!)).toEqual([`r${again.index}`]);
  });

  it('that is passed on again, to one leader after the other, has the same key each time', async () => {
    const mesh = await meshWithPoints();
    const [one, two] = mesh.followers;
    const keys = keysPassedOn(mesh);
    // Nobody hears of what is appended: each leader has it, and none commits it before it dies.
    mesh.network.drop(({ from, frames }) =>
      frames.some(
        (frame) =>
          frame.kind === 'raft' &&
          frame.message.kind === 'append' &&
          from === mesh.leaderOrNull?.id &&
          frame.message.entries.some(({ payload }) => payload.kind === 'command'),
      ),
    );
    const asked = one!.running.submit(reserve(['a'], 'trip'), { timeoutMs: 15_000 });
    const old = mesh.leader;
    await mesh.until(() => keys.length > 0);
    await mesh.run(10);
    mesh.kill(old);
    two!.skewMs = 60_000;
    await mesh.until(() => mesh.leaderOrNull !== null);
    mesh.network.drop(() => false);
    await mesh.restart(old);
    two!.skewMs = 0;
    const answer = await mesh.settle(asked);
    expect(answer.result.kind).toBe('reserved');
    expect(new Set(keys)).toEqual(new Set(['trip']));
    await agree(mesh);
    expect(await submit(mesh, two!, reserve(['a'], 'trip'))).toEqual(answer);
    expect(await openReservations(mesh, old)).toEqual([`r${answer.index}`]);
  });
});

describe('S6: what a caller is told when its time is over', () => {
  it('is "nothing was proposed" only when that is so; else both outcomes happen, and the key finds which', async () => {
    const found: string[] = [];
    for (let cutAtMs = 0; cutAtMs <= 4; cutAtMs += 1) {
      const mesh = await meshWithPoints();
      const [one, two] = mesh.followers;
      const asked: Promise<Answer | Failure> = one!.running
        .submit(reserve(['a'], 'trip'), { timeoutMs: 1_500 })
        .catch((failure: Failure) => failure);
      if (cutAtMs > 0) await mesh.run(cutAtMs - 1);
      mesh.isolate(one!);
      const told = await mesh.settle(asked);
      mesh.heal();
      await mesh.run(OUTLASTED_MS);
      await agree(mesh);
      const open = await openReservations(mesh, two!);
      const outcome = 'code' in told ? told.code : told.result.kind;
      found.push(`${outcome}: ${open.length}`);
      // Whatever became of it, the key tells: the first answer, or a first try that counts.
      const again = await submit(mesh, two!, reserve(['a'], 'trip'));
      expect(again.result.kind).toBe('reserved');
      if (open.length > 0) expect(open).toEqual([`r${again.index}`]);
      if ('result' in told) expect(again).toEqual(told);
      expect(await openReservations(mesh, two!)).toHaveLength(1);
    }
    // Cut before it left, on its way, and after the leader had it.
    expect(found.slice(0, 2)).toEqual(['UNAVAILABLE: 0', 'DEADLINE_EXCEEDED: 0']);
    expect(found).toContain('DEADLINE_EXCEEDED: 1');
    expect(found).not.toContain('UNAVAILABLE: 1');
  });
});

/**
 * What every Transport promises. Run on the gRPC transport and on its in-memory twin; an implementation brings
 * a rig of two replicas that can reach each other.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ReplicaId, replicaId } from '../../src/raft/entry.js';
import type { Batch, Frame } from '../../src/replica/frame.js';
import type { Transport } from '../../src/replica/ports.js';
import { eventually } from '../support/eventually.js';

export interface TransportRig {
  readonly a: { readonly id: ReplicaId; readonly transport: Transport };
  readonly b: { readonly id: ReplicaId; readonly transport: Transport };
  /** Called after both handlers are set. Resolves once either side can send to the other. */
  start(): Promise<void>;
  /** Lets nothing more through between the two, in either direction; `heal` undoes it. */
  cut(): void;
  heal(): void;
  /** Ends the process of B as SIGKILL does. */
  killB(): void;
  close(): Promise<void>;
}

export function transportContract(name: string, open: () => Promise<TransportRig>): void {
  describe(`transport contract: ${name}`, () => {
    let rig: TransportRig;
    const atA: Batch[] = [];
    const atB: Batch[] = [];
    const gone: ReplicaId[] = [];

    beforeEach(async () => {
      atA.length = 0;
      atB.length = 0;
      gone.length = 0;
      rig = await open();
      rig.a.transport.receive((batch) => atA.push(batch));
      rig.b.transport.receive((batch) => atB.push(batch));
      rig.a.transport.onGone((peer) => gone.push(peer));
      rig.b.transport.onGone((peer) => gone.push(peer));
      await rig.start();
    });

    afterEach(async () => {
      await rig.close();
    });

    function batch(n: number, frames: readonly Frame[] = []): Batch {
      return {
        from: rig.a.id,
        to: rig.b.id,
        wallMs: n,
        ledgerMs: 0,
        medianMs: 0,
        commitIndex: 0,
        understands: 2,
        frames,
      };
    }

    test('a batch arrives whole, its frames in their order', async () => {
      const envelope = { from: rig.a.id, to: rig.b.id, term: 7 };
      const command = new Uint8Array([1, 2, 3]);
      const frames: Frame[] = [
        { kind: 'proposal', proposalId: 1, notAfterMs: 99, command },
        { kind: 'raft', message: { ...envelope, kind: 'heartbeat', commit: 5, readSequence: 6 } },
        { kind: 'proposal-refused', proposalId: 2, reason: 'busy' },
        { kind: 'raft', message: { ...envelope, kind: 'append-reply', index: 3, rejected: null } },
      ];
      const sent = {
        ...batch(1_700_000_000_000, frames),
        ledgerMs: 1_700_000_000_001,
        medianMs: 3,
        understands: 2,
      };
      expect(rig.a.transport.send(sent)).toBe(true);
      await eventually(() => atB.length === 1);
      const [first, ...rest] = atB[0]!.frames;
      expect({ ...atB[0], frames: [] }).toEqual({ ...sent, frames: [] });
      expect(first).toMatchObject({ kind: 'proposal', proposalId: 1, notAfterMs: 99 });
      expect(first?.kind === 'proposal' && [...first.command]).toEqual([1, 2, 3]);
      expect(rest).toEqual(frames.slice(1));
    });

    test('ten thousand batches arrive over a healthy link in the order sent, none lost', {
      timeout: 60_000,
    }, async () => {
      for (let n = 1; n <= 10_000; n += 1) expect(rig.a.transport.send(batch(n))).toBe(true);
      await eventually(() => expect(atB.length).toBe(10_000), { timeoutMs: 50_000 });
      expect(atB.map(({ wallMs }) => wallMs)).toEqual(Array.from({ length: 10_000 }, (_, n) => n + 1));
    });

    test('both directions work at the same time', async () => {
      for (let n = 1; n <= 100; n += 1) {
        expect(rig.a.transport.send(batch(n))).toBe(true);
        expect(rig.b.transport.send({ ...batch(n), from: rig.b.id, to: rig.a.id })).toBe(true);
      }
      await eventually(() => atA.length === 100 && atB.length === 100);
      expect(atA.every(({ from, to }) => from === rig.b.id && to === rig.a.id)).toBe(true);
    });

    test('nothing is delivered while send runs', async () => {
      expect(rig.a.transport.send(batch(1))).toBe(true);
      expect(atB).toEqual([]);
      await eventually(() => atB.length === 1);
    });

    test('a handler may answer from within', async () => {
      let hops = 0;
      const [a, b] = [rig.a, rig.b];
      b.transport.receive((got) => b.transport.send({ ...got, from: b.id, to: a.id }));
      a.transport.receive((got) => {
        hops += 1;
        if (hops < 50) a.transport.send({ ...got, from: a.id, to: b.id });
      });
      a.transport.send(batch(1));
      await eventually(() => hops === 50);
    });

    test('a batch for a replica that nobody knows is dropped here', () => {
      const stranger = replicaId('dddddddddddddddd');
      expect(rig.a.transport.send({ ...batch(1), to: stranger })).toBe(false);
    });

    test('a cut link drops batches here, and carries new ones once it is healed', async () => {
      rig.cut();
      await eventually(() => rig.a.transport.send(batch(1)) === false);
      expect(rig.a.transport.send(batch(1))).toBe(false);
      const before = atB.length;
      rig.heal();
      await eventually(() => rig.a.transport.send(batch(2)));
      await eventually(() => atB.some(({ wallMs }) => wallMs === 2));
      expect(atB.slice(before).every(({ wallMs }) => wallMs === 2)).toBe(true);
      expect(gone).toEqual([]);
    });

    test('the end of a process is told to its peer, once, and what is sent to it is dropped', async () => {
      expect(rig.a.transport.send(batch(1))).toBe(true);
      await eventually(() => atB.length === 1);
      rig.killB();
      await eventually(() => gone.length > 0);
      expect(rig.a.transport.send(batch(2))).toBe(false);
      expect(gone).toEqual([rig.b.id]);
    });
  });
}

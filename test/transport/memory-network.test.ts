import { describe, expect, test } from 'vitest';
import { replicaId } from '../../src/raft/entry.js';
import type { Batch } from '../../src/replica/frame.js';
import { MemoryNetwork } from '../../src/transport/memory-network.js';
import { transportContract } from '../contracts/transport.js';

const A = replicaId('00000000000000aa');
const B = replicaId('00000000000000bb');

transportContract('in-memory network', async () => {
  const network = new MemoryNetwork();
  return {
    a: { id: A, transport: network.transport(A) },
    b: { id: B, transport: network.transport(B) },
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

describe('in-memory network', () => {
  function rig() {
    const tasks: (() => void)[] = [];
    const network = new MemoryNetwork({ defer: (task) => tasks.push(task) });
    const received: number[] = [];
    const a = network.transport(A);
    const b = network.transport(B);
    a.receive(({ wallMs }) => received.push(wallMs));
    b.receive(({ wallMs }) => received.push(wallMs));
    const deliver = () => {
      for (const task of tasks.splice(0)) task();
    };
    return { network, a, b, received, deliver };
  }

  const toB = (n: number): Batch => ({
    from: A,
    to: B,
    wallMs: n,
    ledgerMs: 0,
    medianMs: 0,
    commitIndex: 0,
    understands: 2,
    frames: [],
  });
  const toA = (n: number): Batch => ({ ...toB(n), from: B, to: A });

  test('delivers when the handed-in scheduler says so, not before', () => {
    const { a, received, deliver } = rig();
    expect(a.send(toB(1))).toBe(true);
    expect(received).toEqual([]);
    deliver();
    expect(received).toEqual([1]);
  });

  test('a cut works in one direction only', () => {
    const { network, a, b, received, deliver } = rig();
    network.cut(A, B);
    expect(a.send(toB(1))).toBe(false);
    expect(b.send(toA(2))).toBe(true);
    deliver();
    expect(received).toEqual([2]);
  });

  test('what is under way when its link is cut is lost, also after the link healed', () => {
    const { network, a, received, deliver } = rig();
    a.send(toB(1));
    network.cut(A, B);
    network.heal(A, B);
    a.send(toB(2));
    deliver();
    expect(received).toEqual([2]);
  });

  test('dropped batches are lost without a word to the sender', () => {
    const { network, a, received, deliver } = rig();
    network.drop(({ wallMs }) => wallMs % 2 === 0);
    for (const n of [1, 2, 3, 4]) expect(a.send(toB(n))).toBe(true);
    deliver();
    expect(received).toEqual([1, 3]);
  });

  test('a restarted replica gets nothing that was sent to its predecessor', () => {
    const { network, a, received, deliver } = rig();
    a.send(toB(1));
    const again = network.transport(B);
    expect(a.send(toB(2))).toBe(false);
    again.receive(({ wallMs }) => received.push(wallMs));
    a.send(toB(3));
    deliver();
    expect(received).toEqual([3]);
  });

  test('a removed replica is unknown', () => {
    const { network, a } = rig();
    network.remove(B);
    expect(a.send(toB(1))).toBe(false);
  });

  test('a killed replica is told to those it was connected to, after what was on its way from it', () => {
    const { network, a, b, received, deliver } = rig();
    a.onGone((peer) => received.push(Number.parseInt(peer, 16)));
    b.send(toA(1));
    network.kill(B);
    network.kill(B);
    expect(received).toEqual([]);
    deliver();
    expect(received).toEqual([1, 0xbb]);
    expect(a.send(toB(1))).toBe(false);
  });

  test.each([
    ['cut off, in one direction', (network: MemoryNetwork) => network.cut(A, B), () => {}],
    ['cut off before that is found', () => {}, (network: MemoryNetwork) => network.cut(B, A)],
    ['back by then', () => {}, (network: MemoryNetwork) => network.transport(B).receive(() => {})],
    ['removed without a trace before', (network: MemoryNetwork) => network.remove(B), () => {}],
  ])('one that is killed while it is %s is not told', (_, before, after) => {
    const { network, a, deliver } = rig();
    const gone: string[] = [];
    a.onGone((peer) => gone.push(peer));
    before(network);
    network.kill(B);
    after(network);
    deliver();
    expect(gone).toEqual([]);
  });
});

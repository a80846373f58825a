/** What a leader believes of a peer: snapshots it offered (C24), a transfer it began (C26). */
import { expect, test } from 'vitest';
import type { Message } from '../../src/raft/message.js';
import { Cluster, command, configOf, ELECTION_TICKS, rid } from './support/cluster.js';

const noSnapshot = ({ kind }: Message): boolean => kind !== 'snapshot';

/** Replica 3 needs a snapshot, which it was offered at index 2 and never gets. */
function offered(): Cluster {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  cluster.isolate(3);
  cluster.propose(1, 'a');
  cluster.compact(1);
  cluster.heal();
  for (let beat = 0; beat < 3; beat++) {
    cluster.core(1).tick();
    cluster.settle(noSnapshot);
  }
  expect(cluster.core(1).status().peers[2]).toMatchObject({ state: 'snapshot', pendingSnapshotIndex: 2 });
  return cluster;
}

test('C24: a snapshot that was not delivered is credited with nothing: it is offered again', () => {
  const cluster = offered();
  const offers = () => cluster.sent.filter(({ kind }) => kind === 'snapshot').length;
  expect(offers()).toBe(1);
  cluster.core(1).reportSnapshot(rid(3), false);
  expect(cluster.core(1).status().peers[2]).toMatchObject({ state: 'probe', matchIndex: 1, nextIndex: 2 });
  cluster.core(1).tick();
  cluster.settle(noSnapshot);
  expect(offers()).toBe(2);
  expect(cluster.core(3).status()).toMatchObject({ lastIndex: 1, commitIndex: 1 });
});

test('C24: one that was delivered counts towards no commit before the peer itself says what it holds', () => {
  const cluster = offered();
  cluster.crash(2);
  cluster.core(1).reportSnapshot(rid(3), true);
  expect(cluster.core(1).status().peers[2]).toMatchObject({ state: 'probe', matchIndex: 1, nextIndex: 3 });
  cluster.core(1).propose([command('b')]);
  cluster.settle(noSnapshot);
  expect(cluster.core(1).status()).toMatchObject({ lastIndex: 3, commitIndex: 2 });
});

test('C24: the report of a snapshot that an earlier leadership offered is void', () => {
  const cluster = offered();
  cluster.core(1).transferLeadership(rid(2));
  cluster.settle(noSnapshot);
  expect(cluster.leaders()).toEqual([2]);
  cluster.core(2).transferLeadership(rid(1));
  cluster.settle(noSnapshot);
  expect(cluster.leaders()).toEqual([1]);
  const before = cluster.core(1).status().peers[2];
  cluster.core(1).reportSnapshot(rid(3), true);
  expect(cluster.core(1).status().peers[2]).toEqual(before);
  cluster.tick(3);
  expect(cluster.replica(3).commands()).toEqual(['a']);
});

test('C26: a leader that is asked to vote in a later term forgets the transfer', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  cluster.crash(2);
  cluster.core(1).transferLeadership(rid(2));
  expect(cluster.core(1).status().transferee).toBe(rid(2));
  const { term, lastIndex } = cluster.core(1).status();
  cluster.core(1).step({
    ...{ kind: 'vote', from: rid(3), to: rid(1), term: term + 1, transfer: true },
    ...{ lastIndex: lastIndex, lastTerm: term },
  });
  cluster.settle();
  expect(cluster.core(1).status()).toMatchObject({ role: 'follower', term: term + 1, transferee: '' });
});

test('C26: a transfer to oneself is refused and leaves the pending one, which ends by itself', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  cluster.crash(2);
  cluster.core(1).transferLeadership(rid(2));
  expect(cluster.core(1).transferLeadership(rid(1))).toBe('refused');
  expect(cluster.core(1).status().transferee).toBe(rid(2));
  cluster.tick(ELECTION_TICKS);
  expect(cluster.core(1).status()).toMatchObject({ role: 'leader', transferee: '' });
  cluster.propose(1, 'x');
  expect(cluster.replica(3).commands()).toEqual(['x']);
});

test('C26: a target that is told to take over and dies leaves the mesh with a leader all the same', () => {
  for (const silent of [false, true]) {
    const cluster = new Cluster({ config: configOf([1, 2, 3]) });
    cluster.elect(1);
    cluster.core(1).transferLeadership(rid(2));
    cluster.turn(1);
    // It dies before it campaigns, or as soon as it has: nobody hears of that.
    if (!silent) cluster.deliverTo(2);
    cluster.crash(2);
    cluster.take(() => true);
    cluster.tick(4 * ELECTION_TICKS);
    expect(cluster.leaders()).toHaveLength(1);
    cluster.propose(cluster.leaders()[0]!, 'x');
    expect(cluster.replica(3).commands()).toEqual(['x']);
  }
});

/** Linearizable reads: at which index, when, and never from a replica that may have been deposed. */
import { expect, test } from 'vitest';
import type { Message } from '../../src/raft/message.js';
import { Cluster, configOf, ELECTION_TICKS, logOf, rid } from './support/cluster.js';

const noAppends = ({ kind }: Message) => kind !== 'append';

test('C12, C13: a new leader parks a read until its no-op is committed, then answers it within an election time-out', () => {
  // Entry 2 was committed and answered by an earlier leader; replica 1 has it and does not know that it is committed.
  const cluster = new Cluster({
    config: configOf([1, 2, 3]),
    logs: {
      1: logOf([1, 1], { commit: 1 }),
      2: logOf([1, 1], { commit: 2 }),
      3: logOf([1, 1], { commit: 1 }),
    },
  });
  cluster.core(1).campaign();
  cluster.settle(noAppends);
  expect(cluster.core(1).status()).toMatchObject({ role: 'leader', committedInTerm: false, commitIndex: 1 });
  expect(cluster.core(1).readIndex(7)).toBe('accepted');
  for (let beat = 0; beat < 3; beat++) {
    cluster.core(1).tick();
    cluster.settle(noAppends);
  }
  expect(cluster.replica(1).reads).toEqual([]);
  expect(cluster.core(1).status().pendingReads).toBe(1);
  cluster.tick(ELECTION_TICKS - 1);
  expect(cluster.replica(1).reads).toEqual([{ requestId: 7, index: 3 }]);
  expect(cluster.core(1).status().pendingReads).toBe(0);
});

test('C12: the only voter does not know either what was committed before its own entry is', () => {
  const cluster = new Cluster({ config: configOf([1]), logs: { 1: logOf([1, 1], { commit: 1 }) } });
  cluster.core(1).campaign();
  while (cluster.core(1).status().role !== 'leader') {
    cluster.turn(1);
    cluster.finishSave(1);
  }
  cluster.core(1).readIndex(1);
  cluster.turn(1);
  expect(cluster.replica(1).reads).toEqual([]);
  cluster.settle();
  expect(cluster.replica(1).reads).toEqual([{ requestId: 1, index: 3 }]);
});

test('C14: a late answer to an earlier round confirms no later read', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  cluster.core(1).readIndex(1);
  cluster.turn(1);
  for (const message of cluster.take(({ kind }) => kind === 'heartbeat')) cluster.deliver(message);
  cluster.turn(2);
  cluster.turn(3);
  const late = cluster.take(({ kind }) => kind === 'heartbeat-reply');
  expect(late).toHaveLength(2);
  cluster.deliver(late[0]!);
  cluster.turn(1);
  expect(cluster.replica(1).reads).toMatchObject([{ requestId: 1 }]);
  // The network fails; a second read is asked for, and then the other old answer arrives, twice.
  cluster.core(1).readIndex(2);
  cluster.turn(1);
  cluster.take(() => true);
  cluster.deliver(late[1]!);
  cluster.deliver(late[0]!);
  cluster.deliver(late[1]!);
  cluster.turn(1);
  expect(cluster.replica(1).reads).toHaveLength(1);
  expect(cluster.core(1).status().pendingReads).toBe(1);
});

test('C14: answers of an earlier term confirm nothing for one who leads again', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  cluster.core(1).readIndex(1);
  cluster.turn(1);
  for (const message of cluster.take(({ kind }) => kind === 'heartbeat')) cluster.deliver(message);
  cluster.turn(2);
  cluster.turn(3);
  const late = cluster.take(({ kind }) => kind === 'heartbeat-reply');
  for (const to of [2, 1]) {
    const [leader] = cluster.leaders();
    cluster.core(leader!).transferLeadership(rid(to));
    cluster.settle();
  }
  expect(cluster.leaders()).toEqual([1]);
  cluster.core(1).readIndex(2);
  cluster.turn(1);
  cluster.take(() => true);
  for (const message of late) cluster.deliver(message);
  cluster.turn(1);
  expect(cluster.replica(1).reads).toEqual([]);
});

test('an answer to a round that was never started confirms nothing', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  const { term } = cluster.core(1).status();
  cluster.core(1).step({ kind: 'heartbeat-reply', from: rid(2), to: rid(1), term, readSequence: 9 });
  cluster.core(1).readIndex(1);
  cluster.turn(1);
  expect(cluster.replica(1).reads).toEqual([]);
});

test('C15: a leader that was cut off answers no read, and says so once it knows', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  cluster.isolate(1);
  cluster.core(2).forgetLeader();
  cluster.core(3).forgetLeader();
  cluster.core(2).campaign();
  cluster.settle();
  cluster.propose(2, 'newer');
  expect(cluster.core(1).readIndex(1)).toBe('accepted');
  cluster.settle();
  cluster.tick(2 * ELECTION_TICKS, 1);
  expect(cluster.replica(1).reads).toEqual([]);
  expect(cluster.core(1).status()).toMatchObject({ role: 'follower', pendingReads: 0 });
  expect(cluster.core(1).readIndex(2)).toBe('no-leader');
  cluster.heal();
  cluster.tick(2);
  expect(cluster.core(1).readIndex(3)).toBe('accepted');
  cluster.settle();
  expect(cluster.replica(1).reads).toEqual([{ requestId: 3, index: 3 }]);
  expect(cluster.replica(1).commands()).toEqual(['newer']);
});

test('a follower asks the leader under an id of its own, and is told the index', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3], [4]) });
  cluster.elect(1);
  cluster.propose(1, 'x');
  for (const number of [2, 4]) expect(cluster.core(number).readIndex(number)).toBe('accepted');
  cluster.settle();
  expect(cluster.replica(2).reads).toEqual([{ requestId: 2, index: 2 }]);
  expect(cluster.replica(4).reads).toEqual([{ requestId: 4, index: 2 }]);
  expect(cluster.sent.filter(({ kind }) => kind === 'read-index')).toMatchObject([{ term: 0 }, { term: 0 }]);
});

test('reads of one turn share one round, and those that come meanwhile the next one', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  const before = cluster.sent.length;
  for (let id = 1; id <= 50; id++) cluster.core(1).readIndex(id);
  cluster.turn(1);
  for (let id = 51; id <= 100; id++) cluster.core(1).readIndex(id);
  cluster.settle();
  const beats = cluster.sent.slice(before).filter(({ kind }) => kind === 'heartbeat');
  expect(beats).toHaveLength(4);
  expect(cluster.replica(1).reads.map(({ requestId }) => requestId)).toEqual(
    Array.from({ length: 100 }, (_, at) => at + 1),
  );
});

test('a round whose heartbeats were lost is asked for again with the next tick', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  cluster.core(1).readIndex(1);
  cluster.turn(1);
  cluster.take(() => true);
  cluster.core(1).readIndex(2);
  cluster.tick(1, 1);
  expect(cluster.replica(1).reads.map(({ requestId }) => requestId)).toEqual([1, 2]);
});

test('a learner confirms no read, and neither does one half of a joint configuration', () => {
  const cluster = new Cluster({
    config: { ...configOf([1, 2, 3], [6]), votersOutgoing: [rid(1), rid(4), rid(5)] },
  });
  cluster.elect(1);
  cluster.crash(4);
  cluster.crash(5);
  cluster.core(1).readIndex(1);
  cluster.settle();
  expect(cluster.replica(1).reads).toEqual([]);
  cluster.restart(4);
  cluster.tick(3, 1);
  expect(cluster.replica(1).reads).toMatchObject([{ requestId: 1 }]);
});

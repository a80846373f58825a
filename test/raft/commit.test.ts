/** When an entry is committed: Raft §5.4.2, and what each replica may learn of it. */
import { expect, test } from 'vitest';
import type { Message } from '../../src/raft/message.js';
import { Cluster, command, configOf, entriesOf, logOf, rid } from './support/cluster.js';

test('C1: an entry of an earlier term is not committed by counting, figure 8 of the paper', () => {
  // Moment (c): replica 1 led term 2, lost it, and is elected again in term 4.
  const cluster = new Cluster({
    config: configOf([1, 2, 3, 4, 5]),
    logs: {
      1: logOf([1, 2], { term: 3 }),
      2: logOf([1, 2], { term: 2 }),
      3: logOf([1], { term: 3 }),
      4: logOf([1], { term: 3 }),
      5: logOf([1, 3], { term: 3 }),
    },
    core: { messageBytesMax: 1, preVote: false },
  });
  cluster.isolate(4, 5);
  cluster.core(1).campaign();
  // Nothing of term 4 arrives anywhere: appends lose the entries of that term on their way.
  const withoutTermFour = (message: Message): boolean => {
    if (message.kind !== 'append') return true;
    cluster.deliver({ ...message, entries: message.entries.filter(({ term }) => term < 4) });
    return false;
  };
  cluster.settle(withoutTermFour);
  expect(cluster.core(1).status()).toMatchObject({ role: 'leader', term: 4, lastIndex: 3 });
  const holders = cluster.all().filter(({ log }) => log.term(2) === 2);
  expect(holders.map(({ number }) => number)).toEqual([1, 2, 3]);
  expect(cluster.core(1).status().commitIndex).toBe(0);
  // Moment (e): the entry of term 4 reaches a quorum, and commits what is before it.
  for (let beat = 0; beat < 3; beat++) cluster.tick(1, 1);
  expect(cluster.core(1).status().commitIndex).toBe(3);
  expect(cluster.replica(3).applied.map(({ term }) => term)).toEqual([1, 2, 4]);
});

test('C1: what was on a quorum without being committed may still be replaced, moment (d) of figure 8', () => {
  const cluster = new Cluster({
    config: configOf([1, 2, 3, 4, 5]),
    logs: {
      1: logOf([1, 2], { term: 4 }),
      2: logOf([1, 2], { term: 4 }),
      3: logOf([1, 2], { term: 4 }),
      4: logOf([1], { term: 4 }),
      5: logOf([1, 3], { term: 4 }),
    },
  });
  cluster.elect(5);
  for (const { log } of cluster.all()) expect(log.all().map(({ term }) => term)).toEqual([1, 3, 5]);
});

test('C9: a late, shorter append does not cut off the entries that followed it', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  const append = (count: number) =>
    ({
      kind: 'append',
      from: rid(1),
      to: rid(2),
      term: 1,
      prevIndex: 0,
      prevTerm: 0,
      entries: entriesOf([1, 1, 1, 1, 1].slice(0, count)),
      commit: 0,
    }) as const;
  cluster.core(2).step(append(5));
  cluster.settle();
  cluster.core(2).step(append(3));
  cluster.settle();
  expect(cluster.replica(2).log.lastIndex()).toBe(5);
  expect(cluster.core(2).status().lastIndex).toBe(5);
});

test('C10: a heartbeat commits nothing that the follower is not known to hold', () => {
  // Only heartbeats reach replica 3, whose second and third entries are not the leader's.
  const cluster = new Cluster({
    config: configOf([1, 2, 3]),
    logs: { 1: logOf([1, 2]), 2: logOf([1, 2]), 3: logOf([1, 1, 1], { term: 1 }) },
  });
  const pass = ({ kind, to }: Message) => kind !== 'append' || to !== rid(3);
  cluster.core(1).campaign();
  cluster.settle(pass);
  cluster.core(1).tick();
  cluster.settle(pass);
  expect(cluster.core(1).status().commitIndex).toBe(3);
  const beats = cluster.sent.filter(({ kind, to }) => kind === 'heartbeat' && to === rid(3));
  expect(beats).toMatchObject([{ commit: 0 }]);
  expect(cluster.core(3).status().commitIndex).toBe(0);
});

test('C10: an append commits nothing beyond what it proves to match', () => {
  const cluster = new Cluster({
    config: configOf([1, 2, 3]),
    logs: { 3: logOf([1, 1, 1], { term: 2 }) },
  });
  cluster.core(3).step({
    kind: 'append',
    from: rid(1),
    to: rid(3),
    term: 2,
    prevIndex: 1,
    prevTerm: 1,
    entries: [],
    commit: 3,
  });
  expect(cluster.core(3).status().commitIndex).toBe(1);
});

test('a heartbeat that speaks of more than the follower holds is no reason to commit or to fail', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]), logs: { 2: logOf([1, 1]) } });
  cluster.core(2).step({ kind: 'heartbeat', from: rid(1), to: rid(2), term: 1, commit: 9, readSequence: 0 });
  expect(cluster.core(2).status()).toMatchObject({ commitIndex: 0, leader: rid(1) });
});

test('the leader tells the new commit index at once, without waiting for a heartbeat', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  cluster.propose(1, 'x');
  for (const { core } of cluster.all()) expect(core.status().commitIndex).toBe(2);
});

test('proposals of one turn are appended together and sent in one message to each peer', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  const before = cluster.sent.length;
  const result = cluster.core(1).propose([command('a'), command('b'), command('c')]);
  expect(result).toEqual({ kind: 'appended', index: 2, term: 1 });
  cluster.turn(1);
  const appends = cluster.sent.slice(before).filter(({ kind }) => kind === 'append');
  expect(appends.map((message) => message.kind === 'append' && message.entries.length)).toEqual([3, 3]);
  cluster.settle();
  expect(cluster.replica(3).commands()).toEqual(['a', 'b', 'c']);
});

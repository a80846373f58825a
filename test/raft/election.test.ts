/** Who leads, and who may disturb it: elections, pre-votes, the check of the quorum, eligibility. */
import { expect, test } from 'vitest';
import { Cluster, change, configOf, ELECTION_TICKS, logOf, rid } from './support/cluster.js';

test('a mesh elects a leader by itself, and another one when that is gone', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.tick(2 * ELECTION_TICKS);
  expect(cluster.leaders()).toHaveLength(1);
  const [first] = cluster.leaders();
  cluster.crash(first!);
  cluster.tick(4 * ELECTION_TICKS);
  expect(cluster.leaders()).toHaveLength(1);
  expect(cluster.leaders()).not.toContain(first);
});

test('C18: a replica that was removed while it was cut off disturbs nobody when it comes back', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  cluster.isolate(3);
  cluster.core(1).proposeConfigChange(change('remove', 3));
  cluster.settle();
  cluster.tick(5 * ELECTION_TICKS);
  const { term } = cluster.core(1).status();
  cluster.heal();
  cluster.tick(5 * ELECTION_TICKS);
  expect(cluster.leaders()).toEqual([1]);
  expect(cluster.core(1).status().term).toBe(term);
  expect(cluster.core(2).status()).toMatchObject({ term, leader: rid(1) });
});

test('C18: a member that was cut off comes back without raising a term, even with an equal log', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  const { term } = cluster.core(1).status();
  cluster.isolate(3);
  cluster.tick(5 * ELECTION_TICKS);
  cluster.heal();
  cluster.core(3).campaign();
  cluster.settle();
  expect(cluster.core(1).status()).toMatchObject({ role: 'leader', term });
  cluster.tick(1);
  expect(cluster.core(3).status()).toMatchObject({ role: 'follower', leader: rid(1), term });
});

test('C18: without pre-votes, voters that hear a leader ignore the later term of one that does not', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]), core: { preVote: false } });
  cluster.elect(1);
  cluster.core(1).proposeConfigChange(change('remove', 3));
  cluster.settle(({ to }) => to !== rid(3));
  cluster.isolate(3);
  cluster.tick(5 * ELECTION_TICKS);
  const { term } = cluster.core(1).status();
  expect(cluster.core(3).status().term).toBeGreaterThan(term);
  cluster.heal();
  cluster.tick(5 * ELECTION_TICKS);
  expect(cluster.core(1).status()).toMatchObject({ role: 'leader', term });
});

test('C18: a learner that comes back with a higher term is taken in again', () => {
  const cluster = new Cluster({
    config: configOf([1, 2], [3]),
    logs: { 3: logOf([], { term: 50 }) },
  });
  cluster.tick(6 * ELECTION_TICKS);
  expect(cluster.leaders()).toHaveLength(1);
  const [leader] = cluster.leaders();
  cluster.propose(leader!, 'x');
  expect(cluster.core(leader!).status().term).toBeGreaterThan(50);
  expect(cluster.replica(3).commands()).toEqual(['x']);
});

test('C19: a replica with an old term and the better log is told the term, and can win', () => {
  const cluster = new Cluster({
    config: configOf([1, 2, 3]),
    running: [2, 3],
    logs: { 2: logOf([1], { term: 7 }), 3: logOf([1, 1], { term: 1 }) },
  });
  cluster.tick(6 * ELECTION_TICKS);
  expect(cluster.leaders()).toEqual([3]);
  expect(cluster.core(3).status().term).toBeGreaterThan(7);
});

test('C19: kill a follower and the leader, start the follower again: a leader within a few time-outs', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  cluster.crash(3);
  cluster.propose(1, 'x');
  // The term moves on while replica 3 is away.
  cluster.core(1).transferLeadership(rid(2));
  cluster.settle();
  cluster.core(2).transferLeadership(rid(1));
  cluster.settle();
  expect(cluster.leaders()).toEqual([1]);
  cluster.crash(1);
  cluster.tick(3 * ELECTION_TICKS);
  expect(cluster.leaders()).toEqual([]);
  cluster.restart(3);
  cluster.tick(6 * ELECTION_TICKS);
  expect(cluster.leaders()).toEqual([2]);
  expect(cluster.replica(3).commands()).toEqual(['x']);
});

test('C19: a follower that moved on to a later term brings a leader of an older one to it', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]), core: { preVote: false } });
  cluster.elect(1);
  cluster.isolate(3);
  cluster.tick(3 * ELECTION_TICKS);
  const { term } = cluster.core(3).status();
  expect(term).toBeGreaterThan(cluster.core(1).status().term);
  cluster.heal();
  cluster.tick(6 * ELECTION_TICKS);
  expect(cluster.leaders()).toHaveLength(1);
  for (const { core } of cluster.all()) expect(core.status().term).toBeGreaterThanOrEqual(term);
});

test('a leader that hears no quorum for an election time-out steps down', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  cluster.isolate(1);
  cluster.tick(2 * ELECTION_TICKS, 1);
  expect(cluster.core(1).status()).toMatchObject({ role: 'follower', leader: '' });
});

test('a learner that answers does not make up for voters that do not', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3], [4, 5]) });
  cluster.elect(1);
  cluster.crash(2);
  cluster.crash(3);
  cluster.tick(2 * ELECTION_TICKS, 1);
  expect(cluster.core(1).status().role).not.toBe('leader');
});

test('a pre-candidate changes neither its term nor its vote, and takes nobody else along', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  const { term } = cluster.core(1).status();
  cluster.isolate(3);
  cluster.tick(6 * ELECTION_TICKS, 3);
  expect(cluster.core(3).status()).toMatchObject({ role: 'pre-candidate', term });
  expect(cluster.core(3).hasReady({ maySave: true })).toBe(false);
});

test('a follower that forgot its leader grants a pre-vote at once, and follows the leader when it speaks', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  cluster.core(2).forgetLeader();
  expect(cluster.core(2).status().leader).toBe('');
  cluster.tick(1, 1);
  expect(cluster.core(2).status().leader).toBe(rid(1));
  cluster.crash(1);
  cluster.core(2).forgetLeader();
  cluster.core(3).forgetLeader();
  cluster.core(2).campaign();
  cluster.settle();
  expect(cluster.leaders()).toEqual([2]);
});

test('one that may not campaign neither does so on a time-out nor when told to; it still votes', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.core(1).setEligibility('no-campaign');
  cluster.tick(3 * ELECTION_TICKS, 1);
  cluster.core(1).campaign();
  cluster.core(1).step({ kind: 'timeout-now', from: rid(2), to: rid(1), term: 1 });
  expect(cluster.core(1).status().role).toBe('follower');
  cluster.crash(3);
  cluster.elect(2);
});

test('one that may not vote refuses every pre-vote and vote, and follows all the same', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]), running: [1, 2] });
  cluster.core(2).setEligibility('no-vote');
  cluster.tick(4 * ELECTION_TICKS, 1);
  expect(cluster.leaders()).toEqual([]);
  cluster
    .core(1)
    .step({ kind: 'timeout-now', from: rid(3), to: rid(1), term: cluster.core(1).status().term + 1 });
  cluster.settle();
  expect(cluster.leaders()).toEqual([]);
  const granted = cluster.sent.filter(
    (message) => (message.kind === 'vote-reply' || message.kind === 'pre-vote-reply') && message.granted,
  );
  expect(granted).toEqual([]);
  cluster.core(2).setEligibility('full');
  cluster.elect(1);
  cluster.core(2).setEligibility('no-vote');
  cluster.propose(1, 'x');
  expect(cluster.replica(2).commands()).toEqual(['x']);
});

test('a leader that may no longer campaign keeps leading until it is told to step down', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  cluster.core(1).setEligibility('no-campaign');
  cluster.tick(2 * ELECTION_TICKS);
  expect(cluster.leaders()).toEqual([1]);
  cluster.core(1).stepDown();
  expect(cluster.core(1).status()).toMatchObject({ role: 'follower', leader: '' });
  cluster.tick(4 * ELECTION_TICKS);
  expect(cluster.leaders()).toHaveLength(1);
  expect(cluster.leaders()).not.toContain(1);
});

test('a replica without a configuration never campaigns, and answers who asks', () => {
  const cluster = new Cluster({ config: configOf([]), running: [9] });
  cluster.tick(5 * ELECTION_TICKS);
  cluster.core(9).campaign();
  expect(cluster.core(9).status()).toMatchObject({ role: 'follower', term: 0 });
  cluster.core(9).step({
    kind: 'vote',
    from: rid(1),
    to: rid(9),
    term: 3,
    lastIndex: 1,
    lastTerm: 1,
    transfer: false,
  });
  cluster.settle();
  expect(cluster.sent).toMatchObject([{ kind: 'vote-reply', granted: true, term: 3 }]);
});

test('election time-outs are drawn from one to two times the ticks', () => {
  for (const draw of [0, ELECTION_TICKS - 1]) {
    const bounds: number[] = [];
    const cluster = new Cluster({
      config: configOf([1, 2]),
      running: [1],
      core: {
        random: (bound) => {
          bounds.push(bound);
          return draw;
        },
      },
    });
    cluster.tick(ELECTION_TICKS + draw - 1);
    expect(cluster.core(1).status().role).toBe('follower');
    cluster.tick(1);
    expect(cluster.core(1).status().role).toBe('pre-candidate');
    expect(new Set(bounds)).toEqual(new Set([ELECTION_TICKS]));
  }
});

test('a follower that may not campaign does not keep its vote for a leader that is gone', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  cluster.core(2).setEligibility('no-campaign');
  cluster.crash(1);
  cluster.tick(6 * ELECTION_TICKS);
  expect(cluster.leaders()).toEqual([3]);
});

test('one that is told that its leader is gone forgets it, and follows it again when it speaks; others do not', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  const { term } = cluster.core(1).status();
  cluster.core(2).reportGone(rid(3));
  cluster.core(1).reportGone(rid(1));
  expect([1, 2].map((number) => cluster.core(number).status().leader)).toEqual([rid(1), rid(1)]);
  cluster.core(2).reportGone(rid(1));
  expect(cluster.core(2).status()).toMatchObject({ role: 'follower', leader: '', term });
  cluster.tick(1, 1);
  expect(cluster.core(2).status()).toMatchObject({ role: 'follower', leader: rid(1), term });
});

/** Replicas 2 and 3 know that leader 1 is gone and stand at the same moment: each voted for itself. */
function splitElection(): Cluster {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  cluster.crash(1);
  for (const number of [2, 3]) cluster.core(number).reportGone(rid(1));
  for (const number of [2, 3]) cluster.core(number).campaign();
  cluster.settle();
  return cluster;
}

test('an election that was split without the one that is gone is over at once, and the next try is not', () => {
  const cluster = splitElection();
  expect([2, 3].map((number) => cluster.core(number).status().role)).toEqual(['follower', 'follower']);
  cluster.core(2).campaign();
  cluster.settle();
  expect(cluster.leaders()).toEqual([2]);
});

test('what became of a leader is forgotten with the next one: later its vote is waited for again', () => {
  const cluster = splitElection();
  cluster.core(2).campaign();
  cluster.settle();
  cluster.tick(1, 2);
  cluster.core(3).forgetLeader();
  cluster.isolate(2);
  cluster.core(3).campaign();
  // Replica 2 refuses, and replica 1 has not answered yet: it may still be won.
  const pre = { from: rid(2), to: rid(3), term: cluster.core(3).status().term + 1 };
  cluster.settle();
  cluster.core(3).step({ ...pre, kind: 'pre-vote-reply', granted: true });
  cluster.settle();
  cluster.core(3).step({ ...pre, kind: 'vote-reply', granted: false });
  expect(cluster.core(3).status().role).toBe('candidate');
});

test('one that was gone and is back votes like anybody', () => {
  const cluster = splitElection();
  cluster.restart(1);
  cluster.crash(3);
  cluster.core(2).campaign();
  cluster.settle();
  expect(cluster.leaders()).toEqual([2]);
});

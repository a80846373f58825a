/** C26: handing leadership over. */
import { expect, test } from 'vitest';
import { Cluster, change, command, configOf, ELECTION_TICKS, rid } from './support/cluster.js';

function led(learners: readonly number[] = []): Cluster {
  const cluster = new Cluster({ config: configOf([1, 2, 3], learners) });
  cluster.elect(1);
  return cluster;
}

test('C26: a follower that is up to date takes over at once, within a lease and without a pre-vote', () => {
  const cluster = led();
  const before = cluster.sent.length;
  expect(cluster.core(1).transferLeadership(rid(2))).toBe('started');
  cluster.settle();
  expect(cluster.leaders()).toEqual([2]);
  expect(cluster.sent.slice(before).filter(({ kind }) => kind === 'pre-vote')).toEqual([]);
});

test('C26: a follower that is behind is brought up to date first', () => {
  const cluster = led();
  cluster.isolate(3);
  cluster.propose(1, 'x');
  cluster.heal();
  expect(cluster.core(1).transferLeadership(rid(3))).toBe('started');
  expect(cluster.core(1).status().transferee).toBe(rid(3));
  cluster.tick(3);
  expect(cluster.leaders()).toEqual([3]);
  expect(cluster.replica(3).commands()).toEqual(['x']);
});

test('C26: a follower that needs a snapshot takes over once it has it', () => {
  const cluster = led();
  cluster.isolate(3);
  cluster.propose(1, 'x');
  cluster.compact(1);
  cluster.heal();
  cluster.core(1).transferLeadership(rid(3));
  cluster.tick(4);
  expect(cluster.leaders()).toEqual([3]);
});

test('C26: proposals are refused meanwhile, and taken again when the transfer runs out of time', () => {
  const cluster = led();
  cluster.crash(2);
  cluster.core(1).transferLeadership(rid(2));
  expect(cluster.core(1).propose([command('x')])).toEqual({ kind: 'refused', reason: 'transferring' });
  expect(cluster.core(1).proposeConfigChange(change('add-learner', 4))).toEqual({
    kind: 'refused',
    reason: 'transferring',
  });
  cluster.tick(ELECTION_TICKS - 1);
  expect(cluster.core(1).status().transferee).toBe(rid(2));
  cluster.tick(1);
  expect(cluster.core(1).status()).toMatchObject({ role: 'leader', transferee: '' });
  cluster.propose(1, 'x');
  expect(cluster.replica(3).commands()).toEqual(['x']);
});

test('C26: nobody can be handed leadership who is unknown, a learner, or the leader itself', () => {
  const cluster = led([4]);
  for (const number of [1, 4, 9]) expect(cluster.core(1).transferLeadership(rid(number))).toBe('refused');
  expect(cluster.core(2).transferLeadership(rid(3))).toBe('refused');
  expect(cluster.core(1).status().transferee).toBe('');
});

test('C26: a second transfer to the same one changes nothing, one to another takes its place', () => {
  const cluster = led();
  cluster.crash(2);
  cluster.core(1).transferLeadership(rid(2));
  cluster.tick(ELECTION_TICKS / 2);
  expect(cluster.core(1).transferLeadership(rid(2))).toBe('started');
  cluster.tick(ELECTION_TICKS / 2);
  expect(cluster.core(1).status().transferee).toBe('');
  cluster.core(1).transferLeadership(rid(2));
  expect(cluster.core(1).transferLeadership(rid(3))).toBe('started');
  cluster.settle();
  expect(cluster.leaders()).toEqual([3]);
});

test('C26: a target that is removed ends the transfer', () => {
  const cluster = led();
  cluster.core(1).proposeConfigChange(change('remove', 3));
  cluster.isolate(3);
  cluster.core(1).transferLeadership(rid(3));
  expect(cluster.core(1).status().transferee).toBe(rid(3));
  cluster.settle();
  expect(cluster.core(1).status()).toMatchObject({
    role: 'leader',
    transferee: '',
    config: configOf([1, 2]),
  });
});

test('C26: a target that is demoted ends the transfer', () => {
  const cluster = led();
  cluster.core(1).proposeConfigChange(change('add-learner', 3));
  cluster.isolate(3);
  cluster.core(1).transferLeadership(rid(3));
  cluster.settle();
  expect(cluster.core(1).status()).toMatchObject({ role: 'leader', transferee: '' });
});

test('C26: a leader that learns of a later term forgets the transfer', () => {
  const cluster = led();
  cluster.crash(2);
  cluster.core(1).transferLeadership(rid(2));
  cluster.core(1).step({ kind: 'heartbeat', from: rid(3), to: rid(1), term: 9, commit: 0, readSequence: 0 });
  expect(cluster.core(1).status()).toMatchObject({ role: 'follower', transferee: '', leader: rid(3) });
});

test('C26: being told to take over does nothing to one who is no member, or a learner', () => {
  const cluster = led([4]);
  const { term } = cluster.core(1).status();
  cluster.core(4).step({ kind: 'timeout-now', from: rid(1), to: rid(4), term });
  expect(cluster.core(4).status()).toMatchObject({ role: 'follower', term });
  const stranger = cluster.add(9);
  stranger.core.step({ kind: 'timeout-now', from: rid(1), to: rid(9), term });
  expect(stranger.core.status().role).toBe('follower');
});

/**
 * Changes of membership that other systems got wrong: whole schedules for C2, C18, C20, C21 and C25.
 *
 * A change is in force from the entry's being applied on, hence committed: nothing is ever taken back.
 */
import { expect, test } from 'vitest';
import type { Message } from '../../src/raft/message.js';
import { Cluster, change, configOf, ELECTION_TICKS, logOf, rid } from './support/cluster.js';

/** Nobody waits for a leader that it heard lately. */
function forgetAll(cluster: Cluster): void {
  for (const { core } of cluster.all()) core.forgetLeader();
}

function noAppendsTo(number: number): (message: Message) => boolean {
  return ({ kind, to }) => kind !== 'append' || to !== rid(number);
}

test('C2: four replicas: of two changes of different terms, each known to half of them, one at most is in force', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3, 4]) });
  cluster.elect(1);
  // The first leader adds replica 5, which is there and learns of it; nobody else does.
  cluster.add(5);
  cluster.isolate(2, 3, 4);
  cluster.core(1).proposeConfigChange(change('add-voter', 5));
  cluster.settle();
  cluster.heal();
  cluster.isolate(1, 5);
  // The second one removes replica 1: replica 3 has that, replica 4 has not.
  forgetAll(cluster);
  cluster.core(2).campaign();
  cluster.settle();
  cluster.core(2).proposeConfigChange(change('remove', 1));
  cluster.settle(noAppendsTo(4));
  const removal = cluster.core(2).status().lastIndex;
  expect([2, 3, 4].map((number) => cluster.replica(number).log.lastIndex())).toEqual([
    removal,
    removal,
    removal - 1,
  ]);
  // By the new configuration of three it would be committed now, by the one in force it is not.
  expect(cluster.core(2).status()).toMatchObject({ role: 'leader', config: configOf([1, 2, 3, 4]) });
  expect(cluster.core(2).status().commitIndex).toBe(removal - 1);

  // Back to the first leader, with 4 and 5 on its side: by its own configuration of five that would be enough.
  cluster.heal();
  cluster.isolate(2, 3);
  forgetAll(cluster);
  for (let attempt = 0; attempt < 3; attempt++) {
    cluster.core(1).campaign();
    cluster.settle();
    cluster.tick(1);
  }
  expect(cluster.leaders()).not.toContain(1);
  for (const { core } of cluster.all()) expect(core.status().config).toEqual(configOf([1, 2, 3, 4]));
  cluster.heal();
  cluster.tick(8 * ELECTION_TICKS);
  const [leader] = cluster.leaders();
  expect([2, 3]).toContain(leader);
  for (const number of [2, 3, 4]) expect(cluster.core(number).status().config).toEqual(configOf([2, 3, 4]));
});

test('C2: what a new leader takes before its no-op is committed takes effect only behind it', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(2);
  forgetAll(cluster);
  cluster.core(1).campaign();
  cluster.settle(({ kind }) => kind !== 'append');
  expect(cluster.core(1).status()).toMatchObject({ role: 'leader', committedInTerm: false });
  // Its log is applied to the end: no earlier change can be open, and this one stands behind the no-op.
  const outcome = cluster.core(1).proposeConfigChange(change('add-learner', 4));
  const noOp = cluster.core(1).status().lastIndex - 1;
  expect(outcome).toMatchObject({ kind: 'appended', index: noOp + 1 });
  expect(cluster.core(1).status().config).toEqual(configOf([1, 2, 3]));
  cluster.tick(2);
  const [before, own] = cluster.replica(1).applied.slice(-2);
  expect([before?.payload.kind, own?.payload.kind]).toEqual(['no-op', 'config']);
  expect(before?.term).toBe(own?.term);
  expect(cluster.core(1).status().config).toEqual(configOf([1, 2, 3], [4]));
});

test('C18: removed while it was cut off, it is taken in again with a higher term, and the mesh goes on', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]), core: { preVote: false } });
  cluster.elect(1);
  cluster.isolate(3);
  cluster.core(1).proposeConfigChange(change('remove', 3));
  cluster.settle();
  cluster.tick(5 * ELECTION_TICKS);
  const { term } = cluster.core(1).status();
  expect(cluster.core(3).status().term).toBeGreaterThan(term);
  // Healed, but no member: the term of the mesh does not move.
  cluster.heal();
  cluster.tick(3 * ELECTION_TICKS);
  expect(cluster.core(1).status()).toMatchObject({ role: 'leader', term });
  cluster.core(1).proposeConfigChange(change('add-learner', 3));
  cluster.settle();
  cluster.tick(8 * ELECTION_TICKS);
  const [leader] = cluster.leaders();
  cluster.propose(leader!, 'x');
  cluster.tick(2);
  expect(cluster.replica(3).commands()).toEqual(['x']);
  const settled = cluster.core(leader!).status().term;
  expect(settled).toBeGreaterThan(term);
  for (const { core } of cluster.all()) {
    expect(core.status()).toMatchObject({ term: settled, config: configOf([1, 2], [3]) });
  }
  cluster.tick(5 * ELECTION_TICKS);
  expect(cluster.core(leader!).status()).toMatchObject({ role: 'leader', term: settled });
});

test('C20: a replica whose removal is committed still votes, for who has not applied it needs that vote', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3, 4]) });
  cluster.elect(1);
  cluster.core(1).proposeConfigChange(change('remove', 4));
  const { commitIndex } = cluster.core(1).status();
  const unheardOf = (message: Message): boolean =>
    message.kind !== 'append' || (message.to !== rid(4) && message.commit <= commitIndex);
  cluster.settle(unheardOf);
  expect(cluster.core(1).status().config).toEqual(configOf([1, 2, 3]));
  for (const number of [2, 3, 4]) {
    expect(cluster.core(number).status().config).toEqual(configOf([1, 2, 3, 4]));
  }
  cluster.crash(1);
  cluster.tick(6 * ELECTION_TICKS);
  expect(cluster.leaders()).toHaveLength(1);
  const ballots = cluster.sent.filter(({ kind, from }) => kind === 'vote-reply' && from === rid(4));
  expect(ballots.at(-1)).toMatchObject({ granted: true, to: rid(cluster.leaders()[0]!) });
  // Its removal is carried out then, and it is left alone.
  for (const number of [2, 3]) expect(cluster.core(number).status().config).toEqual(configOf([1, 2, 3]));
  cluster.propose(cluster.leaders()[0]!, 'x');
});

test('C20: a leader that a change takes out of the mesh tells whom it refuses that the change is committed', () => {
  const cluster = new Cluster({ config: configOf([1, 2]) });
  cluster.elect(1);
  cluster.core(1).proposeConfigChange(change('remove', 1));
  const { lastIndex: removal, commitIndex } = cluster.core(1).status();
  // The other one has the change, but neither that it is committed nor what the leader's log holds behind it.
  const upTo = (message: Message): boolean => message.kind !== 'append' || message.commit <= commitIndex;
  cluster.turn(1);
  cluster.core(1).propose([Buffer.from('behind it')]);
  cluster.settle((message) => upTo(message) && (message.kind !== 'append' || message.prevIndex < removal));
  cluster.heal();
  expect(cluster.core(1).status()).toMatchObject({
    role: 'follower',
    config: configOf([2]),
    lastIndex: removal + 1,
  });
  expect(cluster.core(2).status()).toMatchObject({
    config: configOf([1, 2]),
    lastIndex: removal,
    commitIndex,
  });
  // It asks for the vote of a longer log, whose owner never campaigns again.
  cluster.tick(4 * ELECTION_TICKS);
  expect(cluster.core(2).status()).toMatchObject({ role: 'leader', config: configOf([2]) });
  cluster.propose(2, 'x');
  expect(cluster.replica(2).commands()).toEqual(['x']);
});

test('C20: what a ballot says of the commit index counts only where the log has that very entry', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  const { commitIndex, term } = cluster.core(1).status();
  // Replica 2 has the entry, and has not heard that it is committed.
  cluster.core(1).propose([Buffer.from('x')]);
  cluster.settle(
    ({ kind, to, ...message }) =>
      to !== rid(2) || kind !== 'append' || !('commit' in message) || message.commit <= commitIndex,
  );
  cluster.isolate(2);
  const index = commitIndex + 1;
  const ballot = { from: rid(3), to: rid(2), term, kind: 'pre-vote', transfer: false } as const;
  const hear = (committed: { index: number; term: number }): number => {
    cluster.core(2).step({ ...ballot, lastIndex: 0, lastTerm: 0, committed });
    return cluster.core(2).status().commitIndex;
  };
  expect(cluster.core(2).status()).toMatchObject({ commitIndex, lastIndex: index });
  expect(hear({ index, term: term + 1 })).toBe(commitIndex);
  expect(hear({ index: index + 1, term })).toBe(commitIndex);
  expect(hear({ index: commitIndex - 1, term })).toBe(commitIndex);
  expect(hear({ index, term })).toBe(index);
  cluster.settle();
  expect(cluster.replica(2).commands()).toEqual(['x']);
});

test('C21: a change that is cut off the log by another leader was never in force, nor is it after a restart', () => {
  const founded = configOf([1, 2, 3]);
  const cluster = new Cluster({ config: founded });
  cluster.elect(1);
  cluster.isolate(1);
  cluster.core(1).proposeConfigChange(change('remove', 3));
  cluster.settle();
  const at = cluster.core(1).status().lastIndex;
  expect(cluster.replica(1).log.all().at(-1)?.payload.kind).toBe('config');
  expect(cluster.core(1).status().config).toEqual(founded);
  cluster.elect(2);
  cluster.propose(2, 'x');
  cluster.heal();
  cluster.tick(3);
  expect(cluster.replica(1).log.all()[at - 1]?.payload.kind).not.toBe('config');
  for (let restarts = 0; restarts < 2; restarts++) {
    for (const { core } of cluster.all()) expect(core.status().config).toEqual(founded);
    for (const { number } of cluster.all()) {
      cluster.crash(number);
      cluster.restart(number);
    }
    cluster.tick(4 * ELECTION_TICKS);
  }
  // Another change may come now.
  const [leader] = cluster.leaders();
  expect(cluster.core(leader!).proposeConfigChange(change('add-learner', 4)).kind).toBe('appended');
  cluster.settle();
  for (const { core } of cluster.all()) expect(core.status().config).toEqual(configOf([1, 2, 3], [4]));
});

test('C25: a learner that was promoted counts from then on, and one that crashed amid its promotion does so, too', () => {
  for (const crashes of [false, true]) {
    const cluster = new Cluster({ config: configOf([1], [2]) });
    cluster.elect(1);
    cluster.core(1).proposeConfigChange(change('add-voter', 2));
    if (crashes) {
      // It has the entry, and has not applied it.
      cluster.turn(1);
      cluster.finishSave(1);
      cluster.turn(1);
      cluster.deliverTo(2);
      cluster.turn(2);
      cluster.finishSave(2);
      cluster.crash(2);
      cluster.restart(2);
    }
    cluster.tick(2);
    for (const { core } of cluster.all()) expect(core.status().config).toEqual(configOf([1, 2]));
    expect(cluster.core(1).status().peers).toMatchObject([{ learner: false }, { learner: false }]);
    cluster.crash(2);
    cluster.core(1).propose([new Uint8Array(1)]);
    cluster.settle();
    const { lastIndex } = cluster.core(1).status();
    expect(cluster.core(1).status().commitIndex).toBe(lastIndex - 1);
    cluster.restart(2);
    cluster.tick(2);
    expect(cluster.core(1).status().commitIndex).toBe(lastIndex);
  }
});

test('C25: a replica whose log ends far behind is no voter before it was promoted, whatever it has heard', () => {
  const cluster = new Cluster({
    config: configOf([1, 2, 3], [4]),
    logs: { 1: logOf([1, 1, 1]), 2: logOf([1, 1, 1]), 3: logOf([1, 1, 1]) },
  });
  cluster.elect(1);
  cluster.isolate(4);
  cluster.core(1).proposeConfigChange(change('add-voter', 4));
  cluster.settle();
  expect(cluster.core(1).status().config).toEqual(configOf([1, 2, 3, 4]));
  // It has not applied its promotion: it does not campaign, but it votes, because others may know more.
  cluster.tick(3 * ELECTION_TICKS, 4);
  cluster.core(4).campaign();
  expect(cluster.core(4).status().role).toBe('follower');
  cluster.heal();
  cluster.crash(1);
  cluster.crash(2);
  cluster.tick(6 * ELECTION_TICKS);
  expect(cluster.leaders()).toEqual([]);
  cluster.restart(2);
  cluster.tick(6 * ELECTION_TICKS);
  expect(cluster.leaders()).toHaveLength(1);
  expect(cluster.leaders()).not.toContain(4);
  expect(cluster.core(4).status().config).toEqual(configOf([1, 2, 3, 4]));
});

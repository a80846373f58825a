/** Changes of membership: one at a time, in force when applied, joint where more than one changes. */
import { expect, test } from 'vitest';
import { LEAVE_JOINT } from '../../src/raft/config-changer.js';
import type { ConfigChange } from '../../src/raft/entry.js';
import { Cluster, change, command, configOf, ELECTION_TICKS, logOf, rid } from './support/cluster.js';
import { MemoryLog } from './support/memory-log.js';

const swap: ConfigChange = {
  changes: [
    { kind: 'remove', id: rid(3) },
    { kind: 'add-voter', id: rid(4) },
  ],
  transition: 'auto',
  context: new Uint8Array(0),
};

test('C2: a new leader takes no config change while one of its log may be unapplied', () => {
  const log = logOf([1], { term: 1 });
  const payload = { kind: 'config', change: change('add-voter', 4) } as const;
  log.save({ hardState: null, entries: [{ index: 2, term: 1, payload }], snapshot: null });
  const cluster = new Cluster({ config: configOf([1, 2, 3]), logs: { 1: log } });
  cluster.core(1).campaign();
  cluster.settle(({ kind }) => kind !== 'append');
  expect(cluster.core(1).status()).toMatchObject({ role: 'leader', config: configOf([1, 2, 3]) });
  expect(cluster.core(1).proposeConfigChange(change('remove', 2))).toEqual({
    kind: 'refused',
    reason: 'pending-change',
  });
  cluster.tick(2);
  expect(cluster.core(1).status().config).toEqual(configOf([1, 2, 3, 4]));
  expect(cluster.core(1).proposeConfigChange(change('remove', 2)).kind).toBe('appended');
});

test('C2: of two changes from different terms only one takes effect, the four-replica counterexample', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3, 4]) });
  cluster.elect(1);
  cluster.isolate(1);
  // The leader of the first term adds replica 5 and tells nobody but that one.
  cluster.core(1).proposeConfigChange(change('add-voter', 5));
  cluster.settle();
  for (const number of [2, 3, 4]) cluster.core(number).forgetLeader();
  cluster.core(2).campaign();
  cluster.settle();
  cluster.core(2).proposeConfigChange(change('remove', 1));
  cluster.settle();
  expect(cluster.core(2).status().config).toEqual(configOf([2, 3, 4]));
  expect(cluster.core(1).status()).toMatchObject({ commitIndex: 1, config: configOf([1, 2, 3, 4]) });
  // It comes back and asks for votes, with its unfinished change: nobody follows it, nothing of it is ever in force.
  cluster.heal();
  cluster.tick(3 * ELECTION_TICKS);
  expect(cluster.leaders()).toEqual([2]);
  for (const number of [2, 3, 4]) expect(cluster.core(number).status().config).toEqual(configOf([2, 3, 4]));
});

test('a second change is refused until the first one is applied', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  expect(cluster.core(1).proposeConfigChange(change('add-learner', 4)).kind).toBe('appended');
  const second = cluster.core(1).proposeConfigChange(change('add-learner', 5));
  expect(second).toEqual({ kind: 'refused', reason: 'pending-change' });
  cluster.settle();
  expect(cluster.core(1).proposeConfigChange(change('add-learner', 5)).kind).toBe('appended');
});

test('changes that make no sense are refused, and say why', () => {
  const cluster = new Cluster({ config: configOf([1]) });
  expect(cluster.core(1).proposeConfigChange(change('add-voter', 2))).toEqual({
    kind: 'refused',
    reason: 'not-leader',
  });
  cluster.elect(1);
  const { lastIndex } = cluster.core(1).status();
  expect(cluster.core(1).proposeConfigChange(change('remove', 1))).toEqual({
    kind: 'refused',
    reason: 'invalid',
    detail: 'no-voter-left',
  });
  expect(cluster.core(1).proposeConfigChange(LEAVE_JOINT)).toEqual({
    kind: 'refused',
    reason: 'invalid',
    detail: 'not-joint',
  });
  expect(cluster.core(1).status().lastIndex).toBe(lastIndex);
});

test('two changes at once go through a joint configuration, which is left by itself', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  cluster.add(4);
  cluster.core(1).proposeConfigChange(swap);
  cluster.tick(3);
  for (const number of [1, 2, 4]) {
    expect(cluster.core(number).status().config).toEqual(configOf([1, 2, 4]));
  }
  const configs = cluster.replica(1).applied.filter(({ payload }) => payload.kind === 'config');
  expect(configs).toHaveLength(2);
});

test('a joint configuration needs both halves to commit', () => {
  for (const half of [
    [2, 3],
    [4, 5],
  ]) {
    const cluster = new Cluster({
      config: { ...configOf([1, 4, 5]), votersOutgoing: [rid(1), rid(2), rid(3)] },
    });
    cluster.elect(1);
    cluster.isolate(...half);
    cluster.core(1).propose([command('x')]);
    cluster.settle();
    expect(cluster.replica(1).commands()).toEqual([]);
    cluster.heal();
    cluster.tick(2);
    expect(cluster.replica(1).commands()).toEqual(['x']);
  }
});

test('an explicit joint configuration stays until it is told to be left; a leader that crashes leaves that to the next', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  cluster.add(4);
  cluster.core(1).proposeConfigChange({ ...swap, transition: 'joint-explicit' });
  cluster.tick(2 * ELECTION_TICKS);
  const joint = { ...configOf([1, 2, 4]), votersOutgoing: [rid(1), rid(2), rid(3)] };
  expect(cluster.core(2).status().config).toEqual(joint);
  cluster.crash(1);
  cluster.tick(4 * ELECTION_TICKS);
  const [leader] = cluster.leaders();
  expect(cluster.core(leader!).proposeConfigChange(LEAVE_JOINT).kind).toBe('appended');
  cluster.settle();
  expect(cluster.core(leader!).status().config).toEqual(configOf([1, 2, 4]));
});

test('C20: a leader that removes itself leads until that is applied, then gives up, and the others go on', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  cluster.core(1).proposeConfigChange(change('remove', 1));
  cluster.turn(1);
  cluster.finishSave(1);
  expect(cluster.core(1).status()).toMatchObject({ role: 'leader', config: configOf([1, 2, 3]) });
  cluster.settle();
  expect(cluster.core(1).status()).toMatchObject({ role: 'follower', config: configOf([2, 3]) });
  cluster.tick(4 * ELECTION_TICKS);
  expect(cluster.leaders()).toHaveLength(1);
  expect(cluster.leaders()).not.toContain(1);
  expect(cluster.core(1).status().role).toBe('follower');
});

test('C20: the removal of the leader is finished whenever it crashes', () => {
  for (let steps = 0; steps < 8; steps++) {
    const cluster = new Cluster({ config: configOf([1, 2, 3]) });
    cluster.elect(1);
    cluster.core(1).proposeConfigChange(change('remove', 1));
    let step = 0;
    const one = (work: () => void) => {
      if (step++ < steps) work();
    };
    one(() => cluster.turn(1));
    one(() => cluster.finishSave(1));
    one(() => cluster.deliverTo(2));
    one(() => cluster.turn(2));
    one(() => cluster.finishSave(2));
    one(() => cluster.deliverTo(1));
    one(() => cluster.turn(1));
    cluster.crash(1);
    cluster.restart(1);
    cluster.tick(6 * ELECTION_TICKS);
    expect(cluster.leaders(), `crash after ${steps} steps`).toHaveLength(1);
    const [leader] = cluster.leaders();
    const { config } = cluster.core(leader!).status();
    // Where nobody else had the entry it is gone; where another had it, it is carried out.
    expect([configOf([1, 2, 3]), configOf([2, 3])]).toContainEqual(config);
    if (steps >= 5) expect(config).toEqual(configOf([2, 3]));
    cluster.propose(leader!, 'x');
    for (const id of config.voters)
      expect(cluster.replica(Number.parseInt(id, 16)).commands()).toEqual(['x']);
  }
});

test('C20: a removed replica votes and campaigns as long as it has not applied its removal', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  cluster.core(1).proposeConfigChange(change('remove', 3));
  cluster.settle(({ kind, to }) => kind !== 'append' || to !== rid(3));
  expect(cluster.core(1).status().config).toEqual(configOf([1, 2]));
  cluster.core(3).forgetLeader();
  cluster.core(3).campaign();
  expect(cluster.core(3).status().role).toBe('pre-candidate');
});

test('C20: nobody campaigns over a committed config change that it has not applied', () => {
  const log = logOf([1], { term: 1, commit: 2 });
  const payload = { kind: 'config', change: change('remove', 1) } as const;
  log.save({ hardState: null, entries: [{ index: 2, term: 1, payload }], snapshot: null });
  const cluster = new Cluster({ config: configOf([1, 2, 3]), logs: { 1: log } });
  cluster.core(1).campaign();
  expect(cluster.core(1).status()).toMatchObject({ role: 'follower', term: 1 });
});

test('C21: a config change that never committed is never in force, also after a restart, and may be truncated', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  cluster.isolate(1);
  cluster.core(1).proposeConfigChange(change('remove', 3));
  cluster.settle();
  expect(cluster.replica(1).log.lastIndex()).toBe(2);
  expect(cluster.core(1).status().config).toEqual(configOf([1, 2, 3]));
  cluster.crash(1);
  cluster.restart(1);
  expect(cluster.core(1).status().config).toEqual(configOf([1, 2, 3]));
  cluster.core(2).forgetLeader();
  cluster.core(3).forgetLeader();
  cluster.core(2).campaign();
  cluster.settle();
  cluster.propose(2, 'x');
  cluster.heal();
  cluster.tick(3);
  expect(cluster.replica(1).commands()).toEqual(['x']);
  for (const { core } of cluster.all()) expect(core.status().config).toEqual(configOf([1, 2, 3]));
});

test('C21: after two compactions the configuration comes from the snapshot', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  for (const number of [4, 5]) {
    cluster.core(1).proposeConfigChange(change('add-learner', number));
    cluster.settle();
    cluster.compact(2);
  }
  cluster.crash(2);
  cluster.restart(2);
  expect(cluster.core(2).status()).toMatchObject({ config: configOf([1, 2, 3], [4, 5]), appliedIndex: 3 });
});

test('C25: a promotion outlives a restart and a snapshot, and an update keeps the role', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3], [4]) });
  cluster.elect(1);
  cluster.core(1).proposeConfigChange(change('add-voter', 4));
  cluster.settle();
  const promoted = configOf([1, 2, 3, 4]);
  expect(cluster.core(4).status().config).toEqual(promoted);
  cluster.crash(4);
  cluster.restart(4);
  cluster.tick(1);
  expect(cluster.core(4).status().config).toEqual(promoted);
  for (const { number } of cluster.all()) cluster.compact(number);
  for (const { number } of cluster.all()) {
    cluster.crash(number);
    cluster.restart(number);
  }
  for (const { core } of cluster.all()) expect(core.status().config).toEqual(promoted);
  cluster.elect(4);
  cluster.core(4).proposeConfigChange(change('update', 2));
  cluster.settle();
  expect(cluster.core(4).status().config).toEqual(promoted);
});

test('C25: a learner neither counts towards a commit nor campaigns', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3], [4, 5]) });
  cluster.elect(1);
  cluster.crash(2);
  cluster.crash(3);
  cluster.core(1).propose([command('x')]);
  cluster.settle();
  expect(cluster.replica(4).log.lastIndex()).toBe(2);
  expect(cluster.replica(1).commands()).toEqual([]);
  cluster.core(4).campaign();
  expect(cluster.core(4).status().role).toBe('follower');
});

test('a voter that is demoted while it leads gives leadership up', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  cluster.core(1).proposeConfigChange(change('add-learner', 1));
  cluster.settle();
  expect(cluster.core(1).status()).toMatchObject({ role: 'follower', config: configOf([2, 3], [1]) });
});

test('a change in the log that makes no sense changes nothing, on every replica alike', () => {
  const { core } = new Cluster({ config: configOf([1]) }).replica(1);
  expect(core.applyConfigChange(change('remove', 1))).toEqual(configOf([1]));
});

test('a configuration that is not well formed is a bug that ends the process', () => {
  expect(() => new Cluster({ config: configOf([2, 1]) })).toThrow('assertion: the configuration');
  expect(() => new Cluster({ config: configOf([1], [1]) })).toThrow('assertion: the configuration');
  const log = new MemoryLog({ index: 3, term: 1, config: { ...configOf([1]), autoLeave: true } });
  expect(() => new Cluster({ config: configOf([1]), logs: { 1: log } })).toThrow(
    'assertion: the configuration',
  );
});

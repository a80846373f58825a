/** How followers are brought up to date: back-off, windows, snapshots, lost messages. */
import { expect, test } from 'vitest';
import type { Message } from '../../src/raft/message.js';
import { Cluster, change, command, configOf, entriesOf, logOf, rid } from './support/cluster.js';

const rejections = (sent: readonly Message[], from: number) =>
  sent.filter(
    (message) => message.kind === 'append-reply' && message.rejected !== null && message.from === rid(from),
  );

function repeat(term: number, count: number): number[] {
  return new Array<number>(count).fill(term);
}

test('C8: the seven logs of figure 7 are made equal within a few round trips each', () => {
  const cluster = new Cluster({
    config: configOf([1, 2, 3, 4, 5, 6, 7]),
    logs: {
      1: logOf([1, 1, 1, 4, 4, 5, 5, 6, 6, 6], { term: 7 }),
      2: logOf([1, 1, 1, 4, 4, 5, 5, 6, 6], { term: 7 }),
      3: logOf([1, 1, 1, 4], { term: 7 }),
      4: logOf([1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6], { term: 7 }),
      5: logOf([1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7], { term: 7 }),
      6: logOf([1, 1, 1, 4, 4, 4, 4], { term: 7 }),
      7: logOf([1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3], { term: 7 }),
    },
    core: { preVote: false },
  });
  cluster.elect(1);
  for (const { number, log } of cluster.all()) {
    expect(log.all().map(({ term }) => term)).toEqual([1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 8]);
    expect(rejections(cluster.sent, number).length).toBeLessThanOrEqual(1);
  }
});

test("C8: the leader skips its own terms above the follower's", () => {
  const cluster = new Cluster({
    config: configOf([1, 2, 3]),
    logs: {
      1: logOf([1, ...repeat(3, 100), ...repeat(5, 100)]),
      2: logOf([1, ...repeat(3, 100), ...repeat(5, 100)]),
      3: logOf([1, ...repeat(2, 100)], { term: 5 }),
    },
  });
  cluster.elect(1);
  expect(cluster.replica(3).log.lastIndex()).toBe(202);
  expect(rejections(cluster.sent, 3)).toHaveLength(1);
});

test("C8: the follower skips its own terms above the leader's", () => {
  const cluster = new Cluster({
    config: configOf([1, 2, 3]),
    logs: {
      1: logOf([1, 2, 2, 2, ...repeat(2, 100), 9]),
      2: logOf([1, 2, 2, 2, ...repeat(2, 100), 9]),
      3: logOf([1, 2, 2, ...[3, 4, 5, 6, 7, 8].flatMap((term) => repeat(term, 20))], { term: 9 }),
    },
  });
  cluster.elect(1);
  expect(
    cluster
      .replica(3)
      .log.all()
      .map(({ term }) => term),
  ).toEqual(
    cluster
      .replica(1)
      .log.all()
      .map(({ term }) => term),
  );
  expect(rejections(cluster.sent, 3).length).toBeLessThanOrEqual(2);
});

test('C22: a snapshot is no reason to drop a longer log that matches it', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]), logs: { 2: logOf([1, 1, 1, 1, 1]) } });
  const snapshot = { index: 3, term: 1, config: configOf([1, 2, 3]) };
  cluster.core(2).step({ kind: 'snapshot', from: rid(1), to: rid(2), term: 1, snapshot });
  cluster.settle(() => false);
  expect(cluster.core(2).status()).toMatchObject({ lastIndex: 5, commitIndex: 3 });
  expect(cluster.replica(2).log.all()).toHaveLength(5);
  expect(cluster.sent).toMatchObject([{ kind: 'append-reply', index: 3, rejected: null }]);
});

test('C22: a snapshot that conflicts with the log replaces it', () => {
  const cluster = new Cluster({
    config: configOf([1, 2, 3]),
    logs: { 2: logOf([1, 1, 1, 1, 1], { term: 3 }) },
  });
  const snapshot = { index: 3, term: 2, config: configOf([1, 2, 3]) };
  cluster.core(2).step({ kind: 'snapshot', from: rid(1), to: rid(2), term: 3, snapshot });
  expect(cluster.core(2).status()).toMatchObject({ lastIndex: 3, commitIndex: 3 });
  cluster.turn(2);
  expect(cluster.replica(2).saving).toMatchObject({ snapshot: { index: 3 }, entries: [], mustSync: true });
  expect(cluster.sent).toEqual([]);
  cluster.finishSave(2);
  expect(cluster.sent).toMatchObject([{ kind: 'append-reply', index: 3 }]);
  expect(cluster.replica(2).log).toMatchObject({ kept: [] });
  expect(cluster.core(2).status().appliedIndex).toBe(3);
});

test('C22: a snapshot beyond the end of the log takes its place, and replication goes on behind it', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  cluster.isolate(3);
  for (const text of ['a', 'b', 'c']) cluster.propose(1, text);
  cluster.compact(1);
  cluster.propose(1, 'd');
  cluster.heal();
  cluster.tick(3);
  expect(cluster.sent.filter(({ kind }) => kind === 'snapshot')).toMatchObject([
    { to: rid(3), snapshot: { index: 4 } },
  ]);
  expect(cluster.replica(3).commands()).toEqual(['a', 'b', 'c', 'd']);
  expect(cluster.core(1).status().peers[2]).toMatchObject({ state: 'replicate', matchIndex: 5 });
});

test('a replica with a snapshot under way neither campaigns nor applies', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  const snapshot = { index: 3, term: 2, config: configOf([1, 2, 3]) };
  cluster.core(2).step({ kind: 'snapshot', from: rid(1), to: rid(2), term: 3, snapshot });
  cluster.core(2).step({
    kind: 'append',
    from: rid(1),
    to: rid(2),
    term: 3,
    prevIndex: 3,
    prevTerm: 2,
    entries: entriesOf([3], 4),
    commit: 4,
  });
  cluster.turn(2);
  cluster.core(2).campaign();
  expect(cluster.core(2).status().role).toBe('follower');
  expect(cluster.replica(2).applied).toEqual([]);
  cluster.finishSave(2);
  cluster.turn(2);
  expect(cluster.replica(2).applied.map(({ index }) => index)).toEqual([4]);
  cluster.core(2).campaign();
  expect(cluster.core(2).status().role).toBe('pre-candidate');
});

test('a snapshot whose configuration is not well formed is ignored', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  for (const config of [configOf([3, 2]), configOf([1], [1]), { ...configOf([1, 2]), autoLeave: true }]) {
    const snapshot = { index: 3, term: 2, config };
    cluster.core(2).step({ kind: 'snapshot', from: rid(1), to: rid(2), term: 3, snapshot });
    expect(cluster.core(2).status().lastIndex).toBe(0);
  }
});

test('a new member is brought up to date from a snapshot that is older than its membership', () => {
  const cluster = new Cluster({ config: configOf([1, 2]) });
  cluster.elect(1);
  cluster.propose(1, 'a');
  cluster.compact(1);
  cluster.compact(2);
  cluster.core(1).proposeConfigChange(change('add-learner', 3));
  cluster.settle();
  cluster.add(3);
  cluster.tick(3);
  expect(cluster.sent.filter(({ kind }) => kind === 'snapshot')).toMatchObject([{ snapshot: { index: 2 } }]);
  expect(cluster.core(3).status().config).toEqual(configOf([1, 2], [3]));
  expect(cluster.replica(3).commands()).toEqual(['a']);
});

test('C23: a snapshot that was not delivered is offered again; the next one supersedes it', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  cluster.isolate(3);
  cluster.propose(1, 'a');
  cluster.compact(1);
  cluster.heal();
  const noSnapshot = ({ kind }: Message) => kind !== 'snapshot';
  for (let beat = 0; beat < 3; beat++) {
    cluster.core(1).tick();
    cluster.settle(noSnapshot);
  }
  expect(cluster.core(1).status().peers[2]).toMatchObject({ state: 'snapshot', pendingSnapshotIndex: 2 });
  cluster.propose(1, 'b');
  cluster.compact(1);
  cluster.core(1).reportSnapshot(rid(3), false);
  expect(cluster.core(1).status().peers[2]).toMatchObject({ state: 'probe', nextIndex: 2, paused: true });
  cluster.tick(2);
  expect(cluster.replica(3).commands()).toEqual(['a', 'b']);
  expect(cluster.core(1).status().peers[2]).toMatchObject({ state: 'replicate', matchIndex: 3 });
});

test('C23: a delivered snapshot whose acknowledgement was lost is probed from behind it', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  cluster.isolate(3);
  cluster.propose(1, 'a');
  cluster.compact(1);
  cluster.heal();
  const noAnswer = (message: Message) =>
    message.kind !== 'append-reply' || message.rejected !== null || message.from !== rid(3);
  for (let beat = 0; beat < 3; beat++) {
    cluster.core(1).tick();
    cluster.settle(noAnswer);
  }
  expect(cluster.core(3).status().lastIndex).toBe(2);
  cluster.core(1).reportSnapshot(rid(3), true);
  expect(cluster.core(1).status().peers[2]).toMatchObject({ state: 'probe', nextIndex: 3, paused: true });
  cluster.tick(1);
  expect(cluster.core(1).status().peers[2]).toMatchObject({ state: 'replicate', matchIndex: 2 });
});

test('C27: one lost append is sent again without a new proposal', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  cluster.core(1).propose([command('x')]);
  cluster.settle(({ kind, to }) => kind !== 'append' || to !== rid(3));
  expect(cluster.replica(3).commands()).toEqual([]);
  cluster.tick(2);
  expect(cluster.replica(3).commands()).toEqual(['x']);
});

test('C28: a leader that has compacted its whole log takes in a learner', () => {
  const cluster = new Cluster({ config: configOf([1, 2]) });
  cluster.elect(1);
  cluster.propose(1, 'a');
  cluster.core(1).proposeConfigChange(change('add-learner', 3));
  cluster.settle();
  cluster.compact(1);
  cluster.compact(2);
  expect(cluster.replica(1).log.all()).toEqual([]);
  cluster.add(3);
  cluster.tick(3);
  expect(cluster.replica(3).commands()).toEqual(['a']);
  expect(cluster.core(3).status()).toMatchObject({ commitIndex: 3, config: configOf([1, 2], [3]) });
});

test('no more messages and bytes are in flight to a peer than allowed, and a silent peer is still probed', () => {
  const cluster = new Cluster({
    config: configOf([1, 2, 3]),
    core: { inflightMessagesMax: 4, inflightBytesMax: 25, messageBytesMax: 1 },
  });
  cluster.elect(1);
  cluster.isolate(3);
  const before = cluster.sent.length;
  for (let count = 0; count < 8; count++) cluster.propose(1, 'ten bytes!');
  const toSilent = cluster.sent.slice(before).filter(({ kind, to }) => kind === 'append' && to === rid(3));
  const withEntries = toSilent.filter((message) => message.kind === 'append' && message.entries.length > 0);
  expect(withEntries).toHaveLength(3);
  expect(cluster.core(1).status().peers[2]).toMatchObject({ inflight: 3, inflightFull: true, paused: true });
  expect(cluster.replica(2).commands()).toHaveLength(8);
  cluster.heal();
  cluster.tick(3);
  expect(cluster.replica(3).commands()).toHaveLength(8);
});

test('a message carries as many entries as fit, and at least one', () => {
  const cluster = new Cluster({
    config: configOf([1, 2, 3]),
    logs: { 1: logOf([1, ...repeat(1, 20)]) },
    core: { messageBytesMax: 100 },
  });
  cluster.elect(1);
  const sizes = cluster.sent.flatMap((message) =>
    message.kind === 'append' && message.to === rid(2) && message.entries.length > 0
      ? [message.entries.length]
      : [],
  );
  expect(Math.max(...sizes)).toBe(3);
  expect(cluster.replica(2).log.lastIndex()).toBe(22);
});

test('proposals are refused while too much is uncommitted, all or none, and taken again afterwards', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]), core: { uncommittedBytesMax: 20 } });
  cluster.elect(1);
  cluster.isolate(1);
  const huge = command('x'.repeat(50));
  expect(cluster.core(1).propose([huge]).kind).toBe('appended');
  expect(cluster.core(1).propose([command('y')])).toEqual({ kind: 'refused', reason: 'busy' });
  expect(cluster.core(1).status()).toMatchObject({ lastIndex: 2, uncommittedBytes: 50 });
  cluster.heal();
  cluster.tick(2);
  expect(cluster.core(1).status().uncommittedBytes).toBe(0);
  expect(cluster.core(1).propose([command('0123456789'), command('0123456789')]).kind).toBe('appended');
  expect(cluster.core(1).propose([command('z')])).toEqual({ kind: 'refused', reason: 'busy' });
});

test('committed entries are handed out in bounded portions, the next when the last is applied', () => {
  const cluster = new Cluster({
    config: configOf([1]),
    logs: { 1: logOf(repeat(1, 10), { commit: 10 }) },
    core: { committedBytesMax: 60 },
  });
  const { core } = cluster.replica(1);
  const first = core.ready({ maySave: false }).committed;
  expect(first.map(({ index }) => index)).toEqual([1, 2]);
  const second = core.ready({ maySave: false }).committed;
  expect(second.map(({ index }) => index)).toEqual([3]);
  expect(core.hasReady({ maySave: false })).toBe(false);
  core.applied(2);
  expect(core.ready({ maySave: false }).committed.map(({ index }) => index)).toEqual([4]);
});

test('a follower that lost entries it had acknowledged is sent them again', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  for (const text of ['a', 'b', 'c']) cluster.propose(1, text);
  cluster.crash(3);
  cluster.replica(3).log.loseTail(2);
  cluster.restart(3);
  cluster.core(3).setEligibility('no-vote');
  cluster.propose(1, 'd');
  cluster.tick(3);
  expect(cluster.replica(3).commands()).toEqual(['a', 'b', 'c', 'd']);
});

test('an acknowledgement of entries that the leader does not have is ignored', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  const { term, lastIndex } = cluster.core(1).status();
  for (const from of [2, 3]) {
    const envelope = { from: rid(from), to: rid(1), term };
    cluster.core(1).step({ ...envelope, kind: 'append-reply', index: lastIndex + 1, rejected: null });
  }
  cluster.core(1).propose([command('x')]);
  expect(cluster.core(1).status()).toMatchObject({ commitIndex: lastIndex });
  expect(cluster.core(1).status().peers[1]).toMatchObject({ matchIndex: lastIndex });
});

test('an unreachable peer is probed instead of flooded', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  cluster.isolate(3);
  cluster.propose(1, 'a');
  cluster.core(1).reportUnreachable(rid(3));
  expect(cluster.core(1).status().peers[2]).toMatchObject({ state: 'probe', nextIndex: 2 });
  const before = cluster.sent.length;
  for (const text of ['b', 'c', 'd']) cluster.propose(1, text);
  const appends = cluster.sent.slice(before).filter(({ kind, to }) => kind === 'append' && to === rid(3));
  expect(appends).toHaveLength(1);
  cluster.heal();
  cluster.tick(2);
  expect(cluster.replica(3).commands()).toEqual(['a', 'b', 'c', 'd']);
});

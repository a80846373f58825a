/** What is committed, and what a crash may take away: whole schedules for C1 and C7. */
import { expect, test } from 'vitest';
import type { Message } from '../../src/raft/message.js';
import { Cluster, configOf, logOf, rid } from './support/cluster.js';

/** Lets all messages through but appends to `numbers`. */
function noAppendsTo(...numbers: readonly number[]): (message: Message) => boolean {
  return ({ kind, to }) => kind !== 'append' || !numbers.map(rid).includes(to);
}

function termsOf(cluster: Cluster, number: number): readonly number[] {
  return cluster
    .replica(number)
    .log.all()
    .map(({ term }) => term);
}

/** Makes `number` leader among those that are up; of its appends only those that satisfy `pass` arrive. */
function elect(cluster: Cluster, number: number, pass: (message: Message) => boolean): void {
  for (const { core } of cluster.all()) core.forgetLeader();
  cluster.core(number).campaign();
  cluster.settle(pass);
  expect(cluster.core(number).status().role).toBe('leader');
}

/** Makes `number` campaign among those that are up: it is not elected, and enters one more term. */
function askInVain(cluster: Cluster, number: number): void {
  for (const { core } of cluster.all()) core.forgetLeader();
  cluster.core(number).campaign();
  cluster.settle();
  expect(cluster.leaders()).toEqual([]);
}

/** Moments (a) to (c) of figure 8: the entry of term 2 is on three of five disks, its leader leads again in term 4. */
function figureEight(): Cluster {
  const cluster = new Cluster({
    config: configOf([1, 2, 3, 4, 5]),
    logs: { 1: logOf([1]), 2: logOf([1]), 3: logOf([1]), 4: logOf([1]), 5: logOf([1]) },
    core: { preVote: false, messageBytesMax: 1 },
  });
  // (a) Replica 1 leads term 2 and brings its entry to replica 2 alone.
  elect(cluster, 1, noAppendsTo(3, 4, 5));
  expect(cluster.core(1).status()).toMatchObject({ term: 2, lastIndex: 2 });
  expect([1, 2, 3, 4, 5].map((number) => termsOf(cluster, number).length)).toEqual([2, 2, 1, 1, 1]);
  // (b) It dies; replica 5 is elected by 3 and 4, and takes another entry at the same index, for itself.
  cluster.crash(1);
  elect(cluster, 5, noAppendsTo(2, 3, 4));
  expect(cluster.core(5).status().term).toBe(3);
  expect(termsOf(cluster, 5)).toEqual([1, 3]);
  // (c) It dies, too; replica 1 is back, leads term 4, and goes on replicating: what it brings to 3 is the old entry.
  cluster.crash(5);
  cluster.restart(1);
  // The votes of term 3 are given.
  askInVain(cluster, 1);
  const oldEntries = (message: Message): boolean => {
    if (message.kind !== 'append') return true;
    if (message.to === rid(2) || message.to === rid(3)) {
      cluster.deliver({ ...message, entries: message.entries.filter(({ term }) => term < 4) });
    }
    return false;
  };
  elect(cluster, 1, oldEntries);
  for (let beat = 0; beat < 2; beat++) {
    cluster.core(1).tick();
    cluster.settle(oldEntries);
  }
  expect(cluster.core(1).status()).toMatchObject({ term: 4, lastIndex: 3 });
  expect([1, 2, 3].map((number) => cluster.replica(number).log.term(2))).toEqual([2, 2, 2]);
  // The leader knows that, and may not take it for committed.
  const { peers } = cluster.core(1).status();
  expect(peers.map(({ matchIndex }) => matchIndex)).toEqual([3, 2, 2, 0, 0]);
  for (const { core } of cluster.all()) expect(core.status().commitIndex).toBe(0);
  return cluster;
}

test('C1: figure 8 (a) to (d): an entry of term 2 that is on a quorum is not committed, and is replaced', () => {
  const cluster = figureEight();
  cluster.crash(1);
  cluster.restart(5);
  askInVain(cluster, 5);
  elect(cluster, 5, () => true);
  cluster.tick(2);
  expect(cluster.core(5).status().term).toBe(5);
  for (const number of [2, 3, 4, 5]) expect(termsOf(cluster, number)).toEqual([1, 3, 5]);
  cluster.restart(1);
  cluster.tick(2);
  for (const { number, applied } of cluster.all()) {
    expect(applied.map(({ term }) => term)).toEqual([1, 3, 5]);
    expect(termsOf(cluster, number)).toEqual([1, 3, 5]);
  }
});

test('C1: figure 8 (a) to (c), (e): it is committed with the first entry of term 4, and its rival is shut out', () => {
  const cluster = figureEight();
  for (let beat = 0; beat < 3; beat++) {
    cluster.core(1).tick();
    cluster.settle(noAppendsTo(4));
  }
  expect(cluster.core(1).status().commitIndex).toBe(3);
  cluster.crash(1);
  cluster.restart(5);
  askInVain(cluster, 5);
  askInVain(cluster, 5);
  elect(cluster, 2, () => true);
  cluster.tick(2);
  for (const number of [2, 3, 4, 5]) expect(termsOf(cluster, number)).toEqual([1, 2, 4, 6]);
});

/** Every step of one entry's way from the leader's log to the quorum, in three orders of the disks and the wire. */
const ways = [
  ['turn 1', 'save 1', 'deliver 2', 'turn 2', 'save 2', 'deliver 1', 'turn 1'],
  ['turn 1', 'deliver 2', 'turn 2', 'save 2', 'deliver 1', 'save 1', 'turn 1'],
  ['turn 1', 'save 1', 'deliver 2', 'turn 2', 'deliver 1', 'save 2', 'deliver 1', 'turn 1'],
] as const;

test('C7: in a mesh of three, what the leader has committed is there after it lost power at any step', () => {
  const committedAt: number[] = [];
  for (const way of ways) {
    for (let deadlyStep = 0; deadlyStep <= way.length; deadlyStep++) {
      const cluster = new Cluster({ config: configOf([1, 2, 3]) });
      cluster.elect(1);
      cluster.crash(3);
      cluster.core(1).propose([new TextEncoder().encode('x')]);
      for (const step of way.slice(0, deadlyStep)) {
        const [what, number] = step.split(' ') as ['turn' | 'save' | 'deliver', string];
        if (what === 'turn') cluster.turn(Number(number));
        else if (what === 'save') cluster.finishSave(Number(number));
        else cluster.deliverTo(Number(number));
      }
      const acknowledged = cluster.core(1).status().commitIndex >= 2;
      if (acknowledged) committedAt.push(deadlyStep);
      // The leader loses power, and the whole mesh with it; only what is on two disks can be relied on.
      for (const { number } of cluster.all()) {
        cluster.crash(number);
        cluster.restart(number);
      }
      const holders = cluster.all().filter(({ log }) => log.lastIndex() >= 2);
      if (acknowledged) expect(holders.map(({ number }) => number)).toEqual([1, 2]);
      cluster.tick(40);
      const [leader] = cluster.leaders();
      if (acknowledged) expect(cluster.replica(leader!).commands()).toEqual(['x']);
    }
  }
  // Not before both disks have it, whichever was first.
  expect(committedAt).toEqual([6, 7, 6, 7, 7, 8]);
});

test('C7: a replica alone has on disk what it has committed, at whatever step it loses power', () => {
  for (let deadlyStep = 0; deadlyStep <= 3; deadlyStep++) {
    const cluster = new Cluster({ config: configOf([1]) });
    cluster.elect(1);
    const { commitIndex: before } = cluster.core(1).status();
    cluster.core(1).propose([new TextEncoder().encode('x')]);
    if (deadlyStep > 0) cluster.turn(1);
    if (deadlyStep > 1) cluster.finishSave(1);
    if (deadlyStep > 2) cluster.turn(1);
    const { commitIndex } = cluster.core(1).status();
    expect(commitIndex > before).toBe(deadlyStep > 1);
    cluster.crash(1);
    expect(cluster.replica(1).log.lastIndex()).toBeGreaterThanOrEqual(commitIndex);
    cluster.restart(1);
    cluster.elect(1);
    expect(cluster.replica(1).commands()).toEqual(deadlyStep > 1 ? ['x'] : []);
  }
});

/**
 * Reads that other systems answered from the past: whole schedules for C13, C14 and C17.
 *
 * Unless lease reads are switched on, no clock has a part in a read: a leader asks a quorum, however lately it heard one.
 */
import { expect, test } from 'vitest';
import type { Message } from '../../src/raft/message.js';
import { Cluster, configOf, ELECTION_TICKS, rid } from './support/cluster.js';

/** Replica 1 leads and has committed a command. */
function led(): Cluster {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  cluster.propose(1, 'older');
  return cluster;
}

/** Cuts replica 1 off; the others elect another leader and commit a newer command. It does not know yet. */
function goOnWithout(cluster: Cluster): void {
  cluster.isolate(1);
  for (const number of [2, 3]) cluster.core(number).forgetLeader();
  cluster.core(2).campaign();
  cluster.settle();
  cluster.propose(2, 'newer');
  expect(cluster.core(1).status().role).toBe('leader');
}

test('C14: a deposed leader asked again under the same id is not served by acknowledgements of its first question', () => {
  const cluster = led();
  expect(cluster.core(1).readIndex(7)).toBe('accepted');
  cluster.turn(1);
  for (const message of cluster.take(({ kind }) => kind === 'heartbeat')) cluster.deliver(message);
  cluster.turn(2);
  cluster.turn(3);
  // The acknowledgements are long on their way; the caller gives up and the leader is deposed meanwhile.
  const late = cluster.take(({ kind }) => kind === 'heartbeat-reply');
  expect(late.map(({ from }) => from)).toEqual([rid(2), rid(3)]);
  goOnWithout(cluster);
  expect(cluster.core(1).readIndex(7)).toBe('accepted');
  cluster.turn(1);
  for (let times = 0; times < 2; times++) {
    for (const message of late) cluster.core(1).step(message);
    // Now the second question is asked, too; the acknowledgements come once more.
    cluster.settle();
  }
  // The first question was asked when the index was current, and is answered; the second one never.
  expect(cluster.replica(1).reads).toEqual([{ requestId: 7, index: 2 }]);
  cluster.tick(2 * ELECTION_TICKS, 1);
  expect(cluster.replica(1).reads).toHaveLength(1);
  expect(cluster.core(1).status()).toMatchObject({ role: 'follower', pendingReads: 0 });
});

test('C13: a follower’s question to a leader without a commit of its term is kept there, not dropped', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(2);
  const withoutAppends = ({ kind }: Message): boolean => kind !== 'append';
  for (const { core } of cluster.all()) core.forgetLeader();
  cluster.core(1).campaign();
  cluster.settle(withoutAppends);
  cluster.core(1).tick();
  cluster.settle(withoutAppends);
  expect(cluster.core(1).status()).toMatchObject({ role: 'leader', committedInTerm: false });
  expect(cluster.core(3).readIndex(5)).toBe('accepted');
  cluster.settle(withoutAppends);
  expect(cluster.core(1).status().pendingReads).toBe(1);
  expect(cluster.replica(3).reads).toEqual([]);
  cluster.tick(ELECTION_TICKS - 1);
  expect(cluster.replica(3).reads).toEqual([{ requestId: 5, index: cluster.core(1).status().commitIndex }]);
});

test('C13: where there is no leader a read is turned away at once, and one who leads no more forgets whose it was', () => {
  const cluster = led();
  cluster.isolate(1);
  cluster.core(1).readIndex(1);
  cluster.core(1).step({ kind: 'read-index', from: rid(3), to: rid(1), term: 0, requestId: 9 });
  cluster.tick(2 * ELECTION_TICKS, 1);
  expect(cluster.core(1).status()).toMatchObject({ role: 'follower', pendingReads: 0 });
  expect(cluster.core(1).readIndex(2)).toBe('no-leader');
  cluster.heal();
  cluster.tick(4 * ELECTION_TICKS);
  expect(cluster.replica(1).reads).toEqual([]);
  expect(cluster.replica(3).reads).toEqual([]);
});

/** How often the old leader ticks, and how often the others do, in one unit of true time. */
const clocks: readonly (readonly [string, number, number])[] = [
  ['runs at half the speed of the others’', 1, 2],
  ['runs at twice the speed of the others’', 2, 1],
  ['stands still', 0, 1],
  ['runs as the others’ do', 1, 1],
];

for (const [name, ownTicks, otherTicks] of clocks) {
  test(`C17: a leader whose clock ${name} answers nothing from before its successor`, () => {
    const cluster = led();
    // It has just heard from everybody: by any lease it could be sure of itself for a while.
    cluster.tick(1);
    cluster.isolate(1);
    for (let time = 0; time < 3 * ELECTION_TICKS; time++) {
      cluster.tick(ownTicks, 1);
      cluster.tick(otherTicks, 2, 3);
      cluster.core(1).readIndex(time);
      cluster.settle();
      const [leader] = cluster.leaders().filter((number) => number !== 1);
      if (leader !== undefined) cluster.propose(leader, `at ${time}`);
    }
    expect(cluster.replica(2).commands().length).toBeGreaterThan(1);
    // Nothing was confirmed while it was alone: not before the others went on, and not afterwards.
    expect(cluster.replica(1).reads).toEqual([]);
    cluster.heal();
    cluster.tick(2 * ELECTION_TICKS);
    cluster.core(1).readIndex(1_000);
    cluster.settle();
    const { commitIndex } = cluster.core(2).status();
    expect(cluster.replica(1).reads.at(-1)).toEqual({ requestId: 1_000, index: commitIndex });
  });
}

test('C17: a leader that was paused for two election time-outs answers nothing from before its successor', () => {
  const cluster = led();
  cluster.tick(1);
  // It stands still: neither does it hear, nor does its clock run.
  cluster.replica(1).up = false;
  cluster.tick(2 * ELECTION_TICKS);
  const [leader] = cluster.leaders();
  expect(leader).toBeDefined();
  cluster.propose(leader!, 'newer');
  // What it wakes up to first is a read, before any tick and any message.
  cluster.replica(1).up = true;
  expect(cluster.core(1).status().role).toBe('leader');
  cluster.core(1).readIndex(1);
  cluster.turn(1);
  expect(cluster.replica(1).reads).toEqual([]);
  cluster.settle();
  cluster.tick(2);
  expect(cluster.core(1).status().role).toBe('follower');
  expect(cluster.replica(1).reads).toEqual([]);
  cluster.core(1).readIndex(2);
  cluster.settle();
  expect(cluster.replica(1).reads).toEqual([{ requestId: 2, index: cluster.core(1).status().commitIndex }]);
  expect(cluster.replica(1).commands()).toEqual(['older', 'newer']);
});

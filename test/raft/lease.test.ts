/**
 * C17, the core's part: what a lease rests on, and all that must end it. Time is what the test says: milliseconds of the
 * leader's clock, ticks of each voter's.
 */
import { describe, expect, test } from 'vitest';
import type { Message } from '../../src/raft/message.js';
import type { RaftConfig } from '../../src/raft/raft-core.js';
import { Cluster, change, configOf, ELECTION_TICKS, rid } from './support/cluster.js';

const TICK_MS = 10;
const PROMISE_MS = (ELECTION_TICKS - 2) * TICK_MS;
/** A quarter of what was promised. */
const LEASE_MS = PROMISE_MS / 4;

interface LeaseCluster {
  readonly cluster: Cluster;
  /** The leader's clock. */
  readonly clock: { nowMs: number };
}

/** Replica 1 leads and has just beaten: a quorum has promised at time 0. */
function leased(voters = [1, 2, 3], core: Partial<RaftConfig> = {}): LeaseCluster {
  const clock = { nowMs: 0 };
  const lease = { nowMs: () => clock.nowMs, promiseMs: PROMISE_MS };
  const cluster = new Cluster({ config: configOf(voters), core: { lease, ...core } });
  // Whoever starts keeps a promise that it may have given before.
  cluster.tick(ELECTION_TICKS, ...voters.slice(1));
  cluster.tick(2 * ELECTION_TICKS, 1);
  expect(cluster.leaders()).toEqual([1]);
  cluster.tick(1, 1);
  return { cluster, clock };
}

/** Asks replica `number` for a read, and says whether it is answered without another word on the wire. */
function answersAtOnce({ cluster }: LeaseCluster, number = 1): boolean {
  const replica = cluster.replica(number);
  const before = cluster.sent.length;
  const answered = replica.reads.length;
  expect(replica.core.readIndex(1_000 + before)).toBe('accepted');
  cluster.turn(number);
  const atOnce = replica.reads.length > answered;
  if (atOnce) expect(cluster.sent.length).toBe(before);
  cluster.settle();
  return atOnce;
}

/** A round of heartbeats that is answered by voters that keep no promises. */
function beatWithoutPromises(cluster: Cluster): void {
  cluster.core(1).tick();
  cluster.settle((message) => {
    if (message.kind !== 'heartbeat-reply') return true;
    const { promise: _, ...plain } = message;
    cluster.deliver(plain);
    return false;
  });
}

const voteOf = (from: number, term: number, transfer = false): Message => ({
  ...{ kind: 'vote', from: rid(from), to: rid(2), term, transfer },
  ...{ lastIndex: 100, lastTerm: term - 1 },
});

/** What replica 2 says to a request for its vote, at once. */
function votes({ cluster }: LeaseCluster, request: Message): boolean {
  const before = cluster.sent.length;
  cluster.core(2).step(request);
  cluster.settle((message) => message.to === rid(2));
  return cluster.sent.slice(before).some(({ kind }) => kind === 'vote-reply');
}

describe('C17: reads by lease', () => {
  test('a read is answered without a word while the lease holds, and by a round when it does not', () => {
    const mesh = leased();
    mesh.cluster.propose(1, 'x');
    expect(answersAtOnce(mesh)).toBe(true);
    expect(mesh.cluster.replica(1).reads.at(-1)).toMatchObject({
      index: mesh.cluster.core(1).status().commitIndex,
    });
    mesh.clock.nowMs = LEASE_MS - 1;
    expect(answersAtOnce(mesh)).toBe(true);
    mesh.clock.nowMs = LEASE_MS;
    expect(answersAtOnce(mesh)).toBe(false);
    // The round brought new promises.
    expect(mesh.cluster.replica(1).reads).toHaveLength(3);
    expect(answersAtOnce(mesh)).toBe(true);
  });

  test('a follower’s read is answered by its leader’s lease', () => {
    const mesh = leased();
    const beats = () => mesh.cluster.sent.filter(({ kind }) => kind === 'heartbeat').length;
    const before = beats();
    mesh.cluster.core(3).readIndex(7);
    mesh.cluster.settle();
    expect(mesh.cluster.replica(3).reads).toMatchObject([{ requestId: 7 }]);
    expect(beats()).toBe(before);
  });

  test('a promise counts from when its heartbeat left, however late it is answered, and once', () => {
    const mesh = leased();
    const { cluster, clock } = mesh;
    clock.nowMs = 1_000;
    cluster.core(1).tick();
    cluster.turn(1);
    cluster.deliverTo(2);
    cluster.turn(2);
    clock.nowMs = 1_000 + LEASE_MS - 1;
    const [late] = cluster.take(({ kind, from }) => kind === 'heartbeat-reply' && from === rid(2));
    cluster.take(() => true);
    cluster.deliver(late!);
    expect(answersAtOnce(mesh)).toBe(true);
    clock.nowMs = 1_000 + LEASE_MS;
    cluster.deliver(late!);
    expect(answersAtOnce(mesh)).toBe(false);
  });

  test('who keeps no promises does not count', () => {
    const mesh = leased([1, 2, 3], {});
    const { cluster, clock } = mesh;
    clock.nowMs = 1_000;
    beatWithoutPromises(cluster);
    expect(answersAtOnce(mesh)).toBe(false);
  });

  test('a promise to a round that is long over, or was never begun, counts for nothing', () => {
    const mesh = leased();
    const { cluster, clock } = mesh;
    clock.nowMs = 1_000;
    const reply = { kind: 'heartbeat-reply', from: rid(2), to: rid(1), readSequence: 0 } as const;
    const { term } = cluster.core(1).status();
    for (const round of [0, 1_000_000]) {
      cluster.deliver({ ...reply, term, promise: { round, durationMs: 1_000_000 } });
    }
    for (let rounds = 0; rounds < 65; rounds += 1) beatWithoutPromises(cluster);
    cluster.deliver({ ...reply, term, promise: { round: 1, durationMs: 1_000_000 } });
    expect(answersAtOnce(mesh)).toBe(false);
  });

  test('what was promised to a leader counts for nothing when it leads again, in a later term', () => {
    const mesh = leased();
    const { cluster } = mesh;
    for (const [from, to] of [
      [1, 2],
      [2, 1],
    ] as const) {
      expect(cluster.core(from).transferLeadership(rid(to))).toBe('started');
      cluster.settle();
    }
    expect(cluster.leaders()).toEqual([1]);
    expect(cluster.core(1).status().committedInTerm).toBe(true);
    expect(answersAtOnce(mesh)).toBe(false);
    // It had to ask, and has the word of a quorum since.
    expect(answersAtOnce(mesh)).toBe(true);
  });

  test('one that promised does not vote until its ticks are over, whatever it hears meanwhile', () => {
    const mesh = leased();
    const { cluster } = mesh;
    const { term } = cluster.core(1).status();
    cluster.isolate(1);
    // A word of a later term makes it forget its leader, not its promise.
    cluster
      .core(2)
      .step({ kind: 'heartbeat-reply', from: rid(3), to: rid(2), term: term + 1, readSequence: 0 });
    expect(cluster.core(2).status()).toMatchObject({ term: term + 1, leader: '' });
    for (const later of [term + 1, term + 2]) {
      expect(votes(mesh, voteOf(3, later))).toBe(false);
      expect(votes(mesh, { ...voteOf(3, later), kind: 'pre-vote' } as Message)).toBe(false);
    }
    for (let ticks = 1; ticks < ELECTION_TICKS; ticks += 1) {
      cluster.core(2).tick();
      expect(votes(mesh, voteOf(3, term + 2))).toBe(false);
    }
    cluster.core(2).tick();
    expect(votes(mesh, voteOf(3, term + 2))).toBe(true);
  });

  test('nor does it stand for election, nor forget its leader', () => {
    const { cluster } = leased();
    const { term } = cluster.core(1).status();
    cluster.core(2).forgetLeader();
    cluster.core(2).reportGone(rid(1));
    cluster.core(2).campaign();
    expect(cluster.core(2).status()).toMatchObject({ role: 'follower', leader: rid(1), term });
    cluster.isolate(1);
    cluster.tick(ELECTION_TICKS - 1, 2);
    cluster.core(2).campaign();
    expect(cluster.core(2).status()).toMatchObject({ role: 'follower', term });
    cluster.tick(1, 2);
    cluster.core(2).campaign();
    expect(cluster.core(2).status().role).toBe('pre-candidate');
  });

  test('one that starts keeps the promise that it may have given before it ended', () => {
    const mesh = leased();
    const { cluster } = mesh;
    const { term } = cluster.core(1).status();
    cluster.isolate(1);
    cluster.crash(2);
    cluster.restart(2);
    expect(votes(mesh, voteOf(3, term + 1))).toBe(false);
    for (let ticks = 0; ticks < ELECTION_TICKS; ticks += 1) cluster.core(2).tick();
    expect(votes(mesh, voteOf(3, term + 1))).toBe(true);
  });

  test('a transfer that the leader asked for goes past every promise, and so the lease ends with it, also when it fails', () => {
    const mesh = leased();
    const { cluster } = mesh;
    // The word to campaign is lost, or is on its way for long.
    expect(cluster.core(1).transferLeadership(rid(2))).toBe('started');
    cluster.turn(1);
    const [word] = cluster.take(({ kind }) => kind === 'timeout-now');
    expect(answersAtOnce(mesh)).toBe(false);
    cluster.tick(3 * ELECTION_TICKS);
    expect(cluster.core(1).status()).toMatchObject({ role: 'leader', transferee: '' });
    expect(answersAtOnce(mesh)).toBe(false);
    cluster.deliver(word!);
    cluster.settle();
    expect(cluster.leaders()).toEqual([2]);
    cluster.tick(1, 2);
    expect(answersAtOnce(mesh, 2)).toBe(true);
  });

  test('a new leader answers by lease only once it has committed in its term (C12)', () => {
    const mesh = leased();
    const { cluster } = mesh;
    cluster.core(1).transferLeadership(rid(2));
    cluster.settle(({ kind }) => kind !== 'append-reply');
    expect(cluster.leaders()).toEqual([2]);
    cluster.core(2).tick();
    cluster.settle(({ kind }) => kind !== 'append-reply');
    expect(cluster.core(2).status().committedInTerm).toBe(false);
    expect(cluster.core(2).readIndex(9)).toBe('accepted');
    cluster.turn(2);
    expect(cluster.replica(2).reads).toEqual([]);
    cluster.tick(1, 2);
    expect(cluster.replica(2).reads).toMatchObject([{ requestId: 9 }]);
  });

  test('a lease is that of the members in force: promises of former ones do not count', () => {
    const mesh = leased([1, 2, 3]);
    const { cluster, clock } = mesh;
    for (const number of [4, 5]) cluster.add(number);
    const joint = {
      ...change('add-voter', 4),
      changes: [change('add-voter', 4), change('add-voter', 5)].flatMap(({ changes }) => changes),
    };
    expect(cluster.core(1).proposeConfigChange(joint).kind).toBe('appended');
    cluster.settle(({ kind }) => kind !== 'heartbeat-reply');
    cluster.tick(5);
    expect(cluster.core(1).status().config.voters).toHaveLength(5);
    clock.nowMs = 1_000;
    cluster.core(1).tick();
    // Two of five have promised, the leader among them.
    cluster.settle(({ kind, from }) => kind !== 'heartbeat-reply' || from === rid(2));
    expect(answersAtOnce(mesh)).toBe(false);
    clock.nowMs = 2_000;
    cluster.core(1).tick();
    cluster.settle(({ kind, from }) => kind !== 'heartbeat-reply' || from === rid(2) || from === rid(4));
    expect(answersAtOnce(mesh)).toBe(true);
  });

  test('a leader without others answers by itself; one that lost its quorum answers nothing', () => {
    const alone = leased([1]);
    alone.clock.nowMs = 1_000_000;
    expect(answersAtOnce(alone)).toBe(true);

    const { cluster, clock } = leased();
    cluster.isolate(1);
    cluster.tick(3 * ELECTION_TICKS, 1);
    clock.nowMs = 0;
    expect(cluster.core(1).status().role).not.toBe('leader');
    expect(cluster.core(1).readIndex(3)).toBe('no-leader');
  });

  test('what stands still after the clock was looked at makes an answer late, not stale', () => {
    const mesh = leased();
    const { cluster, clock } = mesh;
    cluster.propose(1, 'acknowledged before');
    const acknowledged = cluster.core(1).status().commitIndex;
    cluster.core(1).readIndex(5);
    const before = cluster.core(1);
    const ready = before.ready({ maySave: false });
    // The process stands still here: the answer is decided, and another leads and writes before it is given.
    cluster.isolate(1);
    cluster.tick(2 * ELECTION_TICKS, 2, 3);
    cluster.tick(2 * ELECTION_TICKS, 2);
    expect(cluster.leaders()).toContain(2);
    cluster.propose(2, 'concurrent');
    expect(ready.reads).toEqual([{ requestId: 5, index: acknowledged }]);
    // It goes on: what is asked from now on is not answered from what it knew.
    clock.nowMs = 2 * PROMISE_MS;
    cluster.core(1).readIndex(6);
    cluster.settle();
    expect(cluster.replica(1).reads.filter(({ requestId }) => requestId === 6)).toEqual([]);
  });

  test('reads by lease need preVote and checkQuorum', () => {
    for (const without of [{ preVote: false }, { checkQuorum: false }]) {
      expect(() => leased([1], without)).toThrow('reads by lease');
    }
  });

  test('without the option nobody promises anything', () => {
    const cluster = new Cluster({ config: configOf([1, 2, 3]) });
    cluster.elect(1);
    cluster.tick(3);
    for (const message of cluster.sent) {
      if (message.kind === 'heartbeat') expect(message.leaseRound).toBeUndefined();
      if (message.kind === 'heartbeat-reply') expect(message.promise).toBeUndefined();
    }
    // Nor when a leader asks for it.
    const { term } = cluster.core(1).status();
    const before = cluster.sent.length;
    cluster.core(2).step({
      ...{ kind: 'heartbeat', from: rid(1), to: rid(2), term, commit: 0, readSequence: 0, leaseRound: 1 },
    });
    cluster.settle();
    const replies = cluster.sent.slice(before).filter(({ kind }) => kind === 'heartbeat-reply');
    expect(replies).toHaveLength(1);
    expect(replies[0]).not.toHaveProperty('promise');
  });
});

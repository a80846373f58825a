/** Promises and the disk under crashes at every step: whole schedules for C3 to C6. */
import { expect, test } from 'vitest';
import type { Message } from '../../src/raft/message.js';
import type { RaftCore } from '../../src/raft/raft-core.js';
import { Cluster, configOf, ELECTION_TICKS, entriesOf, logOf, numberOf, rid } from './support/cluster.js';

function voteRequest(from: number, term: number): Message {
  return { kind: 'vote', from: rid(from), to: rid(3), term, lastIndex: 9, lastTerm: 4, transfer: true };
}

/** Who was granted a vote by replica 3 in `term`, as told to others. */
function votesOf(cluster: Cluster, term: number): ReadonlySet<number> {
  const granted = cluster.sent.filter(
    (message) => message.kind === 'vote-reply' && message.granted && message.term === term,
  );
  return new Set(granted.map(({ to }) => numberOf(to)));
}

/** What happens between a vote request and the reply that leaves, one step at a time. */
const voting: readonly ((cluster: Cluster) => void)[] = [
  (cluster) => cluster.core(3).step(voteRequest(1, 5)),
  (cluster) => cluster.turn(3),
  // It is on disk, and nobody knows.
  (cluster) => cluster.replica(3).log.save(cluster.replica(3).saving!),
  (cluster) => cluster.finishSave(3),
];

test('C3: a crash at every step between a vote request and its reply leaves at most one vote in a term', () => {
  const rivals: number[] = [];
  for (let deadlyStep = 0; deadlyStep <= voting.length; deadlyStep++) {
    const cluster = new Cluster({ config: configOf([1, 2, 3]) });
    for (const step of voting.slice(0, deadlyStep)) step(cluster);
    cluster.crash(3);
    cluster.restart(3);
    for (const from of [2, 1, 2]) {
      cluster.core(3).step(voteRequest(from, 5));
      cluster.turn(3);
      cluster.finishSave(3);
    }
    expect(votesOf(cluster, 5).size, `crash after ${deadlyStep} steps`).toBe(1);
    if (votesOf(cluster, 5).has(2)) rivals.push(deadlyStep);
    expect(cluster.replica(3).log.hardState()).toMatchObject({ term: 5 });
  }
  // From the moment that the first vote is on disk no other is given.
  expect(rivals).toEqual([0, 1, 2]);
});

test('C3: a request that comes while the save of another one’s vote is under way does not get that vote', () => {
  for (const before of ['the turn', 'the save', 'the next turn'] as const) {
    const cluster = new Cluster({ config: configOf([1, 2, 3]) });
    const rival = (at: typeof before): void => {
      if (at === before) cluster.core(3).step(voteRequest(2, 5));
    };
    cluster.core(3).step(voteRequest(1, 5));
    rival('the turn');
    cluster.turn(3);
    rival('the save');
    cluster.finishSave(3);
    rival('the next turn');
    cluster.settle();
    expect(votesOf(cluster, 5)).toEqual(new Set([1]));
    expect(cluster.replica(3).log.hardState()).toMatchObject({ term: 5, vote: rid(1) });
    const refused = cluster.sent.filter((message) => message.kind === 'vote-reply' && !message.granted);
    expect(refused).toMatchObject([{ to: rid(2), term: 5 }]);
  }
});

test('C3: a candidate that others elected leads once its own term and vote are on its disk, not before', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]), core: { preVote: false } });
  cluster.replica(1).diskStalled = true;
  cluster.core(1).campaign();
  cluster.settle();
  const { term } = cluster.core(1).status();
  expect(votesOf(cluster, term)).toEqual(new Set([1]));
  expect(cluster.leaders()).toEqual([]);
  expect(cluster.sent.filter(({ kind }) => kind === 'append')).toEqual([]);
  // A crash now: both voters have it down as their choice of that term, and it has never led it.
  cluster.crash(1);
  cluster.restart(1);
  expect(cluster.core(1).status().term).toBeLessThan(term);
  cluster.core(1).campaign();
  cluster.settle();
  expect(cluster.leaders()).toEqual([]);
  cluster.replica(1).diskStalled = false;
  cluster.settle();
  expect(cluster.leaders()).toEqual([1]);
  expect(cluster.core(1).status().term).toBe(term);
});

/** The highest term that `number` has promised anything in. */
function promisedTerm(cluster: Cluster, number: number): number {
  const terms = cluster.sent
    .filter(({ kind, from }) => (kind === 'vote-reply' || kind === 'append-reply') && from === rid(number))
    .map(({ term }) => term);
  return Math.max(0, ...terms);
}

test('C4: all restart, over and over amid elections, with the terms and votes that they had on disk', () => {
  let draws = 0;
  const random = (bound: number): number => (draws++ * 7) % bound;
  const cluster = new Cluster({ config: configOf([1, 2, 3]), core: { preVote: false, random } });
  for (let round = 1; round <= 12; round++) {
    const [absent, stalled, third] = [0, 1, 2].map((step) => ((round + step) % 3) + 1);
    cluster.isolate(absent!);
    cluster.tick(4 * ELECTION_TICKS, stalled!, third!);
    // Who was away hears of a later term, in which it gave no vote, and promises something in it.
    cluster.heal();
    cluster.tick(2);
    expect(promisedTerm(cluster, absent!)).toBe(cluster.core(absent!).status().term);
    // Another one is caught with a save under way.
    cluster.replica(stalled!).diskStalled = true;
    cluster.tick(2 * ELECTION_TICKS, stalled!);
    const onDisk = cluster.all().map(({ log }) => log.hardState());
    for (const replica of cluster.all()) {
      cluster.crash(replica.number);
      replica.diskStalled = false;
      cluster.restart(replica.number);
    }
    for (const { number, core } of cluster.all()) {
      const { term, vote } = core.status();
      expect({ term, vote }).toEqual({ term: onDisk[number - 1]!.term, vote: onDisk[number - 1]!.vote });
      expect(term).toBeGreaterThanOrEqual(promisedTerm(cluster, number));
    }
    cluster.tick(8 * ELECTION_TICKS);
    const [leader] = cluster.leaders();
    expect(cluster.core(leader!).status().term).toBeGreaterThanOrEqual(
      Math.max(...onDisk.map(({ term }) => term)),
    );
    cluster.propose(leader!, `round ${round}`);
  }
  for (const replica of cluster.all()) expect(replica.commands()).toHaveLength(12);
});

function appendOf(from: number, term: number): Message {
  return {
    ...{ kind: 'append', from: rid(from), to: rid(2), term },
    ...{ prevIndex: 0, prevTerm: 0, entries: entriesOf([term]), commit: 0 },
  } as const;
}

test('C5: entry 1 of term 5, once acknowledged, outlives a crash and the leader of an older term', () => {
  const survived: number[] = [];
  const steps: readonly ((cluster: Cluster) => void)[] = [
    (cluster) => cluster.core(2).step(appendOf(1, 5)),
    (cluster) => cluster.turn(2),
    (cluster) => cluster.replica(2).log.save(cluster.replica(2).saving!),
    (cluster) => cluster.finishSave(2),
  ];
  for (let deadlyStep = 0; deadlyStep <= steps.length; deadlyStep++) {
    const cluster = new Cluster({ config: configOf([1, 2, 3]), logs: { 2: logOf([], { term: 1 }) } });
    for (const step of steps.slice(0, deadlyStep)) step(cluster);
    const acknowledged = cluster.sent.some(({ kind, from }) => kind === 'append-reply' && from === rid(2));
    cluster.crash(2);
    // Term and entry are on disk together or not at all.
    const { log } = cluster.replica(2);
    expect([log.lastIndex(), log.hardState().term]).toEqual(deadlyStep > 2 ? [1, 5] : [0, 1]);
    cluster.restart(2);
    cluster.core(2).step(appendOf(3, 4));
    cluster.settle(() => false);
    if (log.term(1) === 5) survived.push(deadlyStep);
    if (acknowledged) expect(log.term(1)).toBe(5);
  }
  expect(survived).toEqual([3, 4]);
});

/** Hands `core` what a leader of `term` sends for index 12: one entry of its own term. */
function replaceTwelve(core: RaftCore, leader: number, term: number): void {
  core.step({
    ...{ kind: 'append', from: rid(leader), to: rid(1), term },
    ...{ prevIndex: 11, prevTerm: 1, entries: entriesOf([term], 12), commit: 11 },
  });
}

test('C6: the schedule of etcd: three leaders replace entry 12 while the saves of all three are under way', () => {
  const log = logOf(new Array<number>(11).fill(1), { commit: 11 });
  const { core } = new Cluster({
    config: configOf([1, 2, 3, 4, 5, 6, 7]),
    running: [1],
    logs: { 1: log },
  }).replica(1);
  core.applied(11);
  const nextSave = () => core.ready({ maySave: true }).save!;
  // Steps 2 and 3: entry 12 of term 1. Step 5: of term 2, from another leader.
  replaceTwelve(core, 2, 1);
  const first = nextSave();
  replaceTwelve(core, 3, 2);
  const second = nextSave();
  // Step 7: a third leader's heartbeat brings term 3 and is saved alone, before its entry comes.
  core.step({ kind: 'heartbeat', from: rid(4), to: rid(1), term: 3, commit: 0, readSequence: 0 });
  const third = nextSave();
  expect(third).toMatchObject({
    hardState: { term: 3 },
    entries: [],
    token: { term: 3, lastIndex: 12, lastTerm: 2 },
  });
  replaceTwelve(core, 4, 3);
  const fourth = nextSave();
  // Its leader says that it is committed, before any of the saves is done.
  core.step({
    kind: 'append',
    from: rid(4),
    to: rid(1),
    term: 3,
    prevIndex: 12,
    prevTerm: 3,
    entries: [],
    commit: 12,
  });

  // Steps 8 and 9: whatever stands on disk meanwhile, entry 12 is neither handed out nor read from there.
  for (const save of [first, second, third]) {
    log.save(save);
    core.saved(save.token);
    expect(core.ready({ maySave: false }).committed).toEqual([]);
  }
  expect(log.term(12)).toBe(2);
  log.save(fourth);
  core.saved(fourth.token);
  expect(core.ready({ maySave: false }).committed).toEqual(entriesOf([3], 12));
});

test('C6: a leader counts no acknowledgement of an earlier term for an entry that it has replaced since', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3]) });
  cluster.elect(1);
  cluster.isolate(1);
  cluster.core(1).propose([new TextEncoder().encode('old')]);
  cluster.settle();
  const late: Message = {
    ...{ kind: 'append-reply', from: rid(2), to: rid(1), term: cluster.core(1).status().term },
    ...{ index: 2, rejected: null },
  };
  cluster.elect(2);
  cluster.heal();
  cluster.tick(2);
  cluster.core(2).transferLeadership(rid(1));
  cluster.settle();
  expect(cluster.leaders()).toEqual([1]);
  cluster.isolate(1);
  const index = cluster.core(1).status().lastIndex + 1;
  cluster.core(1).propose([new TextEncoder().encode('new')]);
  cluster.settle();
  cluster.core(1).step({ ...late, index });
  expect(cluster.core(1).status()).toMatchObject({
    role: 'leader',
    lastIndex: index,
    commitIndex: index - 1,
  });
});

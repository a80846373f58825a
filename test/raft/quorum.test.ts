/** C11: quorum arithmetic against brute force. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ReplicaId } from '../../src/raft/entry.js';
import {
  majorityAcknowledged,
  majorityVote,
  quorumAcknowledged,
  quorumVote,
  type VoteOutcome,
} from '../../src/raft/quorum.js';
import { Cluster, configOf, rid } from './support/cluster.js';

const voters = fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { maxLength: 7 }).map((ids) => ids.map(rid));
const indexes = fc.dictionary(
  fc.constantFrom(...Array.from({ length: 9 }, (_, at) => rid(at + 1))),
  fc.nat(12),
);
const ballots = fc.dictionary(
  fc.constantFrom(...Array.from({ length: 9 }, (_, at) => rid(at + 1))),
  fc.boolean(),
);

/** The largest index that more than half of the voters hold: tried one by one. */
function bruteForceIndex(ids: readonly ReplicaId[], known: Readonly<Record<string, number>>): number {
  if (ids.length === 0) return Number.POSITIVE_INFINITY;
  let best = 0;
  for (let index = 0; index <= 12; index++) {
    if (ids.filter((id) => (known[id] ?? 0) >= index).length * 2 > ids.length) best = index;
  }
  return best;
}

/** Whether all completions of the ballots are won, none is, or some are. */
function bruteForceVote(ids: readonly ReplicaId[], known: Readonly<Record<string, boolean>>): VoteOutcome {
  if (ids.length === 0) return 'won';
  const open = ids.filter((id) => known[id] === undefined);
  let won = 0;
  for (let bits = 0; bits < 2 ** open.length; bits++) {
    const yes = ids.filter((id) => known[id] ?? Math.floor(bits / 2 ** open.indexOf(id)) % 2 === 1);
    if (yes.length * 2 > ids.length) won++;
  }
  if (won === 2 ** open.length) return 'won';
  return won === 0 ? 'lost' : 'pending';
}

test('C11: a majority and a joint quorum have acknowledged what brute force says', () => {
  fc.assert(
    fc.property(voters, voters, indexes, (incoming, outgoing, known) => {
      const acknowledged = (id: ReplicaId) => known[id];
      expect(majorityAcknowledged(incoming, acknowledged)).toBe(bruteForceIndex(incoming, known));
      expect(quorumAcknowledged({ voters: incoming, votersOutgoing: outgoing }, acknowledged)).toBe(
        Math.min(bruteForceIndex(incoming, known), bruteForceIndex(outgoing, known)),
      );
    }),
    { numRuns: 2_000 },
  );
});

test('C11: a majority and a joint quorum have voted what brute force says', () => {
  fc.assert(
    fc.property(voters, voters, ballots, (incoming, outgoing, known) => {
      const ballot = (id: ReplicaId) => known[id];
      const one = bruteForceVote(incoming, known);
      const two = bruteForceVote(outgoing, known);
      expect(majorityVote(incoming, ballot)).toBe(one);
      const joint =
        one === 'lost' || two === 'lost' ? 'lost' : one === 'won' && two === 'won' ? 'won' : 'pending';
      expect(quorumVote({ voters: incoming, votersOutgoing: outgoing }, ballot)).toBe(joint);
    }),
    { numRuns: 2_000 },
  );
});

test('C11: a vote that arrives twice is one vote, and the first word counts', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3, 4, 5]), core: { preVote: false } });
  const { core } = cluster.replica(1);
  core.campaign();
  cluster.turn(1);
  cluster.finishSave(1);
  const reply = (granted: boolean) =>
    core.step({ kind: 'vote-reply', from: rid(2), to: rid(1), term: core.status().term, granted });
  reply(true);
  reply(true);
  reply(false);
  expect(core.status().role).toBe('candidate');
  for (const from of [3, 4, 5]) {
    core.step({
      kind: 'vote-reply',
      from: rid(from),
      to: rid(1),
      term: core.status().term,
      granted: from === 3,
    });
  }
  expect(core.status().role).toBe('leader');
});

test('C11: the vote of a learner, or of a stranger, does not count', () => {
  const cluster = new Cluster({ config: configOf([1, 2, 3], [4]), core: { preVote: false } });
  const { core } = cluster.replica(1);
  core.campaign();
  cluster.turn(1);
  cluster.finishSave(1);
  for (const from of [4, 9]) {
    core.step({ kind: 'vote-reply', from: rid(from), to: rid(1), term: core.status().term, granted: true });
  }
  expect(core.status().role).toBe('candidate');
});

test('C11: a joint configuration is in force from the start of a replica that has one', () => {
  const cluster = new Cluster({
    config: { ...configOf([1, 2, 3]), votersOutgoing: [rid(1), rid(4), rid(5)] },
  });
  cluster.crash(4);
  cluster.crash(5);
  cluster.core(1).campaign();
  cluster.settle();
  expect(cluster.leaders()).toEqual([]);
  cluster.restart(4);
  cluster.core(1).campaign();
  cluster.settle();
  expect(cluster.leaders()).toEqual([1]);
});

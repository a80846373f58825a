/** Raft's invariants under everything that can go wrong at once; a failure names the seed that repeats it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Message } from '../../src/raft/message.js';
import { Cluster, configOf, entriesOf, logOf, rid } from './support/cluster.js';
import { type RunCounts, randomRun } from './support/random-run.js';

const SEEDS = 300;
const STEPS = 3_000;

test(`the invariants of Raft hold over ${SEEDS} seeds, and every kind of fault was there`, () => {
  const total = { committed: 0, leaders: 0, crashes: 0, reads: 0, snapshots: 0, configChanges: 0 };
  for (let seed = 1; seed <= SEEDS; seed++) {
    const counts = randomRun(seed, STEPS);
    for (const key of Object.keys(total) as (keyof RunCounts)[]) total[key] += counts[key];
  }
  expect(total.committed).toBeGreaterThan(10 * SEEDS);
  expect(total.leaders).toBeGreaterThan(2 * SEEDS);
  expect(total.crashes).toBeGreaterThan(SEEDS);
  expect(total.reads).toBeGreaterThan(SEEDS);
  expect(total.snapshots).toBeGreaterThan(SEEDS / 4);
  expect(total.configChanges).toBeGreaterThan(SEEDS / 2);
}, 60_000);

test('the same seed is the same run', () => {
  expect(randomRun(42, 1_000)).toEqual(randomRun(42, 1_000));
});

const term = fc.integer({ min: 0, max: 6 });
const index = fc.integer({ min: 0, max: 8 });
const envelope = { from: fc.integer({ min: 1, max: 4 }).map(rid), to: fc.constant(rid(2)), term };
const config = fc.constantFrom(configOf([1, 2, 3]), configOf([3, 2]), configOf([]), configOf([1], [2]), {
  ...configOf([1, 2]),
  autoLeave: true,
});
const entries = fc
  .tuple(fc.array(term, { maxLength: 4 }), index)
  .map(([terms, first]) => entriesOf(terms, first));
const anyMessage: fc.Arbitrary<Message> = fc.oneof(
  fc.record({
    kind: fc.constant('append' as const),
    ...envelope,
    prevIndex: index,
    prevTerm: term,
    entries,
    commit: index,
  }),
  fc.record({
    kind: fc.constant('append-reply' as const),
    ...envelope,
    index,
    rejected: fc.option(fc.record({ hintIndex: index, hintTerm: term })),
  }),
  fc.record({ kind: fc.constant('heartbeat' as const), ...envelope, commit: index, readSequence: index }),
  fc.record({ kind: fc.constant('heartbeat-reply' as const), ...envelope, readSequence: index }),
  fc.record({
    kind: fc.constantFrom('vote' as const, 'pre-vote' as const),
    ...envelope,
    lastIndex: index,
    lastTerm: term,
    transfer: fc.boolean(),
  }),
  fc.record({
    kind: fc.constantFrom('vote-reply' as const, 'pre-vote-reply' as const),
    ...envelope,
    granted: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('snapshot' as const),
    ...envelope,
    snapshot: fc.record({ index, term, config }),
  }),
  fc.record({ kind: fc.constant('timeout-now' as const), ...envelope }),
  fc.record({ kind: fc.constant('read-index' as const), ...envelope, requestId: index }),
  fc.record({ kind: fc.constant('read-index-reply' as const), ...envelope, requestId: index, index }),
);

test('whatever peers send, a replica never throws, and never gives back a committed entry', () => {
  fc.assert(
    fc.property(fc.array(anyMessage, { maxLength: 60 }), fc.boolean(), (messages, leads) => {
      const cluster = new Cluster({
        config: configOf([1, 2, 3]),
        running: [2],
        logs: { 2: logOf([1, 1, 2], { term: 2, commit: 2 }) },
      });
      const replica = cluster.replica(2);
      if (leads) {
        const vote = { from: rid(1), to: rid(2), term: 3, granted: true };
        replica.core.campaign();
        cluster.settle();
        replica.core.step({ ...vote, kind: 'pre-vote-reply' });
        cluster.settle();
        replica.core.step({ ...vote, kind: 'vote-reply' });
        expect(replica.core.status().role).toBe('leader');
      }
      for (const message of messages) {
        const before = replica.core.status();
        replica.core.step(message);
        cluster.settle();
        const after = replica.core.status();
        expect(after.term).toBeGreaterThanOrEqual(before.term);
        expect(after.commitIndex).toBeGreaterThanOrEqual(before.commitIndex);
        expect(after.lastIndex).toBeGreaterThanOrEqual(after.commitIndex);
      }
    }),
    { numRuns: 1_000 },
  );
});

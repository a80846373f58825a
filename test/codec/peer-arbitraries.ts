/** Every batch, message and identity that the domain types allow, for property tests. */
import fc from 'fast-check';
import { type ConfigState, type Entry, type ReplicaId, replicaId } from '../../src/raft/entry.js';
import type { Message } from '../../src/raft/message.js';
import type { Batch, Frame, Introduction, Member } from '../../src/replica/frame.js';

/** A message without what its batch says of it. */
type Body<M = Message> = M extends unknown ? Omit<M, 'from' | 'to' | 'term'> : never;

export const number53 = fc.oneof(
  fc.nat(),
  fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  fc.constantFrom(0, 1, Number.MAX_SAFE_INTEGER),
);
const positive = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });

export const anyReplica: fc.Arbitrary<ReplicaId> = fc
  .bigInt({ min: 1n, max: 2n ** 64n - 1n })
  .map((n) => replicaId(n.toString(16).padStart(16, '0')));

const bytes = fc.uint8Array({ maxLength: 40 });

const anyEntry: fc.Arbitrary<Entry> = fc.record({
  index: positive,
  term: positive,
  payload: fc.oneof(
    fc.constant({ kind: 'no-op' as const }),
    bytes.map((data) => ({ kind: 'command' as const, data })),
    fc
      .record({
        changes: fc.array(
          fc.record({
            kind: fc.constantFrom('add-voter', 'add-learner', 'remove', 'update'),
            id: anyReplica,
          }),
          { maxLength: 3 },
        ),
        transition: fc.constantFrom('auto', 'joint-implicit', 'joint-explicit'),
        context: bytes,
      })
      .map((change) => ({ kind: 'config' as const, change })),
  ),
});

const replicaList = fc.uniqueArray(anyReplica, { maxLength: 5 }).map((ids) => ids.sort());

const anyConfig: fc.Arbitrary<ConfigState> = fc.record({
  voters: replicaList,
  learners: replicaList,
  votersOutgoing: replicaList,
  learnersNext: replicaList,
  autoLeave: fc.boolean(),
});

/** One arbitrary a kind of message; a kind without one does not compile. */
export const anyBody: Readonly<Record<Message['kind'], fc.Arbitrary<Body>>> = {
  append: fc.record({
    kind: fc.constant('append'),
    prevIndex: number53,
    prevTerm: number53,
    entries: fc.array(anyEntry, { maxLength: 4 }),
    commit: number53,
  }),
  'append-reply': fc.record({
    kind: fc.constant('append-reply'),
    index: number53,
    rejected: fc.option(fc.record({ hintIndex: number53, hintTerm: number53 }), { nil: null }),
  }),
  heartbeat: fc.record(
    {
      kind: fc.constant('heartbeat'),
      commit: number53,
      readSequence: number53,
      // 0 is none.
      leaseRound: number53.map((round) => Math.max(1, round)),
    },
    { requiredKeys: ['kind', 'commit', 'readSequence'] },
  ),
  'heartbeat-reply': fc.record(
    {
      kind: fc.constant('heartbeat-reply'),
      readSequence: number53,
      promise: fc.record({ round: number53, durationMs: number53 }),
    },
    { requiredKeys: ['kind', 'readSequence'] },
  ),
  vote: vote('vote'),
  'pre-vote': vote('pre-vote'),
  'vote-reply': voteReply('vote-reply'),
  'pre-vote-reply': voteReply('pre-vote-reply'),
  snapshot: fc.record({
    kind: fc.constant('snapshot'),
    snapshot: fc.record({ index: number53, term: number53, config: anyConfig }),
  }),
  'timeout-now': fc.record({ kind: fc.constant('timeout-now') }),
  'read-index': fc.record({ kind: fc.constant('read-index'), requestId: number53 }),
  'read-index-reply': fc.record({
    kind: fc.constant('read-index-reply'),
    requestId: number53,
    index: number53,
  }),
};

function vote(kind: 'vote' | 'pre-vote'): fc.Arbitrary<Body> {
  return fc.record(
    {
      kind: fc.constant(kind),
      lastIndex: number53,
      lastTerm: number53,
      transfer: fc.boolean(),
      committed: logPosition(),
    },
    { requiredKeys: ['kind', 'lastIndex', 'lastTerm', 'transfer'] },
  );
}

function voteReply(kind: 'vote-reply' | 'pre-vote-reply'): fc.Arbitrary<Body> {
  return fc.record(
    { kind: fc.constant(kind), granted: fc.boolean(), committed: logPosition() },
    { requiredKeys: ['kind', 'granted'] },
  );
}

/** Nobody tells of an empty log: index 0 stands for untold. */
function logPosition() {
  return fc.record({ index: number53.filter((index) => index > 0), term: number53 });
}

export const anyRefusalReason = fc.constantFrom(
  'not-leader',
  'busy',
  'transferring',
  'too-late',
  'invalid',
  'disk-reserve',
  'clock',
);

/** Nobody understands none: 0 stands for the first, of who does not say. */
const anyVersion = fc.integer({ min: 1, max: 2 ** 32 - 1 });

/** A batch whose frames are all messages with a body of `body`. */
export function batchOf(body: fc.Arbitrary<Body>): fc.Arbitrary<Batch> {
  return fc
    .record({
      from: anyReplica,
      to: anyReplica,
      times: fc.tuple(number53, number53, number53),
      commitIndex: number53,
      body,
      term: number53,
      understands: anyVersion,
    })
    .map(({ from, to, times: [wallMs, ledgerMs, medianMs], commitIndex, body, term, understands }) => ({
      from,
      to,
      wallMs,
      ledgerMs,
      medianMs,
      commitIndex,
      understands,
      frames: [{ kind: 'raft', message: { ...body, from, to, term } as Message }],
    }));
}

const anyOtherFrame: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({ kind: fc.constant('proposal'), proposalId: number53, notAfterMs: number53, command: bytes }),
  fc.record({ kind: fc.constant('proposal-refused'), proposalId: number53, reason: anyRefusalReason }),
);

/** Batches of several frames of every kind. */
export const anyBatch: fc.Arbitrary<Batch> = fc
  .tuple(batchOf(fc.oneof(...Object.values(anyBody))), fc.array(anyOtherFrame, { maxLength: 3 }))
  .map(([batch, others]) => ({ ...batch, frames: [...others, ...batch.frames, ...others] }));

export const anyCluster = fc.oneof(fc.constant(''), anyReplica.map(String));

export const anyMember: fc.Arbitrary<Member> = fc.record({
  id: anyReplica,
  company: fc.string(),
  address: fc.string(),
});

export const anyIdentity: fc.Arbitrary<Introduction> = fc.record({
  replica: anyReplica,
  cluster: anyCluster,
  company: fc.string(),
  peerCompanies: fc.array(fc.string(), { maxLength: 4 }),
  founders: fc.array(anyMember, { maxLength: 4 }),
  members: fc.array(anyMember, { maxLength: 4 }),
  membersIndex: number53,
  understands: anyVersion,
});

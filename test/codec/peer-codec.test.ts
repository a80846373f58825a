import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeMembers, encodeMembers, memberFromProto } from '../../src/codec/member-codec.js';
import {
  batchFromProto,
  encodeBatch,
  identityFromProto,
  identityToProto,
} from '../../src/codec/peer-codec.js';
import {
  ExchangeRequest,
  Identity as ProtoIdentity,
  ProposalRefusal as ProtoProposalRefusal,
} from '../../src/gen/malha/mesh/v1/peer.js';
import { type ReplicaId, replicaId } from '../../src/raft/entry.js';
import type { Batch } from '../../src/replica/frame.js';
import {
  anyBatch,
  anyBody,
  anyCluster,
  anyIdentity,
  anyMember,
  anyRefusalReason,
  batchOf,
} from './peer-arbitraries.js';

const A = replicaId('00000000000000aa');
const B = replicaId('00000000000000bb');

describe('peer codec: batches', () => {
  for (const [kind, body] of Object.entries(anyBody)) {
    test(`a ${kind} message comes back as it was sent`, () => {
      fc.assert(
        fc.property(batchOf(body), anyCluster, (batch, cluster) => {
          const back = roundTrip(cluster, batch);
          expect(back).toEqual({ cluster, batch });
          expect(back.batch.frames[0]).toMatchObject({ kind: 'raft', message: { kind } });
        }),
      );
    });
  }

  test('frames of all kinds come back complete and in their order', () => {
    fc.assert(
      fc.property(anyBatch, anyCluster, (batch, cluster) => {
        expect(roundTrip(cluster, batch)).toEqual({ cluster, batch });
      }),
    );
  });

  test('every reason to refuse a proposal has a code of its own', () => {
    const codes = fc.sample(anyRefusalReason, 200).map((reason) => {
      const batch = batchWith([{ kind: 'proposal-refused', proposalId: 1, reason }]);
      const { body } = ExchangeRequest.decode(encodeBatch({ cluster: '', batch })).frames[0]!;
      return body?.$case === 'proposalRefused' ? `${body.value.reason}${reason}` : 'other';
    });
    expect(new Set(codes).size).toBe(7);
    expect(new Set(codes.map((code) => code[0])).size).toBe(7);
  });

  test('mutated bytes either throw an Error or give a batch that can be encoded again', () => {
    let refused = 0;
    let taken = 0;
    fc.assert(
      fc.property(
        anyBatch,
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
        fc.option(fc.nat()),
        (batch, edits, cutAt) => {
          const bytes = encodeBatch({ cluster: 'c'.repeat(16), batch });
          for (const [at, value] of edits) bytes[at % bytes.length] = value;
          const mutated = cutAt === null ? bytes : bytes.subarray(0, cutAt % bytes.length);
          let decoded: ReturnType<typeof batchFromProto>;
          try {
            decoded = batchFromProto(ExchangeRequest.decode(mutated));
          } catch (error) {
            expect(error).toBeInstanceOf(Error);
            refused += 1;
            return;
          }
          taken += 1;
          expect(roundTrip(decoded.cluster, decoded.batch)).toEqual(plain(decoded));
        },
      ),
      { numRuns: 2_000 },
    );
    expect(refused).toBeGreaterThan(0);
    expect(taken).toBeGreaterThan(0);
  });

  test('random bytes throw an Error or give a batch, and never anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          batchFromProto(ExchangeRequest.decode(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test.each<[string, (request: ExchangeRequest) => void]>([
    ['a missing sender', (request) => Object.assign(request, { from: 0n })],
    ['a missing recipient', (request) => Object.assign(request, { to: 0n })],
    ['a clock beyond 2^53-1', (request) => Object.assign(request, { wallMs: 2n ** 53n })],
    ['a ledger time beyond 2^53-1', (request) => Object.assign(request, { ledgerMs: 2n ** 64n - 1n })],
    ['a median beyond 2^53-1', (request) => Object.assign(request, { medianMs: 2n ** 53n })],
    ['a commit index beyond 2^53-1', (request) => Object.assign(request, { commitIndex: 2n ** 53n })],
    ['a frame of an unknown kind', (request) => request.frames.push({ body: undefined })],
    [
      'a message of an unknown kind',
      (request) => request.frames.push({ body: { $case: 'raft', value: { term: 1n, body: undefined } } }),
    ],
    [
      'a term beyond 2^53-1',
      (request) =>
        request.frames.push({
          body: { $case: 'raft', value: { term: 2n ** 53n, body: { $case: 'timeoutNow', value: {} } } },
        }),
    ],
    [
      'a snapshot without a configuration',
      (request) =>
        request.frames.push({
          body: {
            $case: 'raft',
            value: {
              term: 1n,
              body: { $case: 'snapshot', value: { index: 1n, term: 1n, config: undefined } },
            },
          },
        }),
    ],
    ...[ProtoProposalRefusal.UNSPECIFIED, ProtoProposalRefusal.UNRECOGNIZED, 99].map(
      (reason): [string, (request: ExchangeRequest) => void] => [
        `the unknown refusal reason ${reason}`,
        (request) =>
          request.frames.push({ body: { $case: 'proposalRefused', value: { proposalId: 1n, reason } } }),
      ],
    ),
  ])('%s is refused', (_, spoil) => {
    const request = ExchangeRequest.decode(encodeBatch({ cluster: 'c'.repeat(16), batch: batchWith([]) }));
    expect(() => batchFromProto(request)).not.toThrow();
    spoil(request);
    expect(() => batchFromProto(request)).toThrow(Error);
  });

  test('what cannot travel exactly is not encoded', () => {
    const spoilt: Batch[] = [
      { ...batchWith([]), wallMs: -1 },
      { ...batchWith([]), ledgerMs: 1.5 },
      { ...batchWith([]), medianMs: 2, understands: 2 ** 53 },
      { ...batchWith([]), to: 'not an id' as ReplicaId },
      batchWith([{ kind: 'raft', message: { kind: 'timeout-now', from: B, to: A, term: 1 } }]),
    ];
    for (const batch of spoilt) expect(() => encodeBatch({ cluster: '', batch })).toThrow(Error);
  });
});

describe('peer codec: identities', () => {
  test('an identity comes back as it was sent', () => {
    fc.assert(
      fc.property(anyIdentity, (identity) => {
        const bytes = ProtoIdentity.encode(identityToProto(identity)).finish();
        expect(identityFromProto(ProtoIdentity.decode(bytes))).toEqual(identity);
      }),
    );
  });

  test('nobody is neither a replica nor a founder', () => {
    expect(() => identityFromProto(ProtoIdentity.decode(new Uint8Array()))).toThrow('missing');
    expect(() => memberFromProto({ replicaId: 0n, company: 'empresa_a', address: '' })).toThrow('without');
  });
});

describe('the context of a change of members', () => {
  test('comes back as it was written, and no bytes name nobody', () => {
    fc.assert(
      fc.property(fc.array(anyMember, { maxLength: 4 }), (members) => {
        expect(decodeMembers(encodeMembers(members))).toEqual(members);
      }),
    );
    expect(decodeMembers(new Uint8Array())).toEqual([]);
  });

  test('has the bytes that it had when the first one was written', () => {
    const bytes = encodeMembers([{ id: A, company: 'empresa_a', address: '127.0.0.1:9085' }]);
    expect(Buffer.from(bytes).toString('hex')).toBe(
      '0a2409aa00000000000000' + '1209656d70726573615f61' + '1a0e3132372e302e302e313a39303835',
    );
  });

  test('is never guessed', () => {
    expect(() => decodeMembers(Buffer.from('0a02ff', 'hex'))).toThrow();
    expect(() => decodeMembers(Buffer.from('0000', 'hex'))).toThrow('ends at byte');
    expect(() => decodeMembers(Buffer.from('0a00', 'hex'))).toThrow('without a replica id');
  });
});

function batchWith(frames: Batch['frames']): Batch {
  return { from: A, to: B, wallMs: 1, ledgerMs: 2, medianMs: 3, commitIndex: 4, understands: 2, frames };
}

/** Through bytes and back, with Buffers as the plain byte arrays that they stand for. */
function roundTrip(cluster: string, batch: Batch): ReturnType<typeof batchFromProto> {
  const request = ExchangeRequest.decode(encodeBatch({ cluster, batch }));
  return plain(batchFromProto(request));
}

function plain<T>(value: T): T {
  if (value instanceof Uint8Array) return new Uint8Array(value) as T;
  if (Array.isArray(value)) return value.map(plain) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)])) as T;
}

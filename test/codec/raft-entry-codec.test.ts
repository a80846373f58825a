/** Entries and configurations to bytes and back: complete, exact, and never guessed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  configStateFromProto,
  configStateToProto,
  decodeEntry,
  encodeEntry,
  entryToProto,
} from '../../src/codec/raft-entry-codec.js';
import { ConfigState as ProtoConfigState, Entry as ProtoEntry } from '../../src/gen/malha/raft/v1/entry.js';
import { type ConfigState, type Entry, NOBODY, type ReplicaId, replicaId } from '../../src/raft/entry.js';

const A = replicaId('000000000000000a');
const Z = replicaId('ffffffffffffffff');

/** Plain objects, as the code under test makes them. */
function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>;
}

const id: fc.Arbitrary<ReplicaId> = fc
  .bigInt({ min: 1n, max: 2n ** 64n - 1n })
  .map((value) => replicaId(value.toString(16).padStart(16, '0')));
const bytes = fc.uint8Array({ maxLength: 40 });
const counter = fc.oneof(fc.nat(), fc.constant(Number.MAX_SAFE_INTEGER)).map((n) => Math.max(1, n));
const entry: fc.Arbitrary<Entry> = record({
  index: counter,
  term: counter,
  payload: fc.oneof(
    fc.constant({ kind: 'no-op' as const }),
    record({ kind: fc.constant('command' as const), data: bytes }),
    record({
      kind: fc.constant('config' as const),
      change: record({
        changes: fc.array(
          record({ kind: fc.constantFrom('add-voter', 'add-learner', 'remove', 'update'), id }),
          { maxLength: 4 },
        ),
        transition: fc.constantFrom('auto', 'joint-implicit', 'joint-explicit'),
        context: bytes,
      }),
    }),
  ),
});
const members = fc.uniqueArray(id, { maxLength: 4 }).map((ids) => ids.sort());
const config: fc.Arbitrary<ConfigState> = record({
  voters: members,
  learners: members,
  votersOutgoing: members,
  learnersNext: members,
  autoLeave: fc.boolean(),
});

describe('an encoded entry', () => {
  it('decodes to the same entry', () => {
    fc.assert(
      fc.property(entry, (each) => {
        expect(decodeEntry(encodeEntry(each))).toStrictEqual(each);
      }),
    );
  });

  it('has these bytes for ever', () => {
    const command: Entry = {
      index: 300,
      term: 2,
      payload: { kind: 'command', data: new Uint8Array([1, 2]) },
    };
    expect(Buffer.from(encodeEntry(command)).toString('hex')).toBe('08ac02100222020102');
    const noOp: Entry = { index: 1, term: 1, payload: { kind: 'no-op' } };
    expect(Buffer.from(encodeEntry(noOp)).toString('hex')).toBe('080110011a00');
    const change: Entry = {
      index: 3,
      term: 2,
      payload: {
        kind: 'config',
        change: { changes: [{ kind: 'remove', id: A }], transition: 'auto', context: new Uint8Array([9]) },
      },
    };
    expect(Buffer.from(encodeEntry(change)).toString('hex')).toBe(
      '080310022a120a0b0803110a0000000000000010011a0109',
    );
  });

  it('is independent of the memory it was decoded from', () => {
    const encoded = encodeEntry({
      index: 1,
      term: 1,
      payload: { kind: 'command', data: new Uint8Array([7]) },
    });
    const decoded = decodeEntry(encoded);
    encoded.fill(0);
    expect(decoded.payload).toEqual({ kind: 'command', data: new Uint8Array([7]) });
  });

  it('is never of an index or term that numbers cannot hold', () => {
    for (const bad of [-1, 0.5, 2 ** 53, Number.NaN]) {
      expect(() => encodeEntry({ index: bad, term: 1, payload: { kind: 'no-op' } })).toThrow(RangeError);
      expect(() => encodeEntry({ index: 1, term: bad, payload: { kind: 'no-op' } })).toThrow(RangeError);
    }
  });

  const sound = entryToProto({
    index: 1,
    term: 1,
    payload: { kind: 'config', change: { changes: [], transition: 'auto', context: new Uint8Array() } },
  });
  const withChange = (change: object): ProtoEntry => ({
    ...sound,
    payload: {
      $case: 'configChange',
      value: { changes: [], transition: 1, context: Buffer.alloc(0), ...change },
    },
  });

  it.each<[string, ProtoEntry]>([
    ['no payload', { ...sound, payload: undefined }],
    ['no index', { ...sound, index: 0n }],
    ['no term', { ...sound, term: 0n }],
    ['an index above 2^53-1', { ...sound, index: 2n ** 53n }],
    ['a change without a transition', withChange({ transition: 0 })],
    ['a transition of a later version', withChange({ transition: 9 })],
    ['a change without a kind', withChange({ changes: [{ kind: 0, replicaId: 1n }] })],
    ['a kind of a later version', withChange({ changes: [{ kind: 9, replicaId: 1n }] })],
    ['a change of nobody', withChange({ changes: [{ kind: 1, replicaId: 0n }] })],
  ])('does not decode when it has %s', (_, message) => {
    expect(() => decodeEntry(ProtoEntry.encode(message).finish())).toThrow();
  });

  it('does not decode when it is cut, at any byte, or is other bytes: it throws or is an entry', () => {
    const encoded = encodeEntry({
      index: 300,
      term: 2,
      payload: { kind: 'command', data: new Uint8Array(50) },
    });
    for (let cut = 0; cut < encoded.length; cut += 1)
      expect(() => decodeEntry(encoded.subarray(0, cut))).toThrow();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
        let decoded: Entry;
        try {
          decoded = decodeEntry(noise);
        } catch {
          return;
        }
        expect(decodeEntry(encodeEntry(decoded))).toStrictEqual(decoded);
      }),
    );
  });
});

describe('an encoded configuration', () => {
  it('decodes to the same configuration', () => {
    fc.assert(
      fc.property(config, (each) => {
        const encoded = ProtoConfigState.encode(configStateToProto(each)).finish();
        expect(configStateFromProto(ProtoConfigState.decode(encoded))).toStrictEqual(each);
      }),
    );
  });

  it.each<[string, readonly bigint[]]>([
    ['is unsorted', [2n, 1n]],
    ['repeats a replica', [1n, 1n]],
    ['names nobody', [0n, 1n]],
  ])('does not decode when a list %s', (_, ids) => {
    const empty = { voters: [], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false };
    for (const list of ['voters', 'learners', 'votersOutgoing', 'learnersNext'] as const) {
      expect(() => configStateFromProto({ ...empty, [list]: ids })).toThrow();
    }
  });

  it('sorts as numbers do, over all 64 bits', () => {
    expect(
      configStateFromProto({ ...configStateToProto(EMPTY), voters: [10n, 2n ** 64n - 1n] }).voters,
    ).toEqual([A, Z]);
    expect(NOBODY < A && A < Z).toBe(true);
  });
});

const EMPTY: ConfigState = {
  voters: [],
  learners: [],
  votersOutgoing: [],
  learnersNext: [],
  autoLeave: false,
};

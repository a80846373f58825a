/** Records of the audit trail on the wire between peers: there and back, and golden bytes that are kept for ever. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  trailFromProto,
  trailRequestFromProto,
  trailRequestToProto,
  trailToProto,
} from '../../src/codec/trail-codec.js';
import { ReadTrailRequest, ReadTrailResponse } from '../../src/gen/malha/mesh/v1/peer.js';
import { replicaId } from '../../src/raft/entry.js';

const A = replicaId('00000000000000aa');
const B = replicaId('00000000000000bb');
const index = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const head = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));

describe('a question for records', () => {
  test('is the same after the way through bytes', () => {
    fc.assert(
      fc.property(index, fc.integer({ min: 0, max: 2 ** 32 - 1 }), (before, limit) => {
        const asked = { cluster: 'c'.repeat(16), from: A, to: B, request: { before, limit } };
        const bytes = ReadTrailRequest.encode(trailRequestToProto(asked)).finish();
        expect(trailRequestFromProto(ReadTrailRequest.decode(bytes))).toEqual(asked);
      }),
    );
  });

  test('has these bytes', () => {
    const asked = { cluster: 'c'.repeat(16), from: A, to: B, request: { before: 300, limit: 1_000 } };
    expect(Buffer.from(ReadTrailRequest.encode(trailRequestToProto(asked)).finish()).toString('hex')).toBe(
      '09cccccccccccccccc11aa0000000000000019bb0000000000000020ac0228e807',
    );
  });

  test('names who asks and who is asked', () => {
    const asked = trailRequestToProto({ cluster: '', from: A, to: B, request: { before: 1, limit: 1 } });
    expect(() => trailRequestFromProto({ ...asked, from: 0n })).toThrow('missing');
    expect(() => trailRequestFromProto({ ...asked, to: 0n })).toThrow('missing');
    expect(() => trailRequestFromProto({ ...asked, before: 2n ** 53n })).toThrow(RangeError);
  });
});

describe('records', () => {
  test('are the same after the way through bytes', () => {
    const record = fc.record({ index, before: head, text: fc.string() });
    fc.assert(
      fc.property(fc.array(record, { maxLength: 4 }), (records) => {
        const bytes = ReadTrailResponse.encode(trailToProto(records)).finish();
        expect(trailFromProto(ReadTrailResponse.decode(bytes))).toEqual(records);
      }),
    );
  });

  test('have these bytes', () => {
    const records = [{ index: 5, before: 'ab'.repeat(32), text: '{"v":1}' }];
    expect(Buffer.from(ReadTrailResponse.encode(trailToProto(records)).finish()).toString('hex')).toBe(
      `0a2d08051220${'ab'.repeat(32)}1a077b2276223a317d`,
    );
  });

  test('each have a head before them, and an index that is a number', () => {
    const sound = { index: 1n, before: Buffer.alloc(32), text: '' };
    expect(trailFromProto({ records: [sound] })).toHaveLength(1);
    expect(() => trailFromProto({ records: [{ ...sound, before: Buffer.alloc(31) }] })).toThrow('31 bytes');
    expect(() => trailFromProto({ records: [{ ...sound, index: 2n ** 53n }] })).toThrow(RangeError);
  });
});

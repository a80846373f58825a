import { status } from '@grpc/grpc-js';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OUTCOMES, type OutcomeCode } from '../../src/doors/outcomes.js';
import { CompanyServiceService } from '../../src/gen/malha/mesh/v1/company.js';
import { PointServiceService } from '../../src/gen/malha/mesh/v1/point.js';
import { ReservationServiceService } from '../../src/gen/malha/mesh/v1/reservation.js';
import { RouteServiceService } from '../../src/gen/malha/mesh/v1/route.js';
import { CONFLICT_REASONS, REFUSAL_REASONS } from '../../src/ledger/result.js';
import { Problem, reasonOf } from '../../src/rpc/problem.js';
import { callErrorOf, statusOf } from '../../src/rpc/problem-status.js';
import { CallRefused, type Defined, Rpc, refusedWith } from './rpc-fixture.js';

type Method = Defined<object, object>;

const SERVICES = [ReservationServiceService, PointServiceService, RouteServiceService, CompanyServiceService];

const METHODS = SERVICES.flatMap((service) =>
  Object.values(service as unknown as Record<string, Method & { readonly requestStream: boolean }>),
).filter(({ requestStream }) => !requestStream);

/** A message of fields that requests have, with values that are none of theirs, or nearly. */
const nearly = fc
  .array(
    fc.oneof(
      fc.tuple(
        fc.integer({ min: 1, max: 8 }),
        fc.constantFrom('', 'r1', '1', 'w1', 'empresa_a', '\u0000', 'é'.repeat(40)),
      ),
      fc.tuple(fc.integer({ min: 1, max: 8 }), fc.uint8Array({ maxLength: 24 })),
      fc.tuple(fc.integer({ min: 1, max: 8 }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
    ),
    { maxLength: 6 },
  )
  .map((fields) => Buffer.concat(fields.map(([number, value]) => fieldOf(number, value))));

describe('whatever a caller sends', () => {
  let rpc: Rpc;

  beforeAll(async () => {
    rpc = await Rpc.open();
  });
  afterAll(() => rpc.close());

  it('is answered, or refused with a reason: no bug, no hang, and only what was asked is done', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 64 }).map((array) => Buffer.from(array)),
      nearly,
    );
    const seen = new Set<number>();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...METHODS), bytes, async (method, message) => {
        const before = rpc.lone.index;
        const answer = await rpc.call(method, message).catch((error: unknown) => error);
        const code = answer instanceof CallRefused ? answer.code : status.OK;
        seen.add(code);
        expect([
          ...[status.OK, status.INVALID_ARGUMENT, status.NOT_FOUND, status.PERMISSION_DENIED],
          ...[status.FAILED_PRECONDITION, status.RESOURCE_EXHAUSTED],
        ]).toContain(code);
        if (answer instanceof CallRefused) {
          expect(answer.status?.reason).toMatch(/^[A-Z][A-Z_]+[A-Z]$/);
          // What the door itself refuses is no entry.
          if (answer.status!.reason === 'BAD_REQUEST') expect(rpc.lone.index).toBe(before);
        }
      }),
      { numRuns: 600, seed: 4 },
    );
    expect(rpc.log.filter(({ level }) => level === 'error')).toEqual([]);
    expect([...seen]).toEqual(expect.arrayContaining([status.OK, status.INVALID_ARGUMENT, status.NOT_FOUND]));
  });

  it('has one reason for each outcome, the same in a status and in a stream, and for refusals the ledger’s own', () => {
    const codes = Object.keys(OUTCOMES) as OutcomeCode[];
    expect(new Set(codes.map(reasonOf)).size).toBe(codes.length);
    for (const reason of REFUSAL_REASONS) expect(reasonOf(reason)).toBe(reason);
    for (const code of codes) {
      const conflicts = CONFLICT_REASONS.map((reason, stop) => ({
        stop,
        pointId: stop === 0 ? '' : '7',
        reason,
      }));
      const problem = new Problem(code, undefined, {
        conflicts,
        requestKey: 'k',
        entry: { index: 3, atMs: 5 },
      });
      const { code: grpcCode, details, metadata } = statusOf(problem);
      const refused = refusedWith({ code: grpcCode!, details: details!, metadata: metadata! });
      const error = callErrorOf(problem);
      expect(refused.code).toBe(OUTCOMES[code].grpcCode);
      expect(refused.status).toMatchObject({
        code: error.code,
        reason: error.reason,
        message: error.message,
      });
      expect(refused.status?.violations?.map(({ type }) => type)).toEqual(CONFLICT_REASONS);
      expect(refused.status?.requestKey).toBe(error.requestKey);
    }
  });
});

function fieldOf(number: number, value: string | Uint8Array | bigint): Buffer {
  if (typeof value === 'bigint') return Buffer.concat([varint(BigInt(number << 3)), varint(value)]);
  const bytes = Buffer.from(value as Uint8Array);
  return Buffer.concat([varint(BigInt((number << 3) | 2)), varint(BigInt(bytes.length)), bytes]);
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  return Buffer.from([...bytes, Number(rest)]);
}

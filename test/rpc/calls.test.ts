import { connect } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { durationOf, timestampOf } from '../../src/codec/time-messages.js';
import type { Consistency } from '../../src/gen/malha/mesh/v1/call.js';
import { PointServiceService as P } from '../../src/gen/malha/mesh/v1/point.js';
import { ReservationServiceService as S } from '../../src/gen/malha/mesh/v1/reservation.js';
import type { WantedStop } from '../../src/gen/malha/mesh/v1/stop.js';
import { timeoutMs } from '../../src/rpc/unary.js';
import { eventually } from '../support/eventually.js';
import { HOUR_MS, type metadataOf, REQUEST_TIMEOUT_MS, Rpc, wanted, whole } from './rpc-fixture.js';

describe('a gRPC call', () => {
  let rpc: Rpc;

  beforeEach(async () => {
    rpc = await Rpc.open();
  });
  afterEach(() => rpc.close());

  const stops = (pointId = '1'): WantedStop[] => [wanted(pointId, rpc.lone.nowMs + HOUR_MS)];

  describe('has its time', () => {
    it('gets the time-out of the node when it has no deadline, or a later one', async () => {
      rpc.mesh.held = true;
      const first = rpc.call(S.reserve, { holder: 'car-1', stops: stops() });
      const second = rpc.call(S.reserve, { holder: 'car-2', stops: stops('2') }, { timeoutMs: 60_000 });
      await eventually(() => rpc.mesh.waiting.length === 2);
      const given = rpc.mesh.waiting.map(({ options }) => options.timeoutMs);
      expect(given).toEqual([REQUEST_TIMEOUT_MS, REQUEST_TIMEOUT_MS]);
      rpc.mesh.letGo();
      await Promise.all([first, second]);
    });

    it('obeys a shorter deadline, with something left for the answer', async () => {
      rpc.mesh.held = true;
      const call = rpc.call(S.reserve, { holder: 'car-1', stops: stops() }, { timeoutMs: 3_000 });
      await eventually(() => rpc.mesh.waiting.length === 1);
      const { options } = rpc.mesh.waiting[0]!;
      expect(options.timeoutMs).toBeLessThanOrEqual(2_900);
      expect(options.timeoutMs).toBeGreaterThan(0);
      rpc.mesh.letGo();
      await call;
    });

    it('is given whole milliseconds, and none where its time is over', () => {
      const left = (deadline: number) =>
        timeoutMs({ requestTimeoutMs: 5_000 }, { getDeadline: () => deadline });
      expect(left(Number.POSITIVE_INFINITY)).toBe(5_000);
      const soon = left(Date.now() + 333);
      expect(Number.isInteger(soon)).toBe(true);
      expect(soon).toBeLessThanOrEqual(299);
      expect(left(Date.now() - 1)).toBeLessThanOrEqual(0);
    });

    it('ends for its caller at its deadline, and nothing is answered behind it', async () => {
      rpc.mesh.held = true;
      const call = rpc.refused(S.reserve, { holder: 'car-1', stops: stops() }, { timeoutMs: 2_000 });
      await eventually(() => rpc.mesh.waiting.length === 1);
      expect((await call).code).toBe(status.DEADLINE_EXCEEDED);
      rpc.mesh.held = false;
      rpc.mesh.letGo();
      expect((await rpc.call(S.listReservations, {})).reservations).toHaveLength(1);
      expect(rpc.log.filter(({ level }) => level === 'error')).toEqual([]);
    });

    it('is not answered any more once its caller gave it up', async () => {
      rpc.mesh.held = true;
      let ended: number | null = null;
      const call = rpc.client.makeUnaryRequest(
        S.reserve.path,
        S.reserve.requestSerialize,
        S.reserve.responseDeserialize,
        whole(S.reserve, { holder: 'car-1', stops: stops() }),
        (error) => {
          ended = error?.code ?? status.OK;
        },
      );
      await eventually(() => rpc.mesh.waiting.length === 1);
      call.cancel();
      await eventually(() => ended !== null);
      expect(ended).toBe(status.CANCELLED);
      rpc.mesh.held = false;
      rpc.mesh.letGo();
      const { reservations } = await rpc.call(S.listReservations, {});
      expect(reservations).toHaveLength(1);
      expect(rpc.log.filter(({ level }) => level === 'error')).toEqual([]);
    });
  });

  it('waits when there are very many on one connection, and all are answered', async () => {
    rpc.mesh.held = true;
    const calls = Array.from({ length: 1_500 }, (_, n) =>
      rpc.call(S.reserve, {
        holder: `car-${n % 60}`,
        stops: [wanted('1', rpc.lone.nowMs + (n + 1) * HOUR_MS)],
      }),
    );
    await eventually(() => rpc.mesh.waiting.length === 1_000);
    rpc.mesh.held = false;
    rpc.mesh.letGo();
    await Promise.all(calls);
    expect(rpc.mesh.waitingMost).toBe(1_000);
  });

  describe('that fails', () => {
    it('says when to try again where nothing was proposed', async () => {
      rpc.mesh.refuseSubmits = 'UNAVAILABLE';
      const unavailable = await rpc.refused(S.reserve, { holder: 'car-1', stops: stops() });
      expect(unavailable.status).toEqual({
        code: status.UNAVAILABLE,
        message: 'The mesh cannot decide now and nothing was done; try again.',
        reason: 'UNAVAILABLE',
        retryDelayMs: 1_000,
      });
      rpc.mesh.refuseSubmits = 'RESOURCE_EXHAUSTED';
      const busy = await rpc.refused(S.reserve, { holder: 'car-1', stops: stops() });
      expect(busy).toMatchObject({
        code: status.RESOURCE_EXHAUSTED,
        status: { reason: 'OVERLOADED', retryDelayMs: 1_000 },
      });
    });

    it('names the key to ask again with where the outcome is unknown; then it gets the outcome', async () => {
      rpc.mesh.loseAnswers = true;
      const request = { holder: 'car-1', stops: stops() };
      const unknown = await rpc.refused(S.reserve, request);
      const { requestKey } = rpc.mesh.submissions.at(-1)!;
      expect(unknown.code).toBe(status.DEADLINE_EXCEEDED);
      expect(unknown.status).toEqual({
        code: status.DEADLINE_EXCEEDED,
        message:
          'The outcome is unknown: the request was proposed and is unanswered; send it again with the same key.',
        reason: 'OUTCOME_UNKNOWN',
        requestKey,
      });
      rpc.mesh.loseAnswers = false;
      const { reservationId } = await rpc.call(S.reserve, { ...request, requestKey });
      expect((await rpc.call(S.listReservations, {})).reservations).toMatchObject([{ reservationId }]);
    });

    it('says of a read that ran out of time that nothing was done', async () => {
      rpc.mesh.failFreshReads = 'DEADLINE_EXCEEDED';
      const refused = await rpc.refused(P.getPoint, { pointId: '1' });
      expect(refused).toMatchObject({ code: status.UNAVAILABLE, status: { reason: 'UNAVAILABLE' } });
    });

    it('tells nothing of a bug but that there is one; the log has it under the trace id', async () => {
      rpc.mesh.bug = new Error('a secret');
      for (const refused of [
        await rpc.refused(S.reserve, { holder: 'car-1', requestKey: 'k', stops: stops() }),
        await rpc.refused(P.getPoint, { pointId: '1' }),
      ]) {
        expect(refused).toMatchObject({ code: status.INTERNAL, status: { reason: 'INTERNAL' } });
        expect(JSON.stringify(refused.status)).not.toContain('secret');
      }
      const bugs = rpc.log.filter(({ level }) => level === 'error');
      expect(bugs).toHaveLength(2);
      expect(bugs[0]!.fields).toMatchObject({ trace: 'ab'.repeat(16), err: { message: 'a secret' } });
    });

    it('has a warning in the log where the node did not get to a decision, and no line of note otherwise', async () => {
      await rpc.call(S.reserve, { holder: 'car-1', stops: stops() });
      await rpc.refused(S.reserve, { holder: 'car-2', stops: stops() });
      rpc.mesh.refuseSubmits = 'UNAVAILABLE';
      await rpc.refused(S.reserve, { holder: 'car-3', stops: stops() });
      expect(rpc.log.filter(({ level }) => level !== 'debug')).toEqual([
        {
          ...{ level: 'warn', message: 'gRPC: request failed' },
          fields: {
            trace: 'ab'.repeat(16),
            method: 'reserve',
            result: 'UNAVAILABLE',
            tookMs: expect.any(Number),
          },
        },
      ]);
    });
  });

  describe('has a trace', () => {
    it("takes over the caller's, and tells it in the initial metadata", async () => {
      const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
      const told: unknown[] = [];
      const onMetadata = (metadata: ReturnType<typeof metadataOf>) =>
        told.push(metadata.get('malha-trace-id')[0]);
      const metadata = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
      await rpc.call(S.reserve, { holder: 'car-1', stops: stops() }, { metadata, onMetadata });
      await rpc.refused(S.reserve, { holder: 'car-2', stops: stops() }, { metadata, onMetadata });
      expect(told).toEqual([traceId, traceId]);
      expect(rpc.mesh.submissions.map((each) => each.traceId)).toEqual([traceId, traceId]);
    });

    it('gets one of its own where it has none, or an invalid one', async () => {
      for (const metadata of [{}, { traceparent: 'x' }]) {
        await rpc.refused(S.getReservation, { reservationId: 'r0' }, { metadata });
        await rpc.refused(S.confirm, { reservationId: 'r0' }, { metadata });
        expect(rpc.mesh.submissions.at(-1)!.traceId).toBe('ab'.repeat(16));
      }
    });
  });

  describe('with input that cannot be', () => {
    it('names the field at fault, and asks the mesh nothing', async () => {
      const time = timestampOf(rpc.lone.nowMs + HOUR_MS);
      const stop = stops()[0]!;
      const bad: readonly [Partial<ReturnType<typeof S.reserve.requestDeserialize>>, string][] = [
        [{ holder: 'a/b', stops: stops() }, 'holder'],
        [{ holder: 'x'.repeat(65), stops: stops() }, 'holder'],
        [{ requestKey: 'a\nb', stops: stops() }, 'request_key'],
        [{ requestKey: 'é', stops: stops() }, 'request_key'],
        [{ requestKey: 'x'.repeat(256), stops: stops() }, 'request_key'],
        [{ stops: [] }, 'stops'],
        [{ stops: Array.from({ length: 51 }, () => stop) }, 'stops'],
        [{ stops: [stop, { ...stop, where: undefined }] }, 'stops[1]'],
        [{ stops: [{ ...stop, where: { $case: 'pointId', value: '' } }] }, 'stops[0].point_id'],
        [{ stops: [{ ...stop, where: { $case: 'pointId', value: 'x'.repeat(65) } }] }, 'stops[0].point_id'],
        [{ stops: [{ ...stop, where: { $case: 'pointId', value: '\u0000' } }] }, 'stops[0].point_id'],
        [{ stops: [{ ...stop, company: 'x'.repeat(65) }] }, 'stops[0].company'],
        [{ stops: [{ ...stop, start: undefined }] }, 'stops[0].start'],
        [{ stops: [{ ...stop, start: { seconds: 0n, nanos: 999_999 } }] }, 'stops[0].start'],
        [{ stops: [{ ...stop, start: { seconds: -1n, nanos: 0 } }] }, 'stops[0].start'],
        [{ stops: [{ ...stop, start: { seconds: 2n ** 62n, nanos: 0 } }] }, 'stops[0].start'],
        [{ stops: [{ ...stop, start: { seconds: 1n, nanos: 1_000_000_000 } }] }, 'stops[0].start'],
        [{ stops: [{ ...stop, until: undefined }] }, 'stops[0]'],
        [{ stops: [{ ...stop, until: { $case: 'end', value: stop.start! } }] }, 'stops[0].end'],
        [
          { stops: [{ ...stop, start: time, until: { $case: 'end', value: timestampOf(1) } }] },
          'stops[0].end',
        ],
        [
          { stops: [{ ...stop, until: { $case: 'duration', value: { seconds: -5n, nanos: 0 } } }] },
          'stops[0].duration',
        ],
        [{ stops: stops(), hold: { seconds: 1n, nanos: -1 } }, 'hold'],
        [{ stops: stops(), afterNoShow: 9 as never }, 'after_no_show'],
      ];
      for (const [request, field] of bad) {
        const refused = await rpc.refused(S.reserve, request);
        expect(refused.code, field).toBe(status.INVALID_ARGUMENT);
        expect(refused.status?.reason).toBe('BAD_REQUEST');
        expect(refused.status?.fieldViolations?.map((violation) => violation.field)).toEqual([field]);
      }
      expect(rpc.mesh.submissions).toEqual([]);
    });

    it('does so for every kind of request', async () => {
      const mine = { holder: 'car-1', reservationId: 'r1' };
      const times = { hold: durationOf(HOUR_MS) };
      const refusals = [
        await rpc.refused(S.confirm, { holder: 'car-1' }),
        await rpc.refused(S.extendHold, { ...mine, ...times, ifIndex: 2n ** 53n }),
        await rpc.refused(S.cancel, { ...mine, actingAs: 2 }),
        await rpc.refused(S.cancel, { ...mine, actingAs: 3 }),
        await rpc.refused(S.cancel, { ...mine, stops: Array.from({ length: 101 }, (_, n) => n) }),
        await rpc.refused(S.change, { ...mine, stops: [{ stop: undefined }] }),
        await rpc.refused(S.shift, { ...mine, stop: 100 }),
        await rpc.refused(S.substitute, { ...mine, candidates: [] }),
        await rpc.refused(S.startStop, { ...mine, actingAs: 3 }),
        await rpc.refused(S.displaceStop, mine),
        await rpc.refused(S.displaceStop, { ...mine, reason: 'x'.repeat(201) }),
        await rpc.refused(S.declareTrip, {
          stops: [
            {
              ...stops()[0]!,
              where: { $case: 'site', value: { place: 'Salvador', connector: 'ccs2', minPowerWatts: 0 } },
            },
          ],
        }),
        await rpc.refused(S.joinWaitlist, { stops: [{ ...stops()[0]!, start: undefined }] }),
        await rpc.refused(S.leaveWaitlist, {}),
        await rpc.refused(S.acknowledgeNotices, { noticeIds: [] }),
        await rpc.refused(S.getReservation, { reservationId: 'r1', consistency: 7 as Consistency }),
        await rpc.refused(S.listReservations, { pageToken: 'x' }),
        await rpc.refused(S.listReservations, { state: 9 as never }),
        await rpc.refused(P.getPointCalendar, { pointId: '1' }),
        await rpc.refused(P.setPointSchedule, { pointId: '1' }),
      ];
      expect(refusals.map(({ code }) => code)).toEqual(refusals.map(() => status.INVALID_ARGUMENT));
      expect(refusals.map((each) => each.status?.fieldViolations?.[0]?.field)).toEqual([
        ...['reservation_id', 'if_index', 'acting_as', 'reason', 'stops', 'stops[0]', 'stop', 'candidates'],
        ...['acting_as', 'reason', 'reason', 'stops[0].site', 'stops[0].start', 'wait_id', 'notice_ids'],
        ...['consistency', 'page_token', 'state', 'window', 'schedule'],
      ]);
      expect(rpc.mesh.submissions).toEqual([]);
      expect(rpc.mesh.queries).toEqual([]);
    });

    it('refuses what is no message, one that breaks off, and one that is too large, and goes on serving', async () => {
      const message = S.reserve.requestSerialize(whole(S.reserve, { holder: 'car-1', stops: stops() }));
      for (const [bytes, reason] of [
        [Buffer.from('ffffffffffffffffff', 'hex'), 'BAD_REQUEST'],
        [message.subarray(0, message.length - 1), 'BAD_REQUEST'],
        [Buffer.concat([message, Buffer.from([0x0c, 0xff])]), 'BAD_REQUEST'],
        [Buffer.alloc(64 * 1024 + 1), 'BODY_TOO_LARGE'],
      ] as const) {
        const refused = await rpc.refused(S.reserve, bytes);
        expect(refused).toMatchObject({ code: status.INVALID_ARGUMENT, status: { reason } });
      }
      expect(rpc.mesh.submissions).toEqual([]);
      await rpc.call(S.reserve, message);
    });

    it('is not undone by text that is no UTF-8', async () => {
      const holder = Buffer.from([0x0a, 2, 0xc3, 0x28]);
      expect((await rpc.refused(S.listWishes, holder)).status?.fieldViolations?.[0]?.field).toBe('holder');
      const company = Buffer.from([0x2a, 2, 0xc3, 0x28]);
      expect((await rpc.call(S.listReservations, company)).reservations).toEqual([]);
    });

    it('keeps details within what callers take for headers, however many conflicts there are', async () => {
      const many = Array.from({ length: 50 }, (_, n) =>
        wanted(`${'x'.repeat(62)}${n + 10}`, rpc.lone.nowMs + HOUR_MS),
      );
      const refused = await rpc.refused(S.reserve, { holder: 'car-1', stops: many });
      expect(refused.status?.metadata?.conflicts).toBe('50');
      const shown = refused.status!.violations!.length;
      expect(shown).toBeGreaterThan(20);
      expect(shown).toBeLessThan(50);
      const headers = await trailersOf(
        rpc,
        S.reserve.path,
        S.reserve.requestSerialize(whole(S.reserve, { holder: 'car-1', stops: many })),
      );
      const size = Object.entries(headers).reduce(
        (sum, [key, value]) => sum + key.length + String(value).length + 32,
        0,
      );
      expect(size).toBeLessThan(8 * 1024);
    });

    it('hears of methods that there are not', async () => {
      const refused = await rpc.refused(
        { ...S.reserve, path: '/malha.mesh.v1.ReservationService/Steal' as never },
        { stops: stops() },
      );
      expect(refused.code).toBe(status.UNIMPLEMENTED);
    });
  });
});

/** The trailers of a call, as they are on the wire. */
async function trailersOf(rpc: Rpc, path: string, message: Buffer): Promise<Record<string, unknown>> {
  const session = connect(`http://${rpc.server.address}`);
  try {
    const stream = session.request({
      ...{ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' },
    });
    const frame = Buffer.alloc(5);
    frame.writeUInt32BE(message.length, 1);
    stream.end(Buffer.concat([frame, message]));
    stream.resume();
    return await new Promise((resolve, reject) => {
      stream.on('trailers', (headers) => resolve({ ...headers }));
      stream.on('error', reject);
    });
  } finally {
    session.close();
  }
}

import { type ClientDuplexStream, type Metadata, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { durationOf, msOf, timestampOf } from '../../src/codec/time-messages.js';
import {
  type PipelineRequest,
  type PipelineResponse,
  ReservationServiceService as S,
} from '../../src/gen/malha/mesh/v1/reservation.js';
import { PIPELINE_IN_FLIGHT_MAX } from '../../src/rpc/pipeline.js';
import { eventually } from '../support/eventually.js';
import {
  CallRefused,
  HOUR_MS,
  MINUTE_MS,
  metadataOf,
  Rpc,
  refusedWith,
  wanted,
  whole,
} from './rpc-fixture.js';

type Wanted = NonNullable<PipelineRequest['request']>;

/** One stream as a caller has it. */
class Stream {
  readonly answers: PipelineResponse[] = [];
  /** How it ended: null while it has not. */
  ended: CallRefused | 'ok' | null = null;
  traceId = '';
  readonly call: ClientDuplexStream<PipelineRequest | Buffer, PipelineResponse>;

  constructor(rpc: Rpc, metadata: Readonly<Record<string, string>> = {}, timeoutMs?: number) {
    this.call = rpc.client.makeBidiStreamRequest<PipelineRequest | Buffer, PipelineResponse>(
      S.pipeline.path,
      (request) => (Buffer.isBuffer(request) ? request : S.pipeline.requestSerialize(request)),
      S.pipeline.responseDeserialize,
      metadataOf(metadata),
      timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs },
    );
    this.call.on('error', (error: Parameters<typeof refusedWith>[0]) => {
      this.ended = refusedWith(error);
    });
    this.call.on('end', () => {
      this.ended ??= 'ok';
    });
    this.call.on('metadata', (initial: Metadata) => {
      this.traceId = String(initial.get('malha-trace-id')[0]);
    });
  }

  read(): this {
    this.call.on('data', (answer: PipelineResponse) => this.answers.push(answer));
    return this;
  }

  send(sequence: number, request: Wanted, more: Partial<PipelineRequest> = {}): boolean {
    return this.call.write({ ...whole(S.pipeline, { sequence: BigInt(sequence), request }), ...more });
  }

  /** The answers' sequence numbers, in the order in which they came. */
  get sequences(): readonly number[] {
    return this.answers.map(({ sequence }) => Number(sequence));
  }

  /** The error of an answer. Throws when it has none. */
  errorOf(sequence: number) {
    const response = this.answers.find((answer) => answer.sequence === BigInt(sequence))?.response;
    if (response?.$case !== 'error') throw new Error(`no error but ${response?.$case}`);
    return response.value;
  }
}

describe('a pipeline', () => {
  let rpc: Rpc;
  const streams: Stream[] = [];

  beforeEach(async () => {
    rpc = await Rpc.open();
  });
  afterEach(async () => {
    for (const { call } of streams.splice(0)) call.cancel();
    await rpc.close();
  });

  function open(metadata?: Readonly<Record<string, string>>, timeoutMs?: number): Stream {
    const stream = new Stream(rpc, metadata, timeoutMs);
    streams.push(stream);
    return stream;
  }

  function reserve(holder: string, pointId: string, startMs: number, requestKey = ''): Wanted {
    const stops = [wanted(pointId, startMs, 30 * MINUTE_MS)];
    return { $case: 'reserve', value: whole(S.reserve, { holder, requestKey, stops }) };
  }

  const at = (ms: number): number => rpc.lone.nowMs + ms;

  it('carries every call of the service', async () => {
    const stream = open().read();
    const mine = { holder: 'car-1', reservationId: `r${rpc.lone.index + 1}` };
    const stops = [wanted('1', at(MINUTE_MS)), wanted('2', at(3 * HOUR_MS))];
    const hold = durationOf(MINUTE_MS);
    const requests: readonly Wanted[] = [
      { $case: 'reserve', value: whole(S.reserve, { holder: 'car-1', stops, hold }) },
      { $case: 'extendHold', value: whole(S.extendHold, { ...mine, hold: durationOf(2 * MINUTE_MS) }) },
      { $case: 'confirm', value: whole(S.confirm, mine) },
      { $case: 'shift', value: whole(S.shift, { ...mine, stop: 1, by: durationOf(HOUR_MS) }) },
      {
        $case: 'change',
        value: whole(S.change, {
          ...mine,
          stops: [{ stop: { $case: 'keep', value: 0 } }, { stop: { $case: 'keep', value: 1 } }],
        }),
      },
      { $case: 'startStop', value: whole(S.startStop, { ...mine, stop: 0 }) },
      { $case: 'finishStop', value: whole(S.finishStop, { ...mine, stop: 0 }) },
      { $case: 'displaceStop', value: whole(S.displaceStop, { ...mine, stop: 1, reason: 'a flood' }) },
      { $case: 'listSubstitutes', value: whole(S.listSubstitutes, { ...mine, stop: 1 }) },
      {
        $case: 'substitute',
        value: whole(S.substitute, { ...mine, stop: 1, candidates: [wanted('7', at(5 * HOUR_MS))] }),
      },
      { $case: 'listNotices', value: whole(S.listNotices, { holder: 'car-1' }) },
      {
        $case: 'acknowledgeNotices',
        value: whole(S.acknowledgeNotices, { holder: 'car-1', noticeIds: ['n1.0'] }),
      },
      { $case: 'cancel', value: whole(S.cancel, mine) },
      { $case: 'getReservation', value: whole(S.getReservation, mine) },
      { $case: 'listReservations', value: whole(S.listReservations, { holder: 'car-1' }) },
      { $case: 'listHistory', value: whole(S.listHistory, mine) },
      {
        $case: 'declareTrip',
        value: whole(S.declareTrip, { holder: 'car-2', stops: [wanted('3', at(HOUR_MS))] }),
      },
      { $case: 'getTicket', value: whole(S.getTicket, { holder: 'car-2' }) },
      {
        $case: 'joinWaitlist',
        value: whole(S.joinWaitlist, { holder: 'car-1', stops: [wanted('3', at(HOUR_MS))] }),
      },
      { $case: 'listWishes', value: whole(S.listWishes, { holder: 'car-1' }) },
      { $case: 'leaveWaitlist', value: whole(S.leaveWaitlist, { holder: 'car-1', waitId: 'w1' }) },
    ];
    for (const [n, request] of requests.entries()) {
      stream.send(n, request);
      await eventually(() => stream.answers.length === n + 1);
    }
    const cases = stream.answers.map(({ response }) => response?.$case);
    // There is no such wish.
    expect(cases).toEqual(requests.map(({ $case }) => ($case === 'leaveWaitlist' ? 'error' : $case)));
  });

  it('answers hundreds in the order of completion, each by its number', async () => {
    rpc.mesh.held = true;
    const stream = open().read();
    const count = 200;
    for (let n = 0; n < count; n += 1) stream.send(n, reserve(`car-${n}`, '1', at(n * HOUR_MS + HOUR_MS)));
    await eventually(() => rpc.mesh.waiting.length === count);
    rpc.mesh.waiting.reverse();
    rpc.mesh.letGo();
    await eventually(() => stream.answers.length === count);
    expect(stream.sequences).toEqual(Array.from({ length: count }, (_, n) => count - 1 - n));
    for (const { sequence, response } of stream.answers) {
      if (response?.$case !== 'reserve') throw new Error(`an answer of ${response?.$case}`);
      expect(msOf(response.value.stops[0]!.window!.start!)).toBe(at(Number(sequence) * HOUR_MS + HOUR_MS));
    }
  });

  it('takes at most so many requests at once, and the rest as answers go', async () => {
    rpc.mesh.held = true;
    const stream = open().read();
    const count = 3 * PIPELINE_IN_FLIGHT_MAX;
    for (let n = 0; n < count; n += 1)
      stream.send(n, reserve(`car-${n % 40}`, String((n % 14) + 1), at(HOUR_MS * (1 + n))));
    await eventually(() => {
      if (rpc.mesh.waiting.length === PIPELINE_IN_FLIGHT_MAX) rpc.mesh.letGo(100);
      if (rpc.mesh.submissions.length >= count - PIPELINE_IN_FLIGHT_MAX) rpc.mesh.letGo();
      return stream.answers.length === count;
    });
    expect(rpc.mesh.waitingMost).toBe(PIPELINE_IN_FLIGHT_MAX);
    expect(new Set(stream.sequences).size).toBe(count);
  });

  it('answers a refusal like anything else, with all that there is to know, and goes on', async () => {
    const stream = open().read();
    stream.send(1, reserve('car-1', '1', at(HOUR_MS)));
    await eventually(() => stream.answers.length === 1);
    stream.send(2, reserve('car-2', '1', at(HOUR_MS)));
    stream.send(3, { $case: 'confirm', value: whole(S.confirm, { holder: 'a/b', reservationId: 'r1' }) });
    stream.call.write(whole(S.pipeline, { sequence: 4n }));
    stream.send(5, reserve('car-1', '2', at(HOUR_MS)), { timeout: { seconds: -1n, nanos: 0 } });
    stream.send(6, reserve('car-2', '2', at(HOUR_MS)));
    await eventually(() => stream.answers.length === 6);
    expect(stream.errorOf(2)).toEqual({
      code: status.FAILED_PRECONDITION,
      reason: 'STOPS_UNAVAILABLE',
      message: 'At least one stop could not be had, so none was reserved.',
      conflicts: [{ stop: 0, pointId: '1', reason: 'POINT_TAKEN' }],
      fieldViolations: [],
      retryDelay: undefined,
      requestKey: '',
      index: expect.any(BigInt),
      at: timestampOf(rpc.lone.nowMs),
    });
    expect(stream.errorOf(3)).toMatchObject({
      ...{ code: status.INVALID_ARGUMENT, reason: 'BAD_REQUEST', index: 0n, at: undefined },
      fieldViolations: [{ field: 'holder' }],
    });
    expect(stream.errorOf(4).fieldViolations).toMatchObject([{ field: 'request' }]);
    expect(stream.errorOf(5).fieldViolations).toMatchObject([{ field: 'timeout' }]);
    expect(stream.answers.at(-1)!.response?.$case).toBe('reserve');
    expect(stream.ended).toBeNull();
  });

  it('says of each request by itself when to try again, and with which key', async () => {
    const stream = open().read();
    rpc.mesh.refuseSubmits = 'UNAVAILABLE';
    stream.send(1, reserve('car-1', '1', at(HOUR_MS)));
    await eventually(() => stream.answers.length === 1);
    expect(stream.errorOf(1)).toMatchObject({
      code: status.UNAVAILABLE,
      retryDelay: durationOf(1_000),
      requestKey: '',
    });
    rpc.mesh.refuseSubmits = null;
    rpc.mesh.loseAnswers = true;
    stream.send(2, reserve('car-1', '1', at(HOUR_MS)));
    await eventually(() => stream.answers.length === 2);
    const { requestKey } = rpc.mesh.submissions.at(-1)!;
    expect(stream.errorOf(2)).toMatchObject({ reason: 'OUTCOME_UNKNOWN', requestKey });
    rpc.mesh.loseAnswers = false;
    stream.send(3, reserve('car-1', '1', at(HOUR_MS), requestKey));
    await eventually(() => stream.answers.length === 3);
    expect(stream.answers[2]!.response?.$case).toBe('reserve');
  });

  it('gives each request its own time and its own trace, or those of the node and of the stream', async () => {
    rpc.mesh.held = true;
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const stream = open({ traceparent: `00-${traceId}-00f067aa0ba902b7-01` }).read();
    const own = 'c'.repeat(32);
    stream.send(1, reserve('car-1', '1', at(HOUR_MS)));
    stream.send(2, reserve('car-2', '2', at(HOUR_MS)), {
      ...{ timeout: durationOf(700), traceparent: `00-${own}-00f067aa0ba902b7-01` },
    });
    stream.send(3, reserve('car-3', '3', at(HOUR_MS)), { timeout: durationOf(HOUR_MS) });
    await eventually(() => rpc.mesh.waiting.length === 3);
    expect(rpc.mesh.waiting.map(({ options }) => options.timeoutMs)).toEqual([5_000, 700, 5_000]);
    expect(rpc.mesh.waiting.map(({ submission }) => submission.traceId)).toEqual([traceId, own, traceId]);
    expect(stream.traceId).toBe(traceId);
    stream.send(4, reserve('car-4', '4', at(HOUR_MS)), { timeout: durationOf(0) });
    await eventually(() => stream.answers.length === 1);
    expect(stream.errorOf(4)).toMatchObject({ code: status.UNAVAILABLE });
  });

  it('answers what is under way when its caller half-closes, and then ends', async () => {
    rpc.mesh.held = true;
    const stream = open().read();
    for (let n = 0; n < 20; n += 1) stream.send(n, reserve(`car-${n}`, '1', at(n * HOUR_MS + HOUR_MS)));
    stream.call.end();
    await eventually(() => rpc.mesh.waiting.length === 20);
    rpc.mesh.letGo(10);
    await eventually(() => stream.answers.length === 10);
    expect(stream.ended).toBeNull();
    rpc.mesh.letGo();
    await eventually(() => stream.ended === 'ok');
    expect(stream.answers).toHaveLength(20);
  });

  it('ends at once when it is half-closed with nothing under way', async () => {
    const stream = open().read();
    stream.call.end();
    await eventually(() => stream.ended === 'ok');
    expect(stream.answers).toEqual([]);
  });

  it('is answered what was read of it when the node ends, and told that the rest was not done', async () => {
    rpc.mesh.held = true;
    const stream = open().read();
    const count = PIPELINE_IN_FLIGHT_MAX + 50;
    for (let n = 0; n < count; n += 1) stream.send(n, reserve(`car-${n}`, '1', at(n * HOUR_MS + HOUR_MS)));
    await eventually(() => rpc.mesh.waiting.length === PIPELINE_IN_FLIGHT_MAX);
    const closed = rpc.server.close(60_000);
    rpc.mesh.letGo();
    await closed;
    await eventually(() => stream.ended instanceof CallRefused);
    expect(stream.ended).toMatchObject({ code: status.UNAVAILABLE, status: { reason: 'UNAVAILABLE' } });
    expect(stream.answers).toHaveLength(PIPELINE_IN_FLIGHT_MAX);
    expect(rpc.mesh.submissions).toHaveLength(PIPELINE_IN_FLIGHT_MAX);
  });

  it('starts nothing more once it is cancelled', async () => {
    rpc.mesh.held = true;
    const stream = open().read();
    for (let n = 0; n < 2 * PIPELINE_IN_FLIGHT_MAX; n += 1) {
      stream.send(n, reserve(`car-${n}`, '1', at(n * HOUR_MS + HOUR_MS)));
    }
    await eventually(() => rpc.mesh.waiting.length === PIPELINE_IN_FLIGHT_MAX);
    stream.call.cancel();
    await eventually(() => stream.ended instanceof CallRefused);
    rpc.mesh.held = false;
    rpc.mesh.letGo();
    await eventually(() => rpc.mesh.submissions.length === PIPELINE_IN_FLIGHT_MAX);
    // A call that comes later is answered, so the server has nothing left to read of the stream.
    await rpc.call(S.listReservations, {});
    expect(rpc.mesh.submissions).toHaveLength(PIPELINE_IN_FLIGHT_MAX);
    expect(stream.answers).toEqual([]);
    expect(rpc.log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('reads no more from a caller who does not read its answers, and loses none of them', async () => {
    const stream = open().read();
    const stops = Array.from({ length: 50 }, (_, n) => wanted(String((n % 14) + 1), at(HOUR_MS * (n + 1))));
    await rpc.call(S.reserve, { holder: 'car-1', stops });
    const list = {
      $case: 'listReservations',
      value: whole(S.listReservations, { holder: 'car-1' }),
    } as const;
    const count = 2_000;
    stream.send(0, list);
    await eventually(() => stream.answers.length === 1);
    stream.call.pause();
    for (let n = 1; n < count; n += 1) stream.send(n, list);
    // Nothing moves any more: the node has stopped, with most requests unread.
    let asked = -1;
    await eventually(
      () => {
        const before = asked;
        asked = rpc.mesh.queries.length;
        return asked > 0 && asked === before;
      },
      { everyMs: 250 },
    );
    expect(asked).toBeLessThan(count / 4);
    stream.call.resume();
    await eventually(() => stream.answers.length === count, { timeoutMs: 20_000 });
    expect(stream.sequences).toEqual(Array.from({ length: count }, (_, n) => n));
  });

  it('ends with why when a message cannot be read, and no other stream is the worse for it', async () => {
    const [bad, large, good] = [open().read(), open().read(), open().read()];
    bad.call.write(Buffer.from('ffffffff', 'hex'));
    large.call.write(Buffer.alloc(65 * 1024));
    await eventually(() => bad.ended instanceof CallRefused && large.ended instanceof CallRefused);
    expect(bad.ended).toMatchObject({ code: status.INVALID_ARGUMENT, status: { reason: 'BAD_REQUEST' } });
    expect(large.ended).toMatchObject({
      code: status.INVALID_ARGUMENT,
      status: { reason: 'BODY_TOO_LARGE' },
    });
    good.send(1, reserve('car-1', '1', at(HOUR_MS)));
    await eventually(() => good.answers.length === 1);
  });

  it('ends at its own deadline, if it has one', async () => {
    rpc.mesh.held = true;
    const stream = open({}, 3_000).read();
    stream.send(1, reserve('car-1', '1', at(HOUR_MS)));
    await eventually(() => rpc.mesh.waiting.length === 1);
    expect(rpc.mesh.waiting[0]!.options.timeoutMs).toBeLessThanOrEqual(2_900);
    await eventually(() => stream.ended instanceof CallRefused);
    expect(stream.ended).toMatchObject({ code: status.DEADLINE_EXCEEDED });
  });
});

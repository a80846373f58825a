import { type ClientReadableStream, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { timestampOf } from '../../src/codec/time-messages.js';
import { EventFeed } from '../../src/doors/event-feed.js';
import {
  EventServiceService as E,
  type Event,
  type WatchEventsRequest,
  type WatchEventsResponse,
} from '../../src/gen/malha/mesh/v1/event.js';
import { PointServiceService as P } from '../../src/gen/malha/mesh/v1/point.js';
import { ReservationServiceService as S } from '../../src/gen/malha/mesh/v1/reservation.js';
import { NoticeKind, PointStatus, ReservationState, StopState } from '../../src/gen/malha/mesh/v1/state.js';
import { eventually } from '../support/eventually.js';
import { type CallRefused, HOUR_MS, metadataOf, Rpc, refusedWith, wanted, whole } from './rpc-fixture.js';

type Message = NonNullable<WatchEventsResponse['message']>;

class Watch {
  readonly messages: Message[] = [];
  ended: CallRefused | null = null;
  readonly call: ClientReadableStream<WatchEventsResponse>;

  constructor(rpc: Rpc, request: Partial<WatchEventsRequest> | Buffer) {
    this.call = rpc.client.makeServerStreamRequest(
      E.watchEvents.path,
      (bytes: Buffer) => bytes,
      E.watchEvents.responseDeserialize,
      Buffer.isBuffer(request) ? request : E.watchEvents.requestSerialize(whole(E.watchEvents, request)),
      metadataOf({}),
    );
    this.call.on('error', (error: Parameters<typeof refusedWith>[0]) => {
      this.ended = refusedWith(error);
    });
    this.call.on('data', ({ message }: WatchEventsResponse) => this.messages.push(message!));
  }

  get events(): readonly { readonly id: string; readonly event: NonNullable<Event['event']> }[] {
    return this.messages.flatMap((message) =>
      message.$case === 'event' ? [{ id: message.value.id, event: message.value.event!.event! }] : [],
    );
  }

  get kinds(): readonly string[] {
    return this.events.map(({ event }) => event.$case);
  }
}

describe('WatchEvents', () => {
  let rpc: Rpc;
  const watches: Watch[] = [];

  beforeEach(async () => {
    rpc = await Rpc.open();
  });
  afterEach(async () => {
    for (const { call } of watches.splice(0)) call.cancel();
    await rpc.close();
  });

  function watch(request: Partial<WatchEventsRequest> | Buffer = {}, of = rpc): Watch {
    const made = new Watch(of, request);
    watches.push(made);
    return made;
  }

  /** A watcher of what comes from now on, which the node has begun to serve. */
  async function watching(request: Partial<WatchEventsRequest> = {}): Promise<Watch> {
    const made = watch({ after: String(rpc.lone.index), ...request });
    await new Promise((resolve) => made.call.once('metadata', resolve));
    return made;
  }

  async function reserve(holder = 'car-1', pointId = '1', hours = 1): Promise<string> {
    const stops = [wanted(pointId, rpc.lone.nowMs + hours * HOUR_MS)];
    return (await rpc.call(S.reserve, { holder, stops })).reservationId;
  }

  const filter = { holder: '', reservationId: '', pointId: '', company: '', kinds: [] as string[] };

  it('tells what happens as it happens, in order, with ids and ledger time', async () => {
    const watched = await watching({ holder: 'car-1' });
    const reservationId = await reserve();
    await rpc.call(P.reportPointStatus, {
      ...{ pointId: '1', status: PointStatus.FAULTED, until: timestampOf(rpc.lone.nowMs + 9 * HOUR_MS) },
    });
    await eventually(() => watched.kinds.includes('notice'));
    const made = rpc.lone.index - 1;
    const [first, second] = watched.events;
    expect(first).toEqual({
      id: `${made}.0`,
      event: {
        $case: 'reservation',
        value: {
          ...{ reservationId, holder: 'car-1', who: '', reason: '' },
          ...{ from: ReservationState.UNSPECIFIED, to: ReservationState.CONFIRMED },
        },
      },
    });
    expect(second!.event).toMatchObject({
      $case: 'stop',
      value: {
        stop: 0,
        pointId: '1',
        company: 'empresa_a',
        from: StopState.UNSPECIFIED,
        to: StopState.PLANNED,
      },
    });
    const notice = watched.events.find(({ event }) => event.$case === 'notice');
    expect(notice?.event.value).toMatchObject({
      ...{ holder: 'car-1', kind: NoticeKind.STOP_DISPLACED, reservationId, closed: false },
    });
    expect(watched.messages[0]).toMatchObject({ value: { at: timestampOf(rpc.lone.nowMs) } });
    const ids = watched.events.map(({ id }) => id.split('.').map(Number) as [number, number]);
    expect(ids).toEqual(ids.toSorted(([a, b], [c, d]) => a - c || b - d));
  });

  it('goes on behind the event, or the index, that its caller has', async () => {
    const before = rpc.lone.index;
    for (let n = 0; n < 3; n += 1) await reserve('car-1', '1', 2 * n + 1);
    const all = watch({ after: String(before) });
    await eventually(() => all.events.length === 6);
    const { id } = all.events[2]!;
    const rest = watch({ after: id });
    await eventually(() => rest.events.length === 3);
    expect(rest.events).toEqual(all.events.slice(3));
  });

  it('resets who asks for what was never there', async () => {
    const watched = watch({ after: '999999.1' });
    await eventually(() => watched.messages.length === 1);
    const index = BigInt(rpc.lone.index);
    expect(watched.messages).toEqual([{ $case: 'reset', value: { id: String(index), index } }]);
    await reserve();
    await eventually(() => watched.events.length === 2);
  });

  it("tells what is asked for alone, and hides whom others' things belong to", async () => {
    const stops = await watching({ filter: { ...filter, kinds: ['stop'], pointId: '3' } });
    const mine = await watching({ holder: 'car-1', filter: { ...filter, holder: 'car-1' } });
    await reserve('car-1', '1');
    await reserve('car-2', '3');
    await eventually(() => stops.events.length === 1 && mine.events.length === 2);
    expect(stops.events[0]!.event.value).toMatchObject({ holder: '', pointId: '3' });
    expect(mine.events.map(({ event }) => event.$case)).toEqual(['reservation', 'stop']);
  });

  it('tells of its progress when there is nothing to tell, and goes on from there', async () => {
    const other = await Rpc.open({ lone: rpc.lone, progressMs: 20 });
    try {
      const watched = watch({ filter: { ...filter, kinds: ['company'] } }, other);
      await reserve();
      const here = String(rpc.lone.index);
      await eventually(() =>
        watched.messages.some((message) => message.$case === 'progress' && message.value.id === here),
      );
      expect(watched.events).toEqual([]);
      watched.call.cancel();
      const on = watch({ after: here });
      await reserve('car-2', '3');
      await eventually(() => on.events.length === 2);
    } finally {
      await other.close();
    }
  });

  it('keeps nothing for a caller who does not read, and tells it all later', async () => {
    const watched = await watching();
    await reserve('car-0', '2');
    await eventually(() => watched.events.length === 2);
    watched.call.pause();
    const count = 1_500;
    const from = rpc.lone.index;
    for (let n = 0; n < count; n += 1) {
      await rpc.mesh.submit(
        {
          ...{ door: 'rest', holder: `car-${n % 60}`, requestKey: `k${n}`, keyKind: 'client' },
          traceId: '1'.repeat(32),
          operation: {
            kind: 'reserve',
            holdMs: 0,
            stops: [
              {
                ...{ pointId: String((n % 14) + 1), company: '', durationMs: HOUR_MS },
                startMs: rpc.lone.nowMs + (n + 10) * HOUR_MS,
              },
            ],
          },
        },
        { timeoutMs: 1_000 },
      );
    }
    watched.call.resume();
    await eventually(() => watched.events.length === 2 + 2 * count, { timeoutMs: 20_000 });
    const ids = watched.events.slice(2).map(({ id }) => id);
    expect(ids).toEqual(
      Array.from({ length: count }, (_, n) => [`${from + 1 + n}.0`, `${from + 1 + n}.1`]).flat(),
    );
  });

  it('refuses what cannot be read, and more callers than a node serves', async () => {
    const bad = [
      watch({ after: 'yesterday' }),
      watch({ holder: 'a/b' }),
      watch({ filter: { ...filter, kinds: ['weather'] } }),
      watch(Buffer.from('ffff', 'hex')),
    ];
    await eventually(() => bad.every(({ ended }) => ended !== null));
    for (const { ended } of bad) {
      expect(ended).toMatchObject({ code: status.INVALID_ARGUMENT, status: { reason: 'BAD_REQUEST' } });
    }
    expect(bad[2]!.ended?.status?.fieldViolations).toMatchObject([{ field: 'filter.kinds[0]' }]);

    const feed = new EventFeed(rpc.mesh, { followersMax: 1, recentMax: 8, behindMax: 8, pageRecords: 8 });
    const small = await Rpc.open({ lone: rpc.lone, feed });
    try {
      const first = watch({}, small);
      await eventually(() => feed.size === 1);
      const second = watch({}, small);
      await eventually(() => second.ended !== null);
      expect(second.ended).toMatchObject({
        code: status.RESOURCE_EXHAUSTED,
        status: { reason: 'OVERLOADED' },
      });
      first.call.cancel();
      await eventually(() => feed.size === 0);
      const third = watch({}, small);
      await eventually(() => feed.size === 1);
      await small.server.close(60_000);
      await eventually(() => third.ended !== null);
      expect(third.ended).toMatchObject({ code: status.UNAVAILABLE, status: { reason: 'UNAVAILABLE' } });
    } finally {
      await small.close();
    }
  });
});

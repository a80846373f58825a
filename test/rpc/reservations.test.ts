import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { durationOf, msOf, timestampOf } from '../../src/codec/time-messages.js';
import {
  ActingAs,
  type Reservation,
  ReservationServiceService as S,
} from '../../src/gen/malha/mesh/v1/reservation.js';
import { AfterNoShow, NoticeKind, ReservationState, StopState } from '../../src/gen/malha/mesh/v1/state.js';
import { bahiaLedger } from '../support/bahia-fixture.js';
import { HOUR_MS, MINUTE_MS, Rpc, wanted, wantedFor } from './rpc-fixture.js';

const CAR = 'car-1';

describe('ReservationService', () => {
  let rpc: Rpc;

  beforeEach(async () => {
    rpc = await Rpc.open();
  });
  afterEach(() => rpc.close());

  /** So long after ledger time. */
  const at = (ms: number): number => rpc.lone.nowMs + ms;

  async function reserve(stops = [wanted('1', at(HOUR_MS)), wanted('3', at(3 * HOUR_MS))]): Promise<string> {
    return (await rpc.call(S.reserve, { holder: CAR, stops })).reservationId;
  }

  async function get(reservationId: string): Promise<Reservation> {
    return (await rpc.call(S.getReservation, { reservationId })).reservation!;
  }

  it('reserves all stops of a trip, and tells the entry and its ledger time', async () => {
    const startMs = at(HOUR_MS);
    const stops = [wanted('1', startMs), wantedFor('3', HOUR_MS, at(3 * HOUR_MS))];
    const answer = await rpc.call(S.reserve, { holder: CAR, stops });
    expect(answer.index).toBe(BigInt(rpc.lone.index));
    expect(msOf(answer.at!)).toBe(rpc.lone.nowMs);
    expect(answer.reservationId).toBe(`r${rpc.lone.index}`);
    expect(answer.stops).toEqual([
      { pointId: '1', window: { start: timestampOf(startMs), end: timestampOf(startMs + HOUR_MS) } },
      { pointId: '3', window: { start: timestampOf(at(3 * HOUR_MS)), end: timestampOf(at(4 * HOUR_MS)) } },
    ]);
    const reservation = await get(answer.reservationId);
    expect(reservation).toMatchObject({ holder: CAR, state: ReservationState.CONFIRMED, documented: false });
    expect(reservation.stops.map(({ stop, state }) => [stop, state])).toEqual([
      [0, StopState.PLANNED],
      [1, StopState.PLANNED],
    ]);
    expect(reservation.stops[1]!.terms).toMatchObject({ company: 'empresa_b', noShowFeeCentavos: 0n });
    expect(rpc.mesh.submissions.at(-1)).toMatchObject({ door: 'grpc', holder: CAR, keyKind: 'node' });
  });

  it('reserves any point of a site, from ledger time on, and does what was wanted after a no-show', async () => {
    const site = { place: 'salvador', connector: 'ccs2', minPowerWatts: 50_000 };
    const stop = { ...wantedFor('', HOUR_MS), where: { $case: 'site', value: site } } as const;
    const answer = await rpc.call(S.reserve, {
      ...{ holder: CAR, stops: [stop], afterNoShow: AfterNoShow.FREE },
    });
    expect(answer.stops.map(({ pointId }) => pointId)).toEqual(['2']);
    expect(msOf(answer.stops[0]!.window!.start!)).toBe(rpc.lone.nowMs);
    expect((await get(answer.reservationId)).afterNoShow).toBe(AfterNoShow.FREE);
  });

  it('refuses the whole with a violation for each stop that could not be had, and reserves none', async () => {
    await reserve([wanted('1', at(HOUR_MS))]);
    const stops = [wanted('1', at(HOUR_MS)), wanted('3', at(HOUR_MS)), wanted('99', at(HOUR_MS))];
    const refused = await rpc.refused(S.reserve, { holder: 'car-2', stops });
    expect(refused.code).toBe(status.FAILED_PRECONDITION);
    expect(refused.message).toBe('At least one stop could not be had, so none was reserved.');
    expect(refused.status).toEqual({
      code: status.FAILED_PRECONDITION,
      message: refused.message,
      reason: 'STOPS_UNAVAILABLE',
      metadata: {
        index: String(rpc.lone.index),
        at: new Date(rpc.lone.nowMs).toISOString(),
        conflicts: '2',
      },
      violations: [
        { type: 'POINT_TAKEN', subject: 'stop/0', description: 'point 1: the point is taken in that window' },
        { type: 'UNKNOWN_POINT', subject: 'stop/2', description: 'point 99: the point is not registered' },
      ],
    });
    const { reservations } = await rpc.call(S.listReservations, { holder: 'car-2' });
    expect(reservations).toEqual([]);
  });

  it('gives the first answer again under the same key, a refusal too, and refuses another request under it', async () => {
    const request = { holder: CAR, requestKey: 'trip-1', stops: [wanted('1', at(HOUR_MS))] };
    const first = await rpc.call(S.reserve, request);
    expect(await rpc.call(S.reserve, request)).toEqual(first);
    const other = await rpc.refused(S.reserve, { ...request, stops: [wanted('2', at(HOUR_MS))] });
    expect(other.status?.reason).toBe('KEY_REUSED');

    const taken = { ...request, holder: 'car-2' };
    const refused = await rpc.refused(S.reserve, taken);
    await rpc.call(S.cancel, { holder: CAR, reservationId: first.reservationId });
    const again = await rpc.refused(S.reserve, taken);
    expect(again.status).toEqual(refused.status);
    expect(rpc.mesh.submissions.filter(({ keyKind }) => keyKind === 'client')).toHaveLength(5);
  });

  it('gives one answer for one key, whatever door the request came through', async () => {
    const startMs = at(HOUR_MS);
    const answer = await rpc.mesh.submit(
      {
        ...{ door: 'rest', holder: CAR, requestKey: 'trip-1', keyKind: 'client', traceId: '1'.repeat(32) },
        operation: {
          kind: 'reserve',
          stops: [{ pointId: '1', company: '', startMs, durationMs: HOUR_MS }],
          holdMs: 0,
        },
      },
      { timeoutMs: 1_000 },
    );
    const again = { holder: CAR, requestKey: 'trip-1', stops: [wanted('1', startMs)] };
    expect((await rpc.call(S.reserve, again)).index).toBe(BigInt(answer.index));
  });

  it('reserves at a mesh that still runs the first version, and says so of what that does not know', async () => {
    const old = await Rpc.open({ lone: await bahiaLedger() });
    try {
      const stops = [wanted('1', old.lone.nowMs + HOUR_MS)];
      const { reservationId } = await old.call(S.reserve, { holder: CAR, stops });
      const refused = await old.refused(S.cancel, { holder: CAR, reservationId });
      expect(refused.status?.reason).toBe('VERSION_NOT_RAISED');
    } finally {
      await old.close();
    }
  });

  it('holds, extends, confirms, and says what it is then', async () => {
    const stops = [wanted('1', at(5 * HOUR_MS))];
    const { reservationId } = await rpc.call(S.reserve, {
      holder: CAR,
      stops,
      hold: durationOf(10 * MINUTE_MS),
    });
    expect(await get(reservationId)).toMatchObject({
      state: ReservationState.HELD,
      holdUntil: timestampOf(at(10 * MINUTE_MS)),
    });
    const mine = { holder: CAR, reservationId };
    const extended = await rpc.call(S.extendHold, { ...mine, hold: durationOf(HOUR_MS) });
    expect(extended.reservation).toMatchObject({
      state: ReservationState.HELD,
      holdUntil: timestampOf(at(HOUR_MS)),
    });
    const confirmed = await rpc.call(S.confirm, mine);
    expect(confirmed.reservation).toMatchObject({
      ...{ reservationId, state: ReservationState.CONFIRMED, holdUntil: undefined },
      stops: [{ stop: 0, pointId: '1', state: StopState.PLANNED }],
    });
    expect((await rpc.refused(S.confirm, mine)).status?.reason).toBe('ALREADY_CONFIRMED');
    const long = await rpc.refused(S.extendHold, { ...mine, hold: durationOf(25 * HOUR_MS) });
    expect(long).toMatchObject({ code: status.INVALID_ARGUMENT, status: { reason: 'INVALID' } });
  });

  it('changes and cancels, by number, by the index that the caller saw, and as an operator', async () => {
    const reservationId = await reserve();
    const mine = { holder: CAR, reservationId };
    const { changedIndex } = await get(reservationId);
    const changed = await rpc.call(S.change, {
      ...mine,
      ifIndex: changedIndex,
      stops: [
        { stop: { $case: 'keep', value: 0 } },
        { stop: { $case: 'new', value: wanted('4', at(4 * HOUR_MS)) } },
      ],
    });
    expect(changed.reservation!.stops.map(({ pointId, state }) => [pointId, state])).toEqual([
      ['1', StopState.PLANNED],
      ['3', StopState.RELEASED],
      ['4', StopState.PLANNED],
    ]);
    const late = await rpc.refused(S.cancel, { ...mine, ifIndex: changedIndex, stops: [2] });
    expect(late).toMatchObject({ code: status.FAILED_PRECONDITION, status: { reason: 'CHANGED_SINCE' } });
    const part = await rpc.call(S.cancel, { ...mine, stops: [2], reason: 'a nap' });
    expect(part.reservation).toMatchObject({ state: ReservationState.CONFIRMED });

    const foreign = await rpc.refused(S.cancel, { ...mine, holder: 'car-2' });
    expect(foreign).toMatchObject({ code: status.NOT_FOUND, status: { reason: 'UNKNOWN_RESERVATION' } });
    const whole = await rpc.call(S.cancel, {
      ...{ holder: 'staff', reservationId, actingAs: ActingAs.OPERATOR, reason: 'by court order' },
    });
    expect(whole.reservation).toMatchObject({ state: ReservationState.CANCELED });
    expect((await get(reservationId)).end).toMatchObject({ who: 'operator', reason: 'by court order' });
    expect((await rpc.refused(S.cancel, mine)).status?.reason).toBe('ALREADY_ENDED');
  });

  it('shifts later stops as well, and names by its number what is in the way', async () => {
    const reservationId = await reserve();
    await rpc.call(S.reserve, { holder: 'car-2', stops: [wanted('3', at(5 * HOUR_MS))] });
    const mine = { holder: CAR, reservationId, stop: 0 };
    const shifted = await rpc.call(S.shift, { ...mine, by: durationOf(HOUR_MS) });
    expect(shifted.reservation!.stops.map(({ window }) => msOf(window!.start!))).toEqual([
      at(2 * HOUR_MS),
      at(4 * HOUR_MS),
    ]);
    const refused = await rpc.refused(S.shift, { ...mine, by: durationOf(HOUR_MS) });
    expect(refused.status?.violations).toEqual([
      { type: 'POINT_TAKEN', subject: 'stop/1', description: 'point 3: the point is taken in that window' },
    ]);
  });

  it('starts and finishes stops, for the holder and for the company of the point alone', async () => {
    const reservationId = await reserve([wanted('1', at(MINUTE_MS)), wanted('3', at(MINUTE_MS))]);
    const mine = { holder: CAR, reservationId };
    const started = await rpc.call(S.startStop, { ...mine, stop: 0 });
    expect(started.reservation!.stops[0]!.state).toBe(StopState.ACTIVE);
    const company = { ...mine, holder: 'staff', actingAs: ActingAs.COMPANY };
    const finished = await rpc.call(S.finishStop, { ...company, stop: 0 });
    expect(finished.reservation!.stops[0]!.state).toBe(StopState.FULFILLED);
    const foreign = await rpc.refused(S.startStop, { ...company, stop: 1 });
    expect(foreign.status?.reason).toBe('UNKNOWN_RESERVATION');
    const unknown = await rpc.refused(S.startStop, { ...mine, stop: 7 });
    expect(unknown).toMatchObject({ code: status.NOT_FOUND, status: { reason: 'UNKNOWN_STOP' } });
    expect((await get(reservationId)).stops[0]).toMatchObject({
      startedAt: timestampOf(rpc.lone.nowMs),
      endedAt: timestampOf(rpc.lone.nowMs),
    });
  });

  it('tells a holder whose stop was displaced, proposes points instead, and takes one of them', async () => {
    const reservationId = await reserve([wanted('1', at(HOUR_MS))]);
    await rpc.call(S.displaceStop, { holder: 'staff', reservationId, stop: 0, reason: 'a flood' });
    const { notices } = await rpc.call(S.listNotices, { holder: CAR });
    expect(notices).toMatchObject([
      { kind: NoticeKind.STOP_DISPLACED, reservationId, stop: 0, reason: 'a flood', holder: CAR },
    ]);
    const mine = { holder: CAR, reservationId, stop: 0 };
    const { candidates } = await rpc.call(S.listSubstitutes, { ...mine, maxDetourMetres: 200_000 });
    expect(candidates.length).toBeGreaterThan(0);
    const [best] = candidates;
    expect(best).toMatchObject({
      window: { start: timestampOf(at(HOUR_MS)), end: timestampOf(at(2 * HOUR_MS)) },
    });
    const { reservation } = await rpc.call(S.substitute, {
      ...mine,
      candidates: candidates.map(({ pointId }) => wanted(pointId, at(HOUR_MS))),
    });
    expect(reservation!.stops).toMatchObject([{ pointId: best!.pointId, state: StopState.PLANNED }]);
    // Its notices are closed with that, so there is nothing left to acknowledge.
    const acknowledged = await rpc.call(S.acknowledgeNotices, {
      holder: CAR,
      noticeIds: notices.map(({ noticeId }) => noticeId),
    });
    expect(acknowledged.closed).toBe(0);
    const none = await rpc.refused(S.listSubstitutes, { ...mine, holder: 'car-2' });
    expect(none).toMatchObject({ code: status.NOT_FOUND, status: { reason: 'UNKNOWN_RESERVATION' } });
    const far = await rpc.refused(S.listSubstitutes, { ...mine, maxDetourMetres: 300_000 });
    expect(far).toMatchObject({ code: status.INVALID_ARGUMENT, status: { reason: 'BAD_REQUEST' } });
  });

  it('acknowledges notices under the ids that it lists', async () => {
    const reservationId = await reserve([wanted('1', at(HOUR_MS))]);
    await rpc.call(S.displaceStop, { holder: 'staff', reservationId, stop: 0, reason: 'a flood' });
    const { notices } = await rpc.call(S.listNotices, { holder: CAR });
    const noticeIds = notices.map(({ noticeId }) => noticeId);
    expect((await rpc.call(S.acknowledgeNotices, { holder: CAR, noticeIds })).closed).toBe(1);
    expect((await rpc.call(S.listNotices, { holder: CAR })).notices).toEqual([]);
  });

  it('declares a trip, whose ticket keeps others out for a while', async () => {
    const stops = [wanted('5', at(HOUR_MS)), wanted('11', at(3 * HOUR_MS))];
    const declared = await rpc.call(S.declareTrip, { holder: CAR, stops });
    expect(declared).toMatchObject({
      ticket: BigInt(rpc.lone.index),
      ticketUntil: timestampOf(at(2 * MINUTE_MS)),
      stops: [{ pointId: '5' }],
    });
    const { ticket } = await rpc.call(S.getTicket, { holder: CAR });
    expect(ticket).toMatchObject({ ticket: declared.ticket, stops: [{ pointId: '5' }, { pointId: '11' }] });
    expect((await rpc.call(S.getTicket, { holder: 'car-2' })).ticket).toBeUndefined();
    const refused = await rpc.refused(S.reserve, { holder: 'car-2', stops: [stops[1]!] });
    expect(refused.status?.violations).toMatchObject([{ type: 'POINT_PRIORITY', subject: 'stop/0' }]);
    expect((await rpc.refused(S.declareTrip, { holder: CAR, stops })).status?.reason).toBe('TICKET_LIVE');
  });

  it('waits for what is taken, lists the wish, and leaves the list again', async () => {
    const stops = [wanted('9', at(HOUR_MS))];
    await rpc.call(S.reserve, { holder: CAR, stops });
    const { waitId, endsAt } = await rpc.call(S.joinWaitlist, { holder: 'car-2', stops });
    expect(endsAt).toEqual(timestampOf(at(HOUR_MS)));
    const { wishes } = await rpc.call(S.listWishes, { holder: 'car-2' });
    expect(wishes).toMatchObject([
      { waitId, holder: 'car-2', stops, offeredReservationId: '', missedOffers: 0 },
    ]);
    await rpc.call(S.leaveWaitlist, { holder: 'car-2', waitId });
    expect((await rpc.call(S.listWishes, { holder: 'car-2' })).wishes).toEqual([]);
    const gone = await rpc.refused(S.leaveWaitlist, { holder: 'car-2', waitId });
    expect(gone).toMatchObject({ code: status.NOT_FOUND, status: { reason: 'UNKNOWN_WAIT' } });
  });

  it('lists reservations page by page, by holder, company, point and state', async () => {
    const ids = [];
    for (let n = 0; n < 5; n += 1) ids.push(await reserve([wanted('1', at((2 * n + 1) * HOUR_MS))]));
    await rpc.call(S.reserve, { holder: 'car-2', stops: [wanted('3', at(HOUR_MS))] });
    await rpc.call(S.cancel, { holder: CAR, reservationId: ids[1]! });

    const listed: string[] = [];
    let pageToken = '';
    let pages = 0;
    do {
      const page = await rpc.call(S.listReservations, { holder: CAR, pageSize: 2, pageToken });
      expect(page.reservations.length).toBeLessThanOrEqual(2);
      listed.push(...page.reservations.map((each) => each.reservationId));
      pageToken = page.nextPageToken;
      pages += 1;
    } while (pageToken !== '');
    expect(listed).toEqual(ids);
    expect(pages).toBeGreaterThanOrEqual(3);

    const count = async (filter: object): Promise<number> =>
      (await rpc.call(S.listReservations, filter)).reservations.length;
    expect(await count({})).toBe(6);
    expect(await count({ company: 'empresa_b' })).toBe(1);
    expect(await count({ pointId: '1', state: ReservationState.CANCELED })).toBe(1);
    expect(await count({ holder: 'car-3' })).toBe(0);
  });

  it('tells the history of a reservation: to its holder in full, to others what concerns them, to no other holder', async () => {
    const reservationId = await reserve();
    await rpc.refused(S.startStop, { holder: CAR, reservationId, stop: 0 });
    await rpc.call(S.cancel, { holder: CAR, reservationId, stops: [1] });
    const { items, nextPageToken } = await rpc.call(S.listHistory, { reservationId, holder: CAR });
    expect(nextPageToken).toBe('');
    expect(items.map(({ operation, result, holder }) => [operation, result, holder])).toEqual([
      ['reserve', 'reserved', CAR],
      ['cancel', 'updated', CAR],
    ]);
    expect(items[0]!.events.map(({ event }) => event?.$case).sort()).toEqual(['reservation', 'stop', 'stop']);

    const first = await rpc.call(S.listHistory, { reservationId, holder: CAR, pageSize: 1 });
    const second = await rpc.call(S.listHistory, {
      ...{ reservationId, holder: CAR, pageSize: 1, pageToken: first.nextPageToken },
    });
    expect([...first.items, ...second.items]).toEqual(items);

    const seen = await rpc.call(S.listHistory, { reservationId });
    const stops = seen.items.flatMap(({ events }) =>
      events.flatMap(({ event }) => (event?.$case === 'stop' ? [event.value] : [])),
    );
    expect(stops.map(({ stop, pointId, company }) => [stop, pointId, company])).toEqual([
      [0, '1', 'empresa_a'],
      [1, '', ''],
      [1, '', ''],
    ]);
    const foreign = await rpc.refused(S.listHistory, { reservationId, holder: 'car-2' });
    expect(foreign).toMatchObject({ code: status.NOT_FOUND, status: { reason: 'NOT_FOUND' } });
  });

  it('shows a reservation to its holder in full, to a company whom it serves, to others without the holder', async () => {
    const reservationId = await reserve([wanted('3', at(HOUR_MS))]);
    const get = async (holder: string) =>
      (await rpc.call(S.getReservation, { reservationId, holder })).reservation!;
    expect((await get(CAR)).holder).toBe(CAR);
    // The node is empresa_a's, the point empresa_b's.
    expect([(await get('')).holder, (await get('car-2')).holder]).toEqual(['', '']);
    const listed = async (filter: object) =>
      (await rpc.call(S.listReservations, filter)).reservations.map(({ holder }) => holder);
    expect([await listed({}), await listed({ holder: CAR })]).toEqual([[''], [CAR]]);
    const own = await reserve([wanted('1', at(HOUR_MS))]);
    expect((await rpc.call(S.getReservation, { reservationId: own })).reservation!.holder).toBe(CAR);
  });

  it('says of nothing that there is nothing', async () => {
    const refused = await rpc.refused(S.getReservation, { reservationId: 'r999' });
    expect(refused).toMatchObject({ code: status.NOT_FOUND, message: 'There is no such reservation.' });
    expect(refused.status?.reason).toBe('NOT_FOUND');
  });
});

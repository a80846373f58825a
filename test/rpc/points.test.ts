import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { durationOf, timestampOf } from '../../src/codec/time-messages.js';
import { Consistency } from '../../src/gen/malha/mesh/v1/call.js';
import { CompanyServiceService as C } from '../../src/gen/malha/mesh/v1/company.js';
import { PointServiceService as P } from '../../src/gen/malha/mesh/v1/point.js';
import { ReservationServiceService as S } from '../../src/gen/malha/mesh/v1/reservation.js';
import { RouteServiceService as R } from '../../src/gen/malha/mesh/v1/route.js';
import { PointStatus, StopState } from '../../src/gen/malha/mesh/v1/state.js';
import { HOUR_MS, MINUTE_MS, Rpc, wanted } from './rpc-fixture.js';

const DAY_MS = 24 * HOUR_MS;

describe('points, routes and companies over gRPC', () => {
  let rpc: Rpc;

  beforeEach(async () => {
    rpc = await Rpc.open();
  });
  afterEach(() => rpc.close());

  const at = (ms: number): number => rpc.lone.nowMs + ms;
  const window = (startMs: number, endMs: number) => ({
    start: timestampOf(startMs),
    end: timestampOf(endMs),
  });

  async function reserve(pointId: string, startMs: number, holder = 'car-1'): Promise<string> {
    return (await rpc.call(S.reserve, { holder, stops: [wanted(pointId, startMs)] })).reservationId;
  }

  describe('PointService', () => {
    it('lists all points page by page, in order, and those that match', async () => {
      const ids: string[] = [];
      let pageToken = '';
      do {
        const page = await rpc.call(P.listPoints, { pageSize: 5, pageToken });
        ids.push(...page.points.map(({ pointId }) => pointId));
        pageToken = page.nextPageToken;
      } while (pageToken !== '');
      expect(ids).toEqual(Array.from({ length: 14 }, (_, n) => String(n + 1)));
      const { points } = await rpc.call(P.listPoints, { company: 'empresa_a', place: ' SALVADOR' });
      expect(points).toMatchObject([
        { pointId: '2', company: 'empresa_a', companyDisplayId: '1', status: PointStatus.AVAILABLE },
      ]);
      expect((await rpc.call(P.listPoints, { minPowerWatts: 1_000_000_000 })).points).toEqual([]);
    });

    it('says whether a point is free, for as long as the caller wants it', async () => {
      await reserve('1', at(2 * HOUR_MS));
      const free = async (freeForMs?: number) =>
        (
          await rpc.call(P.getPoint, {
            pointId: '1',
            ...(freeForMs === undefined ? {} : { freeFor: durationOf(freeForMs) }),
          })
        ).point!.free;
      expect(await free()).toBe(false);
      expect(await free(2 * HOUR_MS)).toBe(true);
      const refused = await rpc.refused(P.getPoint, { pointId: '1', freeFor: durationOf(1) });
      expect(refused.status?.fieldViolations).toEqual([
        { field: 'free_for', description: 'must be from a minute to 30 days' },
      ]);
      expect((await rpc.refused(P.getPoint, { pointId: '99' })).code).toBe(status.NOT_FOUND);
    });

    it('shows what is taken, and whose it is at own points alone', async () => {
      const reservationId = await reserve('1', at(HOUR_MS));
      await reserve('3', at(HOUR_MS));
      const calendar = async (pointId: string) =>
        (await rpc.call(P.getPointCalendar, { pointId, window: window(at(0), at(DAY_MS)) })).calendar!;
      const booked = window(at(HOUR_MS), at(2 * HOUR_MS));
      expect(await calendar('1')).toEqual({
        ...{ pointId: '1', closed: [], outOfService: undefined, cutAt: undefined },
        booked: [{ window: booked, reservationId, stop: 0 }],
      });
      expect((await calendar('3')).booked).toEqual([{ window: booked, reservationId: '', stop: undefined }]);
      const far = await rpc.refused(P.getPointCalendar, {
        ...{ pointId: '1', window: window(at(0), at(32 * DAY_MS)) },
      });
      expect(far.status?.fieldViolations).toMatchObject([{ field: 'window' }]);
    });

    it('registers a point of its own company, which another company cannot touch', async () => {
      const point = {
        ...{ pointId: 'p.1', place: 'Salvador', connector: 'ccs2', powerWatts: 150_000 },
        ...{ latitudeMicrodegrees: -12_971_400, longitudeMicrodegrees: -38_501_400 },
      };
      await rpc.call(P.registerPoint, point);
      const found = await rpc.call(P.getPoint, { pointId: 'p.1' });
      expect(found.point).toMatchObject({ ...point, company: 'empresa_a', free: true });

      const other = await Rpc.open({ lone: rpc.lone, company: 'empresa_b' });
      try {
        const refused = await other.refused(P.deletePoint, { pointId: 'p.1' });
        expect(refused).toMatchObject({ code: status.PERMISSION_DENIED, status: { reason: 'NOT_OWNER' } });
      } finally {
        await other.close();
      }
      const wrong = await rpc.refused(P.registerPoint, { ...point, pointId: 'two words' });
      expect(wrong).toMatchObject({ code: status.INVALID_ARGUMENT, status: { reason: 'INVALID' } });
      expect((await rpc.call(P.deletePoint, { pointId: 'p.1' })).leaving).toBeUndefined();
      expect((await rpc.refused(P.getPoint, { pointId: 'p.1' })).code).toBe(status.NOT_FOUND);
    });

    it('reports a status, and says how many stops that displaced', async () => {
      const reservationId = await reserve('1', at(HOUR_MS));
      const { update } = await rpc.call(P.reportPointStatus, {
        ...{ pointId: '1', status: PointStatus.FAULTED, until: timestampOf(at(DAY_MS)) },
      });
      expect(update).toEqual({ displaced: 1, told: 0, more: false });
      const { reservation } = await rpc.call(S.getReservation, { reservationId });
      expect(reservation!.stops[0]).toMatchObject({ state: StopState.DISPLACED, reason: 'faulted' });
      const { calendar } = await rpc.call(P.getPointCalendar, {
        ...{ pointId: '1', window: window(at(0), at(2 * DAY_MS)) },
      });
      expect(calendar!.outOfService).toEqual(window(at(0), at(DAY_MS)));
      const { point } = await rpc.call(P.getPoint, { pointId: '1' });
      expect(point).toMatchObject({ status: PointStatus.FAULTED, statusUntil: timestampOf(at(DAY_MS)) });

      await rpc.call(P.reportPointStatus, { pointId: '1', status: PointStatus.AVAILABLE });
      expect((await rpc.call(P.getPoint, { pointId: '1' })).point!.statusUntil).toBeUndefined();
      const none = await rpc.refused(P.reportPointStatus, { pointId: '1' });
      expect(none.status?.fieldViolations).toEqual([{ field: 'status', description: 'is missing' }]);
    });

    it('sets opening hours, unless stops would stand in a closed time, and deletes a point that has stops only on a word', async () => {
      const reservationId = await reserve('1', at(HOUR_MS));
      const schedule = {
        utcOffsetMinutes: -180,
        weekly: [{ startMinute: 0, endMinute: 60 }],
        maintenance: [window(at(DAY_MS), at(2 * DAY_MS))],
      };
      const refused = await rpc.refused(P.setPointSchedule, { pointId: '1', schedule });
      expect(refused.status).toMatchObject({
        reason: 'HAS_BOOKINGS',
        violations: [{ type: 'POINT_CLOSED', subject: 'stop/0' }],
      });
      expect(refused.message).toContain(reservationId);
      const set = await rpc.call(P.setPointSchedule, { pointId: '1', schedule, displace: true });
      expect(set.update?.displaced).toBe(1);
      expect((await rpc.call(P.getPointSchedule, { pointId: '1' })).schedule).toEqual(schedule);
      expect((await rpc.call(P.getPointSchedule, { pointId: '2' })).schedule).toBeUndefined();

      await reserve('2', at(MINUTE_MS));
      expect((await rpc.refused(P.deletePoint, { pointId: '2' })).status?.reason).toBe('HAS_BOOKINGS');
      await rpc.call(P.deletePoint, { pointId: '2', displace: true });
      expect((await rpc.refused(P.getPoint, { pointId: '2' })).code).toBe(status.NOT_FOUND);
    });
  });

  describe('RouteService', () => {
    it('lists routes page by page; a token of what was deleted meanwhile begins anew', async () => {
      const first = await rpc.call(R.listRoutes, { pageSize: 3 });
      expect(first.routes.map(({ routeId }) => routeId)).toEqual(['1', '2', '3']);
      const { nextPageToken: pageToken } = first;
      const second = await rpc.call(R.listRoutes, { pageSize: 3, pageToken });
      expect(second.routes.map(({ routeId }) => routeId)).toEqual(['4', '5']);
      expect(second.nextPageToken).toBe('');
      await rpc.call(R.deleteRoute, { routeId: '3' });
      const refused = await rpc.refused(R.listRoutes, { pageSize: 3, pageToken });
      expect(refused.status?.fieldViolations).toMatchObject([{ field: 'page_token' }]);
    });

    it('shows a route with its points, and what is taken along it', async () => {
      const { route } = await rpc.call(R.getRoute, { routeId: '1' });
      expect(route).toMatchObject({ name: 'Rota Feira de Santana - Salvador', company: 'empresa_a' });
      expect(route!.points.map(({ pointId }) => pointId)).toEqual(['1', '6', '7', '8', '2']);
      expect(route!.legMetres).toHaveLength(4);
      const reservationId = await reserve('2', at(HOUR_MS));
      const { calendars } = await rpc.call(R.getRouteCalendar, {
        ...{ routeId: '1', window: window(at(0), at(DAY_MS)) },
      });
      expect(calendars.map(({ pointId, booked }) => [pointId, booked.length])).toEqual([
        ['1', 0],
        ['6', 0],
        ['7', 0],
        ['8', 0],
        ['2', 1],
      ]);
      expect(calendars[4]!.booked[0]!.reservationId).toBe(reservationId);
      const unknown = await rpc.refused(R.getRouteCalendar, {
        ...{ routeId: 'x', window: window(at(0), at(DAY_MS)) },
      });
      expect(unknown.code).toBe(status.NOT_FOUND);
    });

    it('registers and deletes a route of its own company', async () => {
      const route = { routeId: 'r.1', name: 'Curta', pointIds: ['1', '2'], legMetres: [110_000] };
      await rpc.call(R.registerRoute, route);
      expect((await rpc.call(R.getRoute, { routeId: 'r.1' })).route).toMatchObject({ legMetres: [110_000] });
      const foreign = await rpc.refused(R.registerRoute, { ...route, routeId: 'r.2', pointIds: ['3', '1'] });
      expect(foreign.status?.reason).toBe('NOT_OWNER');
      await rpc.call(R.deleteRoute, { routeId: 'r.1' });
      const gone = await rpc.refused(R.deleteRoute, { routeId: 'r.1' });
      expect(gone).toMatchObject({ code: status.NOT_FOUND, status: { reason: 'UNKNOWN_ROUTE' } });
    });
  });

  describe('CompanyService', () => {
    it('lists companies and shows one', async () => {
      const { companies } = await rpc.call(C.listCompanies, {});
      expect(companies.map(({ company, displayId }) => [company, displayId])).toEqual([
        ['empresa_a', '1'],
        ['empresa_b', '2'],
        ['empresa_c', '3'],
      ]);
      const { company } = await rpc.call(C.getCompany, { company: 'empresa_c' });
      expect(company?.name).toBe('MarioPower');
      expect((await rpc.refused(C.getCompany, { company: 'x' })).code).toBe(status.NOT_FOUND);
    });

    it('sets the policy of its own company, by which stops are judged from then on', async () => {
      const before = await rpc.call(C.getPolicy, { company: 'empresa_a' });
      expect(before.isDefault).toBe(true);
      const policy = {
        ...before.policy!,
        minNotice: durationOf(2 * HOUR_MS),
        reservationFeeCentavos: 150n,
      };
      await rpc.call(C.setPolicy, { company: 'empresa_a', policy });
      const after = await rpc.call(C.getPolicy, { company: 'empresa_a' });
      expect(after).toMatchObject({ policy, isDefault: false });
      const soon = await rpc.refused(S.reserve, { holder: 'car-1', stops: [wanted('1', at(HOUR_MS))] });
      expect(soon.status?.violations).toMatchObject([{ type: 'TOO_SOON' }]);
      const reservationId = await reserve('1', at(3 * HOUR_MS));
      const { reservation } = await rpc.call(S.getReservation, { reservationId });
      expect(reservation!.stops[0]!.terms).toMatchObject({ reservationFeeCentavos: 150n });

      const negative = { ...policy, noShowFeeCentavos: -1n };
      const refused = await rpc.refused(C.setPolicy, { policy: negative });
      expect(refused.status?.fieldViolations).toMatchObject([{ field: 'policy.no_show_fee_centavos' }]);
      const wrong = await rpc.refused(C.setPolicy, { company: 'empresa_b', policy });
      expect(wrong).toMatchObject({ code: status.PERMISSION_DENIED, status: { reason: 'NOT_OWNER' } });
      const bad = await rpc.refused(C.setPolicy, { policy: { ...policy, late: durationOf(1) } });
      expect(bad).toMatchObject({ code: status.INVALID_ARGUMENT, status: { reason: 'INVALID' } });
    });

    it('registers and removes its own company, unless it has points', async () => {
      await rpc.call(C.registerCompany, { name: 'Henry', displayId: '1' });
      const { company } = await rpc.call(C.getCompany, { company: 'empresa_a' });
      expect(company?.name).toBe('Henry');
      const refused = await rpc.refused(C.removeCompany, { company: 'empresa_a' });
      expect(refused.status?.reason).toBe('COMPANY_NOT_EMPTY');
      const fresh = await Rpc.open({ lone: rpc.lone, company: 'empresa_d' });
      try {
        await fresh.call(C.registerCompany, { name: 'D', displayId: '4' });
        await fresh.call(C.removeCompany, {});
        expect((await rpc.refused(C.getCompany, { company: 'empresa_d' })).code).toBe(status.NOT_FOUND);
      } finally {
        await fresh.close();
      }
    });
  });

  it('answers stale reads at once, and says how old they may be', async () => {
    rpc.mesh.failFreshReads = 'UNAVAILABLE';
    rpc.mesh.ageMs = 1_234;
    const refused = await rpc.refused(P.getPoint, { pointId: '1' });
    expect(refused).toMatchObject({
      code: status.UNAVAILABLE,
      status: { reason: 'UNAVAILABLE', retryDelayMs: 1_000 },
    });
    const stale = { consistency: Consistency.STALE } as const;
    for (const answer of [
      await rpc.call(P.getPoint, { pointId: '1', ...stale }),
      await rpc.call(P.listPoints, stale),
      await rpc.call(R.getRouteCalendar, { routeId: '1', window: window(at(0), at(1)), ...stale }),
      await rpc.call(C.listCompanies, stale),
      await rpc.call(S.listReservations, stale),
    ]) {
      expect(answer).toMatchObject({
        index: BigInt(rpc.lone.index),
        at: timestampOf(rpc.lone.nowMs),
        age: durationOf(1_234),
      });
    }
    rpc.mesh.failFreshReads = null;
    expect((await rpc.call(P.getPoint, { pointId: '1' })).age).toBeUndefined();
  });
});

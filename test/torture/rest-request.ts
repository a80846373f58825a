/** Operations as REST requests, as docs/rest.md has them. */
import type { ChangedStop, Door, Operation, WantedStop } from '../../src/ledger/command.js';

/** How long a reservation of a documented route lasts. */
export const DOCUMENTED_MS = 240 * 60_000;

export interface RestRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: object;
}

/** The request that asks for an operation through a door. Throws for one that the torture does not know. */
export function requestFor(operation: Operation, door: Door): RestRequest {
  if (door === 'legacy-rest') return documentedRequest(operation);
  switch (operation.kind) {
    case 'reserve': {
      const { stops, holdMs, afterNoShow } = operation;
      const body = { stops: stops.map(stopText), ...hold(holdMs), ...(afterNoShow && { afterNoShow }) };
      return { method: 'POST', path: '/v1/reservations', body };
    }
    case 'declare-trip': {
      const { stops, holdMs, afterNoShow } = operation;
      return {
        method: 'POST',
        path: '/v1/trips',
        body: { stops: stops.map(stopText), ...hold(holdMs), afterNoShow },
      };
    }
    case 'join-waitlist': {
      const { stops, afterNoShow } = operation;
      return { method: 'POST', path: '/v1/waitlist', body: { stops: stops.map(stopText), afterNoShow } };
    }
    case 'leave-waitlist':
      return { method: 'DELETE', path: `/v1/waitlist/${operation.waitId}` };
    case 'confirm':
      return { method: 'POST', path: onReservation(operation, 'confirm') };
    case 'extend-hold':
      return { method: 'POST', path: onReservation(operation, 'extend'), body: ttl(operation.holdMs) };
    case 'cancel': {
      const { stops, as, reason } = operation;
      const body = { as, reason, ...(stops.length > 0 && { stops }) };
      return { method: 'POST', path: onReservation(operation, 'cancel'), body };
    }
    case 'change':
      return {
        method: 'POST',
        path: onReservation(operation, 'replan'),
        body: { stops: operation.stops.map(stopText) },
      };
    case 'shift': {
      const { stop, byMs } = operation;
      return {
        method: 'POST',
        path: onReservation(operation, 'shift'),
        body: { stop, byMinutes: byMs / 60_000 },
      };
    }
    case 'start-stop':
    case 'finish-stop': {
      const verb = operation.kind === 'start-stop' ? 'start' : 'finish';
      const path = onReservation(operation, `stops/${operation.stop}/${verb}`);
      return { method: 'POST', path, body: { as: operation.as } };
    }
    case 'report-status': {
      const { pointId, status, untilMs } = operation;
      const body = { status, ...(untilMs > 0 && { until: new Date(untilMs).toISOString() }) };
      return { method: 'POST', path: `/v1/points/${pointId}/status`, body };
    }
    default:
      throw new Error(`the torture asks for no ${operation.kind}`);
  }
}

function documentedRequest(operation: Operation): RestRequest {
  switch (operation.kind) {
    case 'reserve': {
      const ids = operation.stops.map(({ pointId }) => pointId);
      return { method: 'POST', path: `/reserve-points/${ids.join(',')}` };
    }
    case 'release':
      return { method: 'POST', path: `/cancel-reservation/${operation.pointIds.join(',')}` };
    default:
      throw new Error(`no documented route asks for ${operation.kind}`);
  }
}

function onReservation({ reservationId }: { readonly reservationId: string }, what: string): string {
  return `/v1/reservations/${reservationId}/${what}`;
}

function hold(holdMs: number): object {
  return holdMs > 0 ? { hold: ttl(holdMs) } : {};
}

function ttl(holdMs: number): { readonly ttlSeconds: number } {
  return { ttlSeconds: holdMs / 1_000 };
}

function stopText(stop: ChangedStop | WantedStop): object {
  if ('keep' in stop) return stop;
  const { pointId, site, startMs, durationMs } = stop;
  if (startMs === 'now') throw new Error('v1 says when a window starts');
  const times = { start: new Date(startMs).toISOString(), end: new Date(startMs + durationMs).toISOString() };
  if (site === undefined) return { pointId, ...times };
  return { site: site.place, connector: site.connector, minKw: site.minPowerWatts / 1_000, ...times };
}

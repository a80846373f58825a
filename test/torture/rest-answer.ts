/** What REST answers say, as far as a client can see it: the result of the entry that `Malha-Index` names, or a view. */
import type { Operation } from '../../src/ledger/command.js';
import type { RefusalReason, Result } from '../../src/ledger/result.js';
import type { Seen } from '../checker/seen.js';
import type { Heard } from './recorder.js';

export interface RestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: unknown;
}

interface StopText {
  readonly number: number;
  readonly pointId: string;
  readonly start: string;
  readonly end: string;
  readonly state: 'PLANNED';
}

interface ReservationText {
  readonly id: string;
  readonly vehicleId: string;
  readonly state: 'HELD';
  readonly holdUntil: string | null;
  readonly stops: readonly StopText[];
}

/**
 * What the client of a write heard. An answer with `Malha-Index` is a decision of the ledger; 503 promises that nothing was
 * proposed. Throws for an answer that no sound request gets.
 */
export function heardOfWrite(operation: Operation, { status, headers, json }: RestAnswer): Heard {
  const index = headers.get('Malha-Index');
  if (index === null) {
    if (status === 503) return { kind: 'denied', reason: '503' };
    if (status === 504 || status === 500) return { kind: 'unknown', reason: `${status}` };
    throw new Error(`${operation.kind} is answered ${status}: ${JSON.stringify(json)}`);
  }
  const at = headers.get('Malha-At');
  const result = status < 300 ? grantedOf(operation, json) : refusedOf(json);
  return {
    kind: 'answer',
    reply: { kind: 'result', index: Number(index), atMs: at === null ? null : Date.parse(at), result },
  };
}

/** What the client of a read heard; `viewOf` reads the body. A read that failed did nothing. */
export function heardOfRead(
  { status, headers, json }: RestAnswer,
  viewOf: (json: unknown) => unknown,
): Heard {
  const index = headers.get('Malha-Index');
  if (status !== 200 || index === null) return { kind: 'denied', reason: `${status}` };
  const stale = headers.get('Malha-Age-Ms') !== null;
  const view = viewOf(json) as object;
  return { kind: 'answer', reply: { kind: 'view', index: Number(index), atMs: null, stale, view } };
}

/** Of `GET /v1/reservations?vehicle=…`. */
export function reservationsView(json: unknown): unknown {
  const { items } = json as { readonly items: readonly ReservationText[] };
  return items.map(({ id, vehicleId: holder, state, stops }) => ({
    id,
    holder,
    state,
    stops: stops.map(({ pointId, start, end, state: now }) => ({
      ...windowOf({ pointId, start, end }),
      state: now,
    })),
  }));
}

/** Of `GET /points`. */
export function pointsView(json: unknown): unknown {
  const points = json as readonly {
    id: string;
    localizacao: string;
    disponivel: boolean;
    empresa_id: string;
  }[];
  return points.map(({ id, localizacao, disponivel, empresa_id }) => ({
    point: { id, place: localizacao },
    companyDisplayId: empresa_id,
    free: disponivel,
  }));
}

function grantedOf(operation: Operation, json: unknown): Seen<Result> {
  switch (operation.kind) {
    case 'reserve': {
      const { reservados } = json as { readonly reservados?: readonly string[] };
      if (reservados !== undefined)
        return { kind: 'reserved', stops: reservados.map((pointId) => ({ pointId })) };
      const { id, stops } = json as ReservationText;
      return { kind: 'reserved', reservationId: id, stops: stops.map(windowOf) };
    }
    case 'release':
      return { kind: 'released', pointIds: (json as { readonly cancelados: readonly string[] }).cancelados };
    case 'declare-trip': {
      const { ticket, ticketUntil, reservation } = json as {
        readonly ticket: number;
        readonly ticketUntil: string;
        readonly reservation: ReservationText;
      };
      const { id: reservationId, stops } = reservation;
      const ticketUntilMs = Date.parse(ticketUntil);
      return { kind: 'trip-declared', reservationId, ticket, ticketUntilMs, stops: stops.map(windowOf) };
    }
    case 'join-waitlist': {
      const { id: waitId, endsAt } = json as { readonly id: string; readonly endsAt: string };
      return { kind: 'waiting', waitId, endsAtMs: Date.parse(endsAt) };
    }
    case 'leave-waitlist':
      return { kind: 'removed', id: (json as { readonly id: string }).id };
    case 'report-status': {
      const { pointId, displaced, told, more } = json as Extract<Result, { kind: 'point-updated' }>;
      return { kind: 'point-updated', pointId, displaced, told, more };
    }
    default: {
      const { id: reservationId, state, holdUntil, stops } = json as ReservationText;
      return {
        kind: 'updated',
        reservationId,
        state,
        holdUntilMs: holdUntil === null ? 0 : Date.parse(holdUntil),
        stops: stops.map((stop) => ({ ...windowOf(stop), stop: stop.number, state: stop.state })),
      };
    }
  }
}

function refusedOf(json: unknown): Seen<Result> {
  const { indisponiveis, nao_cancelados } = json as {
    readonly indisponiveis?: readonly string[];
    readonly nao_cancelados?: readonly string[];
  };
  // All that were named, for none was cancelled: it does not say which one it was for.
  if (nao_cancelados !== undefined) return { kind: 'refused', reason: 'NOTHING_RELEASED' };
  if (indisponiveis !== undefined) {
    const conflicts = indisponiveis.map((pointId) => ({ pointId }));
    return { kind: 'refused', reason: 'STOPS_UNAVAILABLE', conflicts };
  }
  const { type, conflicts } = json as {
    readonly type?: string;
    readonly conflicts?: readonly { stop: number; pointId: string | null; reason: 'POINT_TAKEN' }[];
  };
  // A documented route says no more than its status.
  if (type === undefined) return { kind: 'refused' };
  const reason = type
    .slice(type.lastIndexOf(':') + 1)
    .toUpperCase()
    .replaceAll('-', '_') as RefusalReason;
  return {
    kind: 'refused',
    reason,
    conflicts: (conflicts ?? []).map(({ stop, pointId, reason: why }) => ({
      stop,
      pointId: pointId ?? '',
      reason: why,
    })),
  };
}

function windowOf({ pointId, start, end }: Pick<StopText, 'pointId' | 'start' | 'end'>) {
  return { pointId, startMs: Date.parse(start), endMs: Date.parse(end) };
}

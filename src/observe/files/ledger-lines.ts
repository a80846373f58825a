/**
 * What one entry of the ledger says in a company's files. Pure: the same record gives the same lines in the same order.
 *
 * - `reservas`: the reservations that concern a point of the company, or whose request its node took; what was refused there.
 * - `pontos`: status and usage of its points.
 * - `veiculos`: when vehicles began and ended to charge, at its points or by its node.
 * Of stops at other companies' points a company learns only that there are some, unless its own node took the request.
 */
import type { ReadRecord } from '../../doors/trail-record.js';
import type { LedgerEvent } from '../../ledger/event.js';
import { LEDGER_KINDS, type LedgerKind, type Line } from './day-file.js';

/** Operations about points, companies and the ledger itself: their refusals are no matter of reservations. */
const NO_RESERVATIONS: ReadonlySet<ReadRecord['kind']> = new Set([
  ...(['register-company', 'register-point', 'register-route', 'set-policy', 'set-schedule'] as const),
  ...(['report-status', 'delete-point', 'delete-route', 'remove-company', 'expire', 'prune'] as const),
  ...(['raise-version', 'acknowledge'] as const),
]);

/** A line's own part: what stands before it is that of its entry. */
type Said = Readonly<Record<string, unknown>>;

type StopEvent = Extract<LedgerEvent, { kind: 'stop' }>;

/** A line with its number in its file and entry. */
export interface LedgerLine extends Line {
  readonly kind: LedgerKind;
  readonly k: number;
}

/** `own`: those of its reservations that ever had a stop at a point of `company`. */
export function linesOfRecord(
  record: ReadRecord,
  company: string,
  own: ReadonlySet<string>,
): readonly LedgerLine[] {
  const isOrigin = record.originCompany === company;
  const said: Record<LedgerKind, readonly Said[]> = {
    reservas: aboutReservations(record, company, own, isOrigin),
    pontos: record.events.flatMap((event) => aboutPoint(event, company)),
    veiculos: record.events.flatMap((event) => aboutCharging(event, company, isOrigin)),
  };
  const { index, atMs, kind: operation, door, originCompany, traceId } = record;
  const at = new Date(atMs).toISOString();
  const envelope = { operation, door, originCompany: orNull(originCompany), traceId };
  return LEDGER_KINDS.flatMap((kind) =>
    said[kind].map((one, k) => {
      const { kind: what, ...rest } = one;
      return {
        kind,
        k,
        atMs,
        text: JSON.stringify({ kind: what, v: 1, index, k, at, ...rest, ...envelope }),
      };
    }),
  );
}

function aboutReservations(
  { kind, holder, result, events }: ReadRecord,
  company: string,
  own: ReadonlySet<string>,
  isOrigin: boolean,
): readonly Said[] {
  const outcome = { result: result.kind };
  const byReservation = new Map<string, LedgerEvent[]>();
  for (const event of events) {
    if (!isToldOfReservation(event) || !(isOrigin || own.has(event.reservationId))) continue;
    const told = byReservation.get(event.reservationId);
    if (told === undefined) byReservation.set(event.reservationId, [event]);
    else told.push(event);
  }
  const lines = [...byReservation].map(([reservationId, told]) => {
    const first = told.find((event) => 'holder' in event);
    const vehicleId = orNull(first !== undefined && 'holder' in first ? first.holder : '');
    const events = told.map((event) => shown(event, company, isOrigin));
    const what = reservationId === '' ? { kind: 'wish' } : { kind: 'reservation', reservationId };
    return { ...what, vehicleId, ...outcome, events };
  });
  if (lines.length > 0 || !isOrigin || NO_RESERVATIONS.has(kind)) return lines;
  const vehicleId = orNull(holder);
  if (result.kind !== 'refused') return [{ kind: 'request', vehicleId, ...outcome }];
  const { reason, conflicts } = result;
  return [{ kind: 'refusal', vehicleId, ...outcome, reason, conflicts }];
}

type ToldEvent = Extract<LedgerEvent, { kind: 'reservation' | 'stop' | 'ticket' | 'wait' }>;

/** Whether the event belongs into `reservas`, if its reservation does. */
export function isToldOfReservation(event: LedgerEvent): event is ToldEvent {
  return ['reservation', 'stop', 'ticket', 'wait'].includes(event.kind);
}

/** An event without what its line says of all of them. */
function shown(event: LedgerEvent, company: string, isOrigin: boolean): Said {
  switch (event.kind) {
    case 'reservation': {
      const { kind, from, to, who, reason } = event;
      return { kind, from: orNull(from), to, who, reason };
    }
    case 'stop': {
      if (isOrigin || event.company === company) return { kind: 'stop', ...stopOf(event) };
      return { kind: 'foreign-stop', number: event.stop, from: orNull(event.from), to: event.to };
    }
    case 'ticket':
      return { kind: event.kind, ticket: event.ticket, to: event.to };
    case 'wait':
      return { kind: event.kind, waitId: event.waitId, to: event.to };
    case 'point':
    case 'company':
    case 'notice':
    case 'pruned':
      throw new Error(`AssertionError: no line of reservas tells an event ${event.kind}`);
  }
}

function stopOf({ stop, pointId, company, startMs, endMs, from, to, reason }: StopEvent): Said {
  const window = { start: new Date(startMs).toISOString(), end: new Date(endMs).toISOString() };
  return { number: stop, pointId, company: orNull(company), ...window, from: orNull(from), to, reason };
}

function aboutPoint(event: LedgerEvent, company: string): readonly Said[] {
  if (!('company' in event) || event.company !== company) return [];
  switch (event.kind) {
    case 'point': {
      const { pointId, status, untilMs } = event;
      const until = untilMs === 0 ? null : new Date(untilMs).toISOString();
      return [{ kind: 'status', pointId, status, until }];
    }
    case 'stop': {
      const { reservationId, holder: vehicleId } = event;
      const { pointId, company: _, ...stop } = stopOf(event);
      return [{ kind: 'usage', pointId, reservationId, vehicleId, ...stop }];
    }
    case 'company':
      return event.what === 'schedule' ? [{ kind: 'schedule', pointId: event.id, to: event.to }] : [];
  }
}

function aboutCharging(event: LedgerEvent, company: string, isOrigin: boolean): readonly Said[] {
  if (event.kind !== 'stop' || !(isOrigin || event.company === company)) return [];
  const kind = chargingOf(event);
  if (kind === null) return [];
  const { reservationId, holder: vehicleId, stop: number, pointId } = event;
  return [{ kind, vehicleId, pointId, reservationId, number }];
}

function chargingOf({ from, to }: StopEvent): 'charging-started' | 'charging-ended' | null {
  if (to === 'ACTIVE' && from !== 'ACTIVE') return 'charging-started';
  return from === 'ACTIVE' && to !== 'ACTIVE' ? 'charging-ended' : null;
}

/** '' stands for none in the ledger, null in JSON. */
function orNull(text: string): string | null {
  return text === '' ? null : text;
}

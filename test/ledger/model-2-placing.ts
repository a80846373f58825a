/**
 * How a stop is had, a second time and as plainly as can be: every row of the table is asked of every stop, over lists
 * that are searched from end to end. Written from docs/reservations.md, to be compared with the code.
 */
import type { WantedStop } from '../../src/ledger/command.js';
import type { Conflict, ConflictReason, RefusalReason, Result } from '../../src/ledger/result.js';
import type { Point, Reservation, Schedule, Stop, Ticket } from '../../src/ledger/state.js';
import type { PolicyTerms } from '../../src/ledger/terms.js';

export type Mutable<T> = { -readonly [K in keyof T]: T[K] };
export type ModelStop = Mutable<Stop>;
export type ModelReservation = Mutable<Omit<Reservation, 'stops'>> & { stops: ModelStop[] };

/** The rows that others write. */
export interface World {
  readonly companies: readonly { readonly id: string; readonly displayId: string }[];
  readonly policies: ReadonlyMap<string, PolicyTerms>;
  readonly points: Mutable<Point>[];
  readonly schedules: readonly Schedule[];
  readonly tickets: readonly Ticket[];
}

export interface Asking {
  readonly holder: string;
  readonly documented: boolean;
  readonly nowMs: number;
  readonly isShift: boolean;
  /** Stops whose windows do not count. */
  readonly without: readonly Stop[];
}

const WEEK_MINUTES = 10_080;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export type Refusal = Extract<Result, { kind: 'refused' }>;

/** From when on and until when an open stop keeps others from its point. */
export function span(stop: Stop): { from: number; to: number } {
  const from = stop.startedAtMs > 0 && stop.startedAtMs < stop.startMs ? stop.startedAtMs : stop.startMs;
  return { from, to: stop.endMs + (stop.terms === null ? 0 : stop.terms.bufferMs) };
}

export function isOpen(stop: Stop): boolean {
  return stop.state === 'PLANNED' || stop.state === 'ACTIVE';
}

export function newStop(world: World, pointId: string, startMs: number, durationMs: number): ModelStop {
  const company = world.points.find(({ id }) => id === pointId)?.company;
  const policy = company === undefined ? undefined : world.policies.get(company)!;
  const { minNoticeMs: _, horizonMs: __, durationMaxMs: ___, ...agreed } = policy ?? ({} as PolicyTerms);
  return {
    pointId,
    startMs,
    endMs: startMs + durationMs,
    state: 'PLANNED',
    terms: company === undefined ? null : { company, ...agreed },
    startedAtMs: 0,
    endedAtMs: 0,
    overstaying: false,
    reason: '',
    owedCentavos: 0,
  };
}

/** Every reason that holds, in the order of the table. */
export function reasonsAgainst(
  world: World,
  reservations: readonly ModelReservation[],
  stop: Stop,
  others: readonly Stop[],
  company: string,
  asking: Asking,
): readonly ConflictReason[] {
  const { nowMs, without, holder } = asking;
  const point = world.points.find(({ id }) => id === stop.pointId);
  if (point === undefined || point.leaving) return ['UNKNOWN_POINT'];
  const owner = world.companies.find(({ id }) => id === point.company)!;
  const policy = world.policies.get(owner.id)!;
  const isActive = stop.state === 'ACTIVE';
  const mine = span(stop);
  const meets = (from: number, to: number) => from < mine.to && mine.from < to;
  const reasons: ConflictReason[] = [];
  if (!['', owner.id, owner.displayId].includes(company)) reasons.push('WRONG_COMPANY');
  if (point.status !== 'available' && !(isActive && point.status === 'occupied')) {
    if (stop.startMs < point.statusUntilMs && nowMs < stop.endMs) reasons.push('POINT_NOT_AVAILABLE');
  }
  if (!isActive && stop.startMs < nowMs) reasons.push('WINDOW_PAST');
  if (!asking.documented) {
    if (!asking.isShift && stop.startMs - nowMs < policy.minNoticeMs) reasons.push('TOO_SOON');
    if (stop.startMs - nowMs > policy.horizonMs) reasons.push('TOO_FAR');
    if (stop.endMs - stop.startMs > policy.durationMaxMs) reasons.push('TOO_LONG');
  }
  if (isClosed(world.schedules, stop)) reasons.push('POINT_CLOSED');
  const beside = others.filter((other) => other !== stop && other.pointId === stop.pointId).map(span);
  if (beside.some(({ from, to }) => meets(from, to))) reasons.push('STOP_REPEATED');
  const booked = reservations
    .flatMap(({ stops }) => stops)
    .filter((other) => isOpen(other) && other.pointId === stop.pointId && !without.includes(other))
    .map(span);
  if (booked.some(({ from, to }) => meets(from, to))) reasons.push('POINT_TAKEN');
  const live = world.tickets.filter(({ untilMs }) => untilMs > nowMs);
  const own = live.find((ticket) => ticket.holder === holder);
  for (const ticket of live) {
    if (own !== undefined && own.ticket <= ticket.ticket) continue;
    for (const claim of ticket.stops) {
      if (claim.pointId === stop.pointId && meets(claim.startMs, claim.endMs)) reasons.push('POINT_PRIORITY');
    }
  }
  return reasons;
}

/** All stops of a request, or what is against them. */
export function placeAll(
  world: World,
  reservations: readonly ModelReservation[],
  wanted: readonly WantedStop[],
  asking: Asking,
): { readonly stops: readonly ModelStop[]; readonly conflicts: readonly Conflict[] } {
  const startOf = ({ startMs }: WantedStop) => (startMs === 'now' ? asking.nowMs : startMs);
  const given = wanted.map((each) =>
    each.site === undefined ? newStop(world, each.pointId, startOf(each), each.durationMs) : undefined,
  );
  const conflicts: Conflict[] = [];
  wanted.forEach((each, position) => {
    const others = given.filter((stop) => stop !== undefined);
    const against = (stop: Stop) => reasonsAgainst(world, reservations, stop, others, each.company, asking);
    if (each.site === undefined) {
      const [reason] = against(given[position]!);
      if (reason !== undefined) conflicts.push({ stop: position, pointId: each.pointId, reason });
      return;
    }
    const { place, connector, minPowerWatts } = each.site;
    const candidates = world.points
      .filter((point) => point.place.trim().toLowerCase() === place.trim().toLowerCase() && !point.leaving)
      .filter((point) => point.connector === connector && point.powerWatts >= minPowerWatts)
      .sort((a, b) => a.powerWatts - b.powerWatts || Number(a.id) - Number(b.id))
      .map(({ id }) => newStop(world, id, startOf(each), each.durationMs));
    const found = candidates.find((stop) => against(stop).length === 0);
    const past = startOf(each) < asking.nowMs ? 'WINDOW_PAST' : 'NO_POINT_FREE';
    const reason = candidates.length === 0 ? 'UNKNOWN_SITE' : past;
    if (found !== undefined) given[position] = found;
    else conflicts.push({ stop: position, pointId: '', reason });
  });
  return { stops: conflicts.length > 0 ? [] : given.map((stop) => stop!), conflicts };
}

/** Whether any minute of the window is out of hours, or any moment of it in maintenance. */
function isClosed(schedules: readonly Schedule[], { pointId, startMs, endMs }: Stop): boolean {
  const schedule = schedules.find((each) => each.pointId === pointId);
  if (schedule === undefined) return false;
  if (schedule.maintenance.some((window) => window.startMs < endMs && startMs < window.endMs)) return true;
  if (schedule.weekly.length === 0) return false;
  for (let ms = startMs; ms < endMs; ms += MINUTE_MS) {
    for (const at of [ms, Math.min(ms + MINUTE_MS, endMs) - 1]) {
      // The first Monday of all was 1970-01-05.
      const minutes = Math.floor(at / MINUTE_MS) - 4 * 1_440 + schedule.utcOffsetMinutes;
      const minute = ((minutes % WEEK_MINUTES) + WEEK_MINUTES) % WEEK_MINUTES;
      if (!schedule.weekly.some((each) => each.startMinute <= minute && minute < each.endMinute)) return true;
    }
  }
  return false;
}

export function isUnsettled(stop: ModelStop): boolean {
  return isOpen(stop) || (stop.state === 'DISPLACED' && stop.endedAtMs === 0);
}

export function stopDueMs({ state, startMs, endMs, terms, overstaying }: ModelStop): number {
  if (state === 'PLANNED') return Math.min(startMs + terms!.lateMs, endMs);
  return overstaying ? endMs + 12 * HOUR_MS : endMs;
}

/** What is answered when a reservation was changed. */
export function updated(reservation: ModelReservation): Result {
  const { id, state, holdUntilMs, stops } = reservation;
  return {
    kind: 'updated',
    reservationId: id,
    state,
    holdUntilMs: state === 'HELD' ? holdUntilMs : 0,
    stops: stops.map((each, stop) => {
      const { pointId, startMs, endMs } = each;
      return { stop, pointId, startMs, endMs, state: each.state };
    }),
  };
}

export function refused(reason: RefusalReason): Refusal {
  return { kind: 'refused', reason, conflicts: [], detail: '' };
}

export function unavailable(conflicts: readonly Conflict[]): Refusal {
  return { ...refused('STOPS_UNAVAILABLE'), conflicts };
}

/** Whether a hold, were it confirmed, would have a stop that nobody may begin any more. */
export function wouldBeMissed({ documented, stops }: ModelReservation, atMs: number): boolean {
  return (
    !documented &&
    stops.some(
      ({ state, startMs, terms }) => state === 'PLANNED' && terms !== null && startMs + terms.lateMs <= atMs,
    )
  );
}

/** When the first of its windows ends that something may still become of. */
export function firstEndMs({ stops }: ModelReservation): number {
  return Math.min(...stops.filter(isUnsettled).map(({ endMs }) => endMs));
}

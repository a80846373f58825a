/**
 * Whether stops can be had. The one place that decides it (docs/reservations.md, "How a stop is had").
 *
 * 1. Each wanted stop is judged, the first reason in the order of the table is told, and one conflict refuses the whole.
 * 2. Nothing is written here: what is found free stays so until the next row is written, which must book it.
 * 3. While the mesh runs version 1 there are no policies and no terms, and rows of later versions do not exist.
 */
import type { WantedSite, WantedStop } from './command.js';
import { freeAgainMs, heldFromMs, isOpen } from './lifecycle.js';
import type { Memory } from './memory.js';
import { isOpenDuring } from './opening.js';
import { policyOf } from './policy.js';
import type { Conflict, ConflictReason } from './result.js';
import { FIRST_STOP_FIELDS } from './rows/reservation-row.js';
import type { Point, Stop } from './state.js';
import type { Window } from './terms.js';

/** A row of the table that is not asked. */
export type Waiver =
  /** How early the company wants to know. */
  | 'notice'
  | 'status'
  /** Whether two stops of the request overlap. */
  | 'repeated'
  | 'taken'
  /** Whether an older ticket comes first. */
  | 'ticket'
  /** Whether the waiting list comes first. */
  | 'freed';

/** Has every field: a stop that is made from it by replacing some takes no more memory than it must. */
const FIRST_STOP: Stop = { pointId: '', startMs: 0, endMs: 0, state: 'PLANNED', ...FIRST_STOP_FIELDS };

/** Who asks, and how. */
export interface Placing {
  /** Whose ticket, if there is one, must not be younger than those of others. */
  readonly holder: string;
  /** The command came through a documented door, which says no times: companies' rules about them are not asked. */
  readonly documented: boolean;
  readonly atMs: number;
  readonly waive?: readonly Waiver[];
  /** Stops of the holder's own reservation: the windows that the open ones hold are given up for the wanted ones. */
  readonly givesUp?: readonly Stop[];
}

export type Placed =
  /** PLANNED, in the order of the request, with the terms of today. */
  | { readonly kind: 'had'; readonly stops: readonly Stop[] }
  /** By position in the request. */
  | { readonly kind: 'conflicts'; readonly conflicts: readonly Conflict[] };

/** Decides all stops of a request. They must be within their ranges (wanted.ts). */
export function place(memory: Memory, wanted: readonly WantedStop[], placing: Placing): Placed {
  // Named points are known before any site is given one: a site takes none that the request names.
  const given = named(memory, wanted, placing);
  const conflicts: Conflict[] = [];
  wanted.forEach(({ pointId, site }, position) => {
    const reason = judge(memory, wanted, position, given, placing);
    if (reason === null) return;
    conflicts.push({ stop: position, pointId: site === undefined ? pointId : '', reason });
  });
  if (conflicts.length > 0) return { kind: 'conflicts', conflicts };
  return { kind: 'had', stops: given.map((stop) => stop!) };
}

/**
 * As `place`, for who asks only whether all can be had: null at the first conflict. Sites, which take longer to look at,
 * come last; as they take no point that the request names, that changes nothing.
 */
export function placeAll(
  memory: Memory,
  wanted: readonly WantedStop[],
  placing: Placing,
): readonly Stop[] | null {
  const given = named(memory, wanted, placing);
  const canHave = (isSite: boolean) =>
    wanted.every(
      ({ site }, position) =>
        (site !== undefined) !== isSite || judge(memory, wanted, position, given, placing) === null,
    );
  return canHave(false) && canHave(true) ? given.map((stop) => stop!) : null;
}

/** What a request's named points would be reserved as; undefined for its sites. */
function named(memory: Memory, wanted: readonly WantedStop[], { atMs }: Placing): (Stop | undefined)[] {
  return wanted.map((stop) =>
    stop.site === undefined ? plannedAt(memory, stop.pointId, windowOf(stop, atMs)) : undefined,
  );
}

/** Why the stop at this position cannot be had. Null when it can: a site is given its point, in `given`. */
function judge(
  memory: Memory,
  wanted: readonly WantedStop[],
  position: number,
  given: (Stop | undefined)[],
  placing: Placing,
): ConflictReason | null {
  const stop = wanted[position]!;
  if (stop.site === undefined) return conflictOf(memory, given[position]!, given, placing, stop.company);
  const found = assign(memory, stop, given, placing);
  if (typeof found === 'string') return found;
  given[position] = found;
  return null;
}

/**
 * Why a stop cannot be had, with `others` of the same request; null when it can. One that is ACTIVE, whose window
 * gets a new end, has begun in the past, and the car at its point is its own. `company`: as the caller named it.
 */
export function conflictOf(
  memory: Memory,
  stop: Stop,
  others: readonly (Stop | undefined)[],
  placing: Placing,
  company = '',
): ConflictReason | null {
  const { pointId, startMs, endMs } = stop;
  const { atMs, waive = [] } = placing;
  const point = memory.points.get(pointId);
  if (point === undefined || point.leaving) return 'UNKNOWN_POINT';
  if (!isCompany(memory, point.company, company)) return 'WRONG_COMPANY';
  if (!waive.includes('status') && !isAvailable(point, stop, atMs)) return 'POINT_NOT_AVAILABLE';
  // A window that starts now or later cannot have ended: a stop lasts a minute at least.
  if (startMs < atMs && stop.state !== 'ACTIVE') return 'WINDOW_PAST';
  const againstPolicy = policyConflict(memory, point, stop, placing);
  if (againstPolicy !== null) return againstPolicy;
  if (!isOpenDuring(memory.schedules.get(pointId), startMs, endMs)) return 'POINT_CLOSED';
  const held = { startMs: heldFromMs(stop), endMs: freeAgainMs(stop) };
  if (!waive.includes('repeated') && isRepeated(stop, held, others)) return 'STOP_REPEATED';
  if (!waive.includes('taken') && isTaken(memory, pointId, held, placing)) return 'POINT_TAKEN';
  return isForOthers(memory, pointId, held, placing) ? 'POINT_PRIORITY' : null;
}

/** Whether the point could be had for the whole window by somebody without a ticket, through a documented door. */
export function isFree(memory: Memory, pointId: string, window: Window, atMs: number): boolean {
  return couldHave(memory, pointId, window, { holder: '', documented: true, atMs });
}

/** Whether who asks could have the point for the whole window, under the terms of today, and nothing else with it. */
export function couldHave(memory: Memory, pointId: string, window: Window, placing: Placing): boolean {
  return conflictOf(memory, plannedAt(memory, pointId, window), [], placing) === null;
}

/** The first point of the site that can be had: the weakest that will do, then by id. */
function assign(
  memory: Memory,
  wanted: WantedSite,
  given: readonly (Stop | undefined)[],
  placing: Placing,
): Stop | ConflictReason {
  const points = memory.sites.candidates(wanted.site).filter(({ leaving }) => !leaving);
  if (points.length === 0) return 'UNKNOWN_SITE';
  const window = windowOf(wanted, placing.atMs);
  // No point of the site could tell anything else.
  if (window.startMs < placing.atMs) return 'WINDOW_PAST';
  for (const { id } of points) {
    const stop = plannedAt(memory, id, window);
    if (conflictOf(memory, stop, given, placing, wanted.company) === null) return stop;
  }
  return 'NO_POINT_FREE';
}

/** The stop that a point would be reserved as, under the terms of today. */
function plannedAt(memory: Memory, pointId: string, window: Window): Stop {
  const { startMs, endMs } = window;
  const point = memory.points.get(pointId);
  const terms = point === undefined || memory.ledgerVersion < 2 ? null : memory.terms.of(point.company);
  // The point's own id, which all stops there share.
  return { ...FIRST_STOP, pointId: point?.id ?? pointId, startMs, endMs, terms };
}

function windowOf({ startMs, durationMs }: WantedStop, atMs: number): Window {
  const resolvedMs = startMs === 'now' ? atMs : startMs;
  return { startMs: resolvedMs, endMs: resolvedMs + durationMs };
}

/** Whether a caller that names a company, by its id or its display id, or none, means this one. */
function isCompany(memory: Memory, company: string, named: string): boolean {
  return named === '' || named === company || named === memory.companies.get(company)?.displayId;
}

/** Whether the status leaves the stop its window. It says how long it lasts: windows from then on can be had. */
export function isAvailable({ status, statusUntilMs }: Point, stop: Stop, atMs: number): boolean {
  if (status === 'available' || (status === 'occupied' && stop.state === 'ACTIVE')) return true;
  const lasts = statusUntilMs === 0 || stop.startMs < statusUntilMs;
  return stop.endMs <= atMs || !lasts;
}

function policyConflict(
  memory: Memory,
  { company }: Point,
  { startMs, endMs }: Stop,
  { atMs, documented, waive = [] }: Placing,
): ConflictReason | null {
  if (documented || memory.ledgerVersion < 2) return null;
  const { minNoticeMs, horizonMs, durationMaxMs } = policyOf(memory, company);
  if (startMs < atMs + minNoticeMs && !waive.includes('notice')) return 'TOO_SOON';
  if (startMs > atMs + horizonMs) return 'TOO_FAR';
  return endMs - startMs > durationMaxMs ? 'TOO_LONG' : null;
}

function isRepeated(stop: Stop, held: Window, others: readonly (Stop | undefined)[]): boolean {
  return others.some(
    (other) =>
      other !== undefined &&
      other !== stop &&
      other.pointId === stop.pointId &&
      overlap(held, { startMs: heldFromMs(other), endMs: freeAgainMs(other) }),
  );
}

function isTaken(memory: Memory, pointId: string, held: Window, { givesUp = [] }: Placing): boolean {
  if (givesUp.length === 0) return !memory.calendar.isFree(pointId, held.startMs, held.endMs);
  for (const booking of memory.calendar.overlapping(pointId, held.startMs, held.endMs)) {
    // Bookings of a point do not overlap, so where one begins tells it from all others.
    const own = givesUp.some(
      (stop) => isOpen(stop) && stop.pointId === pointId && heldFromMs(stop) === booking.startMs,
    );
    if (!own) return true;
  }
  return false;
}

/** Rules 9 and 11: an older ticket, and the waiting list as long as it has not been asked, come first. */
function isForOthers(
  memory: Memory,
  pointId: string,
  { startMs, endMs }: Window,
  { holder, atMs, waive = [] }: Placing,
): boolean {
  if (!waive.includes('ticket')) {
    const own = memory.tickets.live(holder, atMs)?.ticket ?? Number.MAX_SAFE_INTEGER;
    if (memory.tickets.isClaimed(pointId, startMs, endMs, own, atMs)) return true;
  }
  const freed = waive.includes('freed') ? undefined : memory.freed.get(pointId);
  return freed !== undefined && overlap(freed, { startMs, endMs });
}

function overlap(a: Window, b: Window): boolean {
  return a.startMs < b.endMs && b.startMs < a.endMs;
}

/** How a stop is had: each row of the documented table once, in its order. The first that holds is told. */
import type { WantedSite, WantedStop } from '../../../src/ledger/command.js';
import type { Conflict, ConflictReason } from '../../../src/ledger/result.js';
import type { Point, Reservation, Stop } from '../../../src/ledger/state.js';
import {
  isMoment,
  isName,
  isQuantity,
  isReference,
  isStopLength,
  SITE_POINTS_MAX,
  SITE_STOPS_MAX,
} from './limits.js';
import { isOpenAllThrough } from './opening.js';
import { byId, plainPlace } from './order.js';
import { LATER_OF_STOP } from './rows.js';
import type { LedgerState } from './state.js';
import { heldWindow, overlap } from './stops.js';

/** Rows of the table that are not asked, by what they ask about. */
export type Waived = 'notice' | 'status' | 'repeated' | 'taken' | 'ticket' | 'freed';

/** Who asks. */
export interface Asking {
  readonly holder: string;
  /** Through a documented door, which companies' rules about times do not bind. */
  readonly documented: boolean;
  /** The moment at which it is asked: ledger time, unless somebody only looks. */
  readonly atMs?: number;
  readonly waived?: readonly Waived[];
  /** Stops of the holder's own that it would give up. */
  readonly without?: { readonly reservation: Reservation; readonly numbers: ReadonlySet<number> };
}

interface Question {
  readonly ledger: LedgerState;
  readonly stop: Stop;
  /** Undefined: not registered, or leaving. */
  readonly point: Point | undefined;
  /** The others of the same request, as far as they are known. */
  readonly others: readonly Stop[];
  readonly asking: Asking;
  readonly nowMs: number;
  /** The owner as the caller named it; '' for whichever. */
  readonly company: string;
}

type Row = readonly [ConflictReason, waivedBy: Waived | null, holds: (question: Question) => boolean];

const TABLE: readonly Row[] = [
  ['UNKNOWN_POINT', null, ({ point }) => point === undefined],
  [
    'WRONG_COMPANY',
    null,
    ({ ledger, point, company }) =>
      company !== '' &&
      company !== point!.company &&
      company !== ledger.companies.get(point!.company)?.displayId,
  ],
  ['POINT_NOT_AVAILABLE', 'status', ({ nowMs, stop, point }) => !leavesPoint(point!, stop, nowMs)],
  ['WINDOW_PAST', null, ({ nowMs, stop }) => stop.state !== 'ACTIVE' && stop.startMs < nowMs],
  ['TOO_SOON', 'notice', (asked) => asked.stop.startMs < asked.nowMs + rulesFor(asked).minNoticeMs],
  ['TOO_FAR', null, (asked) => asked.stop.startMs > asked.nowMs + rulesFor(asked).horizonMs],
  ['TOO_LONG', null, (asked) => asked.stop.endMs - asked.stop.startMs > rulesFor(asked).durationMaxMs],
  ['POINT_CLOSED', null, ({ ledger, stop }) => !isOpenAllThrough(ledger.schedules.get(stop.pointId), stop)],
  [
    'STOP_REPEATED',
    'repeated',
    ({ stop, others }) =>
      others.some(
        (other) =>
          other !== stop && other.pointId === stop.pointId && overlap(heldWindow(other), heldWindow(stop)),
      ),
  ],
  [
    'POINT_TAKEN',
    'taken',
    ({ ledger, stop, asking: { without } }) =>
      ledger.openAt(stop.pointId).some(({ reservation, number, stop: booked }) => {
        const isOwn = reservation.id === without?.reservation.id && without.numbers.has(number);
        return !isOwn && overlap(heldWindow(booked), heldWindow(stop));
      }),
  ],
  ['POINT_PRIORITY', 'ticket', isClaimedByOlder],
  [
    'POINT_PRIORITY',
    'freed',
    ({ ledger, stop }) => {
      const freed = ledger.freed.get(stop.pointId);
      return freed !== undefined && overlap(freed, heldWindow(stop));
    },
  ],
];

/** The first reason why the stop cannot be had; null when it can. */
export function reasonAgainst(
  ledger: LedgerState,
  stop: Stop,
  others: readonly Stop[],
  asking: Asking,
  company = '',
): ConflictReason | null {
  const registered = ledger.points.get(stop.pointId);
  const point = registered?.leaving ? undefined : registered;
  const { waived = [], atMs: nowMs = ledger.nowMs } = asking;
  const question = { ledger, stop, point, others, asking, nowMs, company };
  const row = TABLE.find(([, by, holds]) => (by === null || !waived.includes(by)) && holds(question));
  return row === undefined ? null : row[0];
}

export type Placed = { readonly stops: readonly Stop[] } | { readonly conflicts: readonly Conflict[] };

/** All of the stops, PLANNED under the terms of today, or what is in the way of each that cannot be had. */
export function place(ledger: LedgerState, wanted: readonly WantedStop[], asking: Asking): Placed {
  const given = wanted.map((stop) => (stop.site === undefined ? planned(ledger, stop.pointId, stop) : null));
  const conflicts: Conflict[] = [];
  wanted.forEach((stop, position) => {
    const others = given.filter((each) => each !== null);
    if (stop.site !== undefined) {
      const found = atSite(ledger, stop, others, asking);
      if (typeof found === 'string') conflicts.push({ stop: position, pointId: '', reason: found });
      else given[position] = found;
      return;
    }
    const reason = reasonAgainst(ledger, given[position]!, others, asking, stop.company);
    if (reason !== null) conflicts.push({ stop: position, pointId: stop.pointId, reason });
  });
  return conflicts.length > 0 ? { conflicts } : { stops: given.map((stop) => stop!) };
}

/** The points that would do for a site, in the order in which they are tried. */
export function pointsOf(ledger: LedgerState, { site }: WantedSite): readonly Point[] {
  return [...ledger.points.values()]
    .filter(
      (point) => plainPlace(point.place) === plainPlace(site.place) && point.connector === site.connector,
    )
    .filter(({ powerWatts }) => powerWatts >= site.minPowerWatts)
    .sort((a, b) => a.powerWatts - b.powerWatts || byId(a.id, b.id))
    .slice(0, SITE_POINTS_MAX)
    .filter(({ leaving }) => !leaving);
}

/** Whether the point's status leaves the stop its window. */
export function leavesPoint(point: Point, stop: Stop, nowMs: number): boolean {
  const { status, statusUntilMs } = point;
  if (status === 'available' || (status === 'occupied' && stop.state === 'ACTIVE')) return true;
  const isBehind = stop.endMs <= nowMs;
  const isBeyond = statusUntilMs > 0 && stop.startMs >= statusUntilMs;
  return isBehind || isBeyond;
}

/** Whether all that the stops say is within its range. */
export function areSound(wanted: readonly WantedStop[]): boolean {
  if (wanted.filter(({ site }) => site !== undefined).length > SITE_STOPS_MAX) return false;
  return wanted.every(({ pointId, site, company, startMs, durationMs }) => {
    if (!isReference(pointId) || !isReference(company)) return false;
    if (site !== undefined) {
      if (!isName(site.place) || !isName(site.connector) || !isQuantity(site.minPowerWatts)) return false;
    }
    return isStopLength(durationMs) && (startMs === 'now' || isMoment(startMs));
  });
}

function atSite(
  ledger: LedgerState,
  wanted: WantedSite,
  others: readonly Stop[],
  asking: Asking,
): Stop | ConflictReason {
  const points = pointsOf(ledger, wanted);
  if (points.length === 0) return 'UNKNOWN_SITE';
  if (wanted.startMs !== 'now' && wanted.startMs < ledger.nowMs) return 'WINDOW_PAST';
  const stops = points.map(({ id }) => planned(ledger, id, wanted));
  const first = stops.find((stop) => reasonAgainst(ledger, stop, others, asking, wanted.company) === null);
  return first ?? 'NO_POINT_FREE';
}

/** The stop that a point would be reserved as, under the terms of today. */
export function planned(
  ledger: LedgerState,
  pointId: string,
  { startMs, durationMs }: Pick<WantedStop, 'startMs' | 'durationMs'>,
): Stop {
  const fromMs = startMs === 'now' ? ledger.nowMs : startMs;
  const company = ledger.points.get(pointId)?.company;
  const hasTerms = company !== undefined && ledger.ledgerVersion > 1;
  const window = { pointId, startMs: fromMs, endMs: fromMs + durationMs };
  return { ...window, state: 'PLANNED', ...LATER_OF_STOP, terms: hasTerms ? termsOf(ledger, company) : null };
}

function termsOf(ledger: LedgerState, company: string): NonNullable<Stop['terms']> {
  const { minNoticeMs: _, horizonMs: __, durationMaxMs: ___, ...kept } = ledger.policyOf(company);
  return { ...kept, company };
}

const UNBOUND = { minNoticeMs: 0, horizonMs: Number.MAX_VALUE, durationMaxMs: Number.MAX_VALUE };

function rulesFor({ ledger, point, asking }: Question): typeof UNBOUND {
  return asking.documented || ledger.ledgerVersion === 1 ? UNBOUND : ledger.policyOf(point!.company);
}

/** Rule 9: a live ticket older than the holder's own, if it has one. */
function isClaimedByOlder({ ledger: { tickets }, nowMs, stop, asking: { holder } }: Question): boolean {
  const live = [...tickets.values()].filter(({ untilMs }) => untilMs > nowMs);
  const own = live.find((ticket) => ticket.holder === holder)?.ticket ?? Number.MAX_VALUE;
  return live
    .filter(({ ticket }) => ticket < own)
    .flatMap(({ stops }) => stops)
    .some((claim) => claim.pointId === stop.pointId && overlap(claim, heldWindow(stop)));
}

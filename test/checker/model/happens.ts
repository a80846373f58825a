/**
 * What an entry does to a reservation, and what always follows from it elsewhere: it ends with its last unsettled stop,
 * its ticket ends with it, what it gives up is marked for who waits, a leaving point goes with its last stop.
 */
import type { End, Notice, NoticeKind, Reservation, Stop } from '../../../src/ledger/state.js';
import { FOREVER_MS, NOTICE_MS, NOTICES_PER_HOLDER_MAX } from './limits.js';
import { lineAt } from './lines.js';
import type { LedgerState } from './state.js';
import { heldWindow, isOpenStop, isUnsettled } from './stops.js';

export type Changes = Partial<Pick<Reservation, 'state' | 'stops' | 'holdUntilMs' | 'holdWarned'>>;

/** Changes a reservation, and ends it if nothing of it is unsettled: `who` and `why` are of that end. */
export function changeReservation(
  ledger: LedgerState,
  before: Reservation,
  changes: Changes,
  who: End['who'],
  why: string,
): Reservation {
  const { nowMs, index, ledgerVersion } = ledger;
  let after: Reservation = { ...before, ...changes };
  if (ledgerVersion > 1) {
    const stops = after.stops.map((stop, n) => withItsEnd(before.stops[n], stop, nowMs));
    after = { ...after, changedIndex: index, stops };
  }
  if (!after.stops.some(isUnsettled)) {
    const isFulfilled = after.stops.some(({ state }) => state === 'FULFILLED');
    const state = isFulfilled ? 'FULFILLED' : who === 'holder' || who === 'operator' ? 'CANCELED' : 'EXPIRED';
    after = { ...after, state, end: { who, reason: why, atMs: nowMs } };
  }
  ledger.put(after);
  before.stops.forEach((stop, n) => {
    if (!isOpenStop(stop.state)) return;
    const now = after.stops[n]!;
    const isKept = isOpenStop(now.state) && now.pointId === stop.pointId && now.startMs === stop.startMs;
    if (!isKept || now.endMs < stop.endMs)
      markFreed(ledger, stop.pointId, stop.startMs, heldWindow(stop).endMs);
    const isLeaving = ledger.points.get(stop.pointId)?.leaving === true;
    if (isLeaving && ledger.openAt(stop.pointId).length === 0) removePoint(ledger, stop.pointId);
  });
  if (after.end !== null && ledger.tickets.get(after.holder)?.reservationId === after.id) {
    endTicket(ledger, after.holder);
  }
  return after;
}

/** These stops, by number, become so. */
export function withStops(
  { stops }: Reservation,
  numbers: ReadonlySet<number>,
  become: (stop: Stop) => Partial<Stop>,
): readonly Stop[] {
  return stops.map((stop, number) => (numbers.has(number) ? { ...stop, ...become(stop) } : stop));
}

/** The window is free from now on: if somebody waits there, it is put aside until the waiting list was asked. */
export function markFreed(ledger: LedgerState, pointId: string, startMs: number, endMs: number): void {
  const point = ledger.points.get(pointId);
  if (point === undefined || point.leaving || endMs <= ledger.nowMs) return;
  if (lineAt(ledger, point).length === 0) return;
  const before = ledger.freed.get(pointId);
  ledger.freed.set(pointId, {
    pointId,
    startMs: Math.min(startMs, before?.startMs ?? FOREVER_MS),
    endMs: Math.max(endMs, before?.endMs ?? 0),
    sinceMs: before?.sinceMs ?? ledger.nowMs,
  });
}

/** Who was passed over because of it is asked again. */
export function endTicket(ledger: LedgerState, holder: string): void {
  const { stops } = ledger.tickets.get(holder)!;
  ledger.tickets.delete(holder);
  for (const { pointId, startMs, endMs } of stops) markFreed(ledger, pointId, startMs, endMs);
}

export function removePoint(ledger: LedgerState, pointId: string): void {
  ledger.points.delete(pointId);
  ledger.schedules.delete(pointId);
  ledger.freed.delete(pointId);
}

/** The stops lose their point; `reasons` by number, in the order in which the holder is told. */
export function displaceStops(
  ledger: LedgerState,
  reservation: Reservation,
  reasons: ReadonlyMap<number, string>,
  who: End['who'],
): Reservation {
  const stops = reservation.stops.map((stop, number): Stop => {
    const reason = reasons.get(number);
    if (reason === undefined) return stop;
    return { ...stop, state: 'DISPLACED', reason, overstaying: false, owedCentavos: 0 };
  });
  const [first = ''] = reasons.values();
  const after = changeReservation(ledger, reservation, { stops }, who, first);
  for (const [stop, reason] of reasons) tell(ledger, after, 'stop-displaced', { stop, reason });
  return after;
}

/** Tells the holder of a reservation. */
export function tell(
  ledger: LedgerState,
  { id: reservationId, holder }: Pick<Reservation, 'id' | 'holder'>,
  notice: NoticeKind,
  about: { readonly stop?: number; readonly reason?: string; readonly waitId?: string } = {},
): void {
  const { stop = -1, reason = '', waitId = '' } = about;
  const open = openNotices(ledger, holder);
  const isSaid = open.some(
    (each) =>
      each.notice === notice &&
      each.reservationId === reservationId &&
      each.stop === stop &&
      each.waitId === waitId,
  );
  if (isSaid) return;
  if (open.length === NOTICES_PER_HOLDER_MAX) ledger.notices.delete(nameOf(open[0]!));
  const { index, nowMs: atMs } = ledger;
  const number = ledger.noticesMade;
  ledger.noticesMade += 1;
  const said = {
    index,
    number,
    holder,
    notice,
    reservationId,
    stop,
    waitId,
    reason,
    atMs,
    diesAtMs: atMs + NOTICE_MS,
  };
  ledger.notices.set(nameOf(said), said);
}

/** The oldest first. */
export function openNotices(ledger: LedgerState, holder: string): readonly Notice[] {
  return [...ledger.notices.values()]
    .filter((each) => each.holder === holder)
    .sort((a, b) => a.index - b.index || a.number - b.number);
}

export function nameOf({ index, number }: Notice): string {
  return `n${index}.${number}`;
}

/** When a stop that was unsettled settles, it keeps when. */
function withItsEnd(before: Stop | undefined, stop: Stop, nowMs: number): Stop {
  if (before !== undefined && !isUnsettled(before)) return stop;
  const settles = stop.state === 'DISPLACED' ? stop.endMs <= nowMs : !isOpenStop(stop.state);
  return settles ? { ...stop, endedAtMs: nowMs } : stop;
}

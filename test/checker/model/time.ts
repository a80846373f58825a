/** Time acts: `expire` deals with what is due in the order of (deadline, key of the row), `prune` forgets what ended. */
import type { Result } from '../../../src/ledger/result.js';
import type { Reservation, Stop } from '../../../src/ledger/state.js';
import { changeReservation, displaceStops, endTicket, tell, withStops } from './happens.js';
import {
  ENDED_KEPT_MAX,
  ENDED_KEPT_MS,
  ENDS_PER_ENTRY_MAX,
  FOREVER_MS,
  OVERSTAY_MAX_MS,
  PRUNED_PER_ENTRY_MAX,
  PRUNED_STOPS_PER_ENTRY_MAX,
} from './limits.js';
import { allOffers, askWaiting, missOffer, type OffersLeft } from './offers.js';
import { byText } from './order.js';
import { inTheWay, occupy, pointDue, type StopsLeft } from './points.js';
import type { LedgerState } from './state.js';
import { dueMs, isOpenStop, isUnsettled, livesByWindows, stopDueMs } from './stops.js';

/** Of a row: the letter that its key begins with, and the rest of the key. */
interface Deadline {
  readonly table: 'f' | 'n' | 'p' | 't' | 'v' | 'w';
  readonly id: string;
  readonly atMs: number;
}

export function expire(ledger: LedgerState): Result {
  // Version 1 bounds the deadlines alone.
  const left: OffersLeft = ledger.ledgerVersion > 1 ? allOffers() : { ...allOffers(), stops: FOREVER_MS };
  let ended = 0;
  while (ended < ENDS_PER_ENTRY_MAX) {
    let first: Deadline | null = null;
    for (const each of due(ledger)) if (first === null || isBefore(each, first)) first = each;
    if (first === null || !act(ledger, first, left)) break;
    ended += 1;
  }
  return { kind: 'expired', ended };
}

export function prune(ledger: LedgerState): Result {
  const ended = [...ledger.reservations.values()]
    .filter(({ end }) => end !== null)
    .sort((a, b) => a.end!.atMs - b.end!.atMs || byText(a.id, b.id));
  let stops = 0;
  const old = ended.filter(
    ({ end }, n) => end!.atMs + ENDED_KEPT_MS <= ledger.nowMs || ended.length - n > ENDED_KEPT_MAX,
  );
  const pruned = old.slice(0, PRUNED_PER_ENTRY_MAX).filter((reservation) => {
    stops += reservation.stops.length;
    return stops <= PRUNED_STOPS_PER_ENTRY_MAX;
  });
  for (const { id } of pruned) ledger.reservations.delete(id);
  return { kind: 'pruned', reservations: pruned.length };
}

function isBefore(a: Deadline, b: Deadline): boolean {
  return a.atMs !== b.atMs ? a.atMs < b.atMs : `${a.table}:${a.id}` < `${b.table}:${b.id}`;
}

function* due(ledger: LedgerState): Iterable<Deadline> {
  const { nowMs } = ledger;
  for (const reservation of ledger.open()) {
    const atMs = dueMs(reservation);
    if (atMs <= nowMs) yield { table: 'v', id: reservation.id, atMs };
  }
  for (const { pointId: id, sinceMs: atMs } of ledger.freed.values()) {
    if (atMs <= nowMs) yield { table: 'f', id, atMs };
  }
  for (const [id, { diesAtMs: atMs }] of ledger.notices) if (atMs <= nowMs) yield { table: 'n', id, atMs };
  for (const { id, checkAtMs: atMs } of ledger.points.values()) {
    if (atMs > 0 && atMs <= nowMs) yield { table: 'p', id, atMs };
  }
  for (const { holder: id, untilMs: atMs } of ledger.tickets.values()) {
    if (atMs <= nowMs) yield { table: 't', id, atMs };
  }
  for (const { id, endsAtMs: atMs, offer } of ledger.waits.values()) {
    // One with an offer waits for what becomes of that.
    if (offer === '' && atMs <= nowMs) yield { table: 'w', id, atMs };
  }
}

/** False when the entry may do no more. */
function act(ledger: LedgerState, { table, id }: Deadline, left: OffersLeft): boolean {
  switch (table) {
    case 'f':
      askWaiting(ledger, left);
      return !ledger.freed.has(id);
    case 'n':
      return ledger.notices.delete(id);
    case 'p':
      return pointDue(ledger, id, left);
    case 't':
      if (!mayWrite(left, ledger.tickets.get(id)!.stops.length)) return false;
      endTicket(ledger, id);
      return true;
    case 'v': {
      const reservation = ledger.reservations.get(id)!;
      if (!mayWrite(left, reservation.stops.length)) return false;
      reservationDue(ledger, reservation, left);
      return true;
    }
    case 'w': {
      const { holder, stops } = ledger.waits.get(id)!;
      if (!mayWrite(left, stops.length)) return false;
      ledger.waits.delete(id);
      tell(ledger, { id: '', holder }, 'wait-ended', { waitId: id });
      return true;
    }
  }
}

function mayWrite(left: StopsLeft, stops: number): boolean {
  if (stops > left.stops) return false;
  left.stops -= stops;
  return true;
}

function reservationDue(ledger: LedgerState, reservation: Reservation, left: StopsLeft): void {
  if (reservation.state === 'HELD') holdDue(ledger, reservation);
  else if (livesByWindows(reservation)) windowsDue(ledger, reservation);
  else {
    const atMs = dueMs(reservation);
    const number = reservation.stops.findIndex((stop) => isUnsettled(stop) && stopDueMs(stop) === atMs);
    stopDue(ledger, reservation, number, left);
  }
}

function holdDue(ledger: LedgerState, reservation: Reservation): void {
  const { nowMs } = ledger;
  if (nowMs < reservation.holdUntilMs) {
    tell(
      ledger,
      changeReservation(ledger, reservation, { holdWarned: true }, 'time', ''),
      'hold-expires-soon',
    );
    return;
  }
  const stops = reservation.stops.map((stop): Stop => {
    if (isOpenStop(stop.state)) return { ...stop, state: 'EXPIRED' };
    return isUnsettled(stop) ? { ...stop, endedAtMs: nowMs } : stop;
  });
  const expired = changeReservation(ledger, reservation, { stops }, 'time', 'hold-expired');
  if (ledger.ledgerVersion === 1) return;
  tell(ledger, expired, 'hold-expired');
  if (reservation.waitId !== '') missOffer(ledger, reservation.waitId);
}

function windowsDue(ledger: LedgerState, reservation: Reservation): void {
  const stops = reservation.stops.map((stop): Stop => {
    if (!isOpenStop(stop.state)) return stop;
    return { ...stop, state: stop.state === 'ACTIVE' ? 'FULFILLED' : 'EXPIRED' };
  });
  changeReservation(ledger, reservation, { stops }, 'time', 'window-ended');
}

function stopDue(ledger: LedgerState, reservation: Reservation, number: number, left: StopsLeft): void {
  const stop = reservation.stops[number]!;
  const become = (changes: Partial<Stop>, why: string) => {
    const stops = withStops(reservation, new Set([number]), () => changes);
    return changeReservation(ledger, reservation, { stops }, 'time', why);
  };
  if (stop.state === 'DISPLACED') become({}, 'no-substitute');
  else if (stop.state === 'PLANNED') notCome(ledger, reservation, number);
  else if (ledger.nowMs >= stop.endMs + OVERSTAY_MAX_MS)
    become({ state: 'FULFILLED', overstaying: false }, 'overstayed');
  else {
    become({ overstaying: true }, '');
    occupy(ledger, stop.pointId, left);
  }
}

function notCome(ledger: LedgerState, reservation: Reservation, number: number): void {
  const { terms, pointId, startMs } = reservation.stops[number]!;
  const only = new Set([number]);
  if (terms === null) {
    const stops = withStops(reservation, only, () => ({ state: 'EXPIRED' }));
    changeReservation(ledger, reservation, { stops }, 'time', 'window-ended');
    return;
  }
  const obstacle = inTheWay(ledger, pointId);
  if (obstacle !== '') {
    displaceStops(ledger, reservation, new Map([[number, obstacle]]), 'time');
    return;
  }
  const later = reservation.stops.flatMap((stop, n) =>
    stop.state === 'PLANNED' && stop.startMs > startMs && reservation.afterNoShow === 'free' ? [n] : [],
  );
  const missed = withStops(reservation, only, () => ({
    state: 'NO_SHOW',
    owedCentavos: terms.noShowFeeCentavos,
  }));
  const stops = withStops({ ...reservation, stops: missed }, new Set(later), () => ({
    state: 'RELEASED',
    reason: 'no-show',
    owedCentavos: 0,
  }));
  const after = changeReservation(ledger, reservation, { stops }, 'time', 'no-show');
  tell(ledger, after, 'stop-no-show', { stop: number });
  for (const stop of later) tell(ledger, after, 'stop-released', { stop, reason: 'no-show' });
}

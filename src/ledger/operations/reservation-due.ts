/**
 * Time acts on a reservation: a hold runs out, a vehicle does not come or does not leave, a window ends.
 *
 * Each call deals with one deadline, the first, so that over all reservations they are dealt with in their order; a
 * hold that nobody was told about in time has only its end left.
 */
import { deadlineMs, isOpen, isUnsettled, livesByWindows, stopDeadlineMs } from '../lifecycle.js';
import { OVERSTAY_MS_MAX } from '../limits.js';
import type { Memory } from '../memory.js';
import { settle, withStops } from '../settle.js';
import type { Reservation, Stop } from '../state.js';
import { type Budget, spendStops } from './budget.js';
import type { Context } from './context.js';
import { displace, overstay } from './displace.js';
import { inTheWay } from './occupancy.js';
import { missedOffer } from './offers.js';

/** Deals with the first deadline of the reservation with this id, which is due. */
export function reservationDue(memory: Memory, id: string, context: Context, budget: Budget): boolean {
  const reservation = memory.reservation(id)!;
  // All are written again, those too that ended long ago.
  if (!spendStops(budget, reservation.stops.length)) return false;
  if (reservation.state === 'HELD') holdDue(memory, reservation, context);
  else if (livesByWindows(reservation)) windowsDue(memory, reservation, context);
  else stopDue(memory, reservation, context, budget);
  return true;
}

function holdDue(memory: Memory, reservation: Reservation, context: Context): void {
  const { id: reservationId, holder, holdUntilMs, waitId } = reservation;
  const { index, atMs, ledgerVersion } = context;
  if (atMs < holdUntilMs) {
    memory.putReservation(settle(reservation, { holdWarned: true }, context, 'time', ''));
    memory.notices.tell({ holder, notice: 'hold-expires-soon', reservationId }, index, atMs);
    return;
  }
  const stops = reservation.stops.map((stop): Stop => {
    if (isOpen(stop)) return { ...stop, state: 'EXPIRED' };
    // A substitute would come too late.
    return isUnsettled(stop) ? { ...stop, endedAtMs: atMs } : stop;
  });
  memory.putReservation(settle(reservation, { stops }, context, 'time', 'hold-expired'));
  if (ledgerVersion === 1) return;
  memory.notices.tell({ holder, notice: 'hold-expired', reservationId }, index, atMs);
  if (waitId !== '') missedOffer(memory, waitId, context);
}

/** The last window is over. Nobody reports what happened in it, unless somebody did. */
function windowsDue(memory: Memory, reservation: Reservation, context: Context): void {
  const stops = reservation.stops.map((stop): Stop => {
    if (!isOpen(stop)) return stop;
    return { ...stop, state: stop.state === 'ACTIVE' ? 'FULFILLED' : 'EXPIRED' };
  });
  memory.putReservation(settle(reservation, { stops }, context, 'time', 'window-ended'));
}

function stopDue(memory: Memory, reservation: Reservation, context: Context, budget: Budget): void {
  const dueMs = deadlineMs(reservation);
  const number = reservation.stops.findIndex((stop) => isUnsettled(stop) && stopDeadlineMs(stop) === dueMs);
  const stop = reservation.stops[number]!;
  if (stop.state === 'PLANNED') notCome(memory, reservation, number, context);
  else if (stop.state === 'DISPLACED') end(memory, reservation, number, {}, 'no-substitute', context);
  else if (context.atMs < stop.endMs + OVERSTAY_MS_MAX)
    overstay(memory, reservation, number, context, budget);
  else end(memory, reservation, number, { state: 'FULFILLED', overstaying: false }, 'overstayed', context);
}

/** The vehicle did not begin in time: by its own fault, or because it found the point in other hands. */
function notCome(memory: Memory, reservation: Reservation, number: number, context: Context): void {
  const stop = reservation.stops[number]!;
  const { terms, pointId } = stop;
  if (terms === null) {
    end(memory, reservation, number, { state: 'EXPIRED' }, 'window-ended', context);
    return;
  }
  const obstacle = inTheWay(memory, pointId);
  if (obstacle !== null) {
    displace(memory, reservation, number, obstacle, context, 'time');
    return;
  }
  const freed = reservation.afterNoShow === 'free' ? laterThan(reservation, stop) : [];
  const missed = withStops(reservation.stops, [number], () => ({
    state: 'NO_SHOW',
    owedCentavos: terms.noShowFeeCentavos,
  }));
  const stops = withStops(missed, freed, () => ({ state: 'RELEASED', reason: 'no-show', owedCentavos: 0 }));
  memory.putReservation(settle(reservation, { stops }, context, 'time', 'no-show'));
  const { id: reservationId, holder } = reservation;
  const { index, atMs } = context;
  memory.notices.tell({ holder, notice: 'stop-no-show', reservationId, stop: number }, index, atMs);
  for (const each of freed) {
    const telling = {
      holder,
      notice: 'stop-released',
      reservationId,
      stop: each,
      reason: 'no-show',
    } as const;
    memory.notices.tell(telling, index, atMs);
  }
}

function laterThan({ stops }: Reservation, { startMs }: Stop): readonly number[] {
  return stops.flatMap((stop, number) =>
    stop.state === 'PLANNED' && stop.startMs > startMs ? [number] : [],
  );
}

function end(
  memory: Memory,
  reservation: Reservation,
  number: number,
  become: Partial<Stop>,
  reason: string,
  context: Context,
): void {
  const stops = withStops(reservation.stops, [number], () => become);
  memory.putReservation(settle(reservation, { stops }, context, 'time', reason));
}

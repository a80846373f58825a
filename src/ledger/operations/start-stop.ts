/** A vehicle has come: its stop is under way, and the reservation fee is owed. */
import type { OperationOf } from '../command.js';
import { isLive } from '../lifecycle.js';
import type { Memory } from '../memory.js';
import { refused } from '../refusal.js';
import type { Result } from '../result.js';
import { settle, withStops } from '../settle.js';
import type { Stop } from '../state.js';
import type { Context } from './context.js';
import { inTheWay } from './occupancy.js';
import { findStop, updated } from './on-reservation.js';

/** Its holder, or the point's company, says that the vehicle stands there. */
export function startStop(memory: Memory, operation: OperationOf<'start-stop'>, context: Context): Result {
  const { as, stop: number } = operation;
  const { atMs } = context;
  const found = findStop(memory, operation, context, as);
  if (found.kind === 'refused') return found;
  const { reservation, stop } = found;
  if (reservation.state === 'HELD') return refused('NOT_CONFIRMED');
  if (stop.state !== 'PLANNED' || !isLive(reservation, stop, atMs)) {
    return refused('WRONG_STOP_STATE', `stop ${number} is not planned, or it is too late for it`);
  }
  const { terms, startMs } = stop;
  if (atMs < startMs - (terms?.earlyMs ?? 0)) return refused('TOO_EARLY');
  if (inTheWay(memory, stop.pointId) !== null || isBookedBefore(memory, stop, atMs)) {
    return refused('POINT_BUSY');
  }
  const stops = withStops(reservation.stops, [number], () => ({
    state: 'ACTIVE',
    startedAtMs: atMs,
    owedCentavos: terms?.reservationFeeCentavos ?? 0,
  }));
  const started = settle(reservation, { stops }, context, as, '');
  memory.putReservation(started);
  return updated(started);
}

/** Whether somebody has the point until the window begins: who comes early must not stand in another's time. */
function isBookedBefore(memory: Memory, { pointId, startMs }: Stop, atMs: number): boolean {
  return atMs < startMs && !memory.calendar.isFree(pointId, atMs, startMs);
}

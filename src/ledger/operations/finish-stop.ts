/** A vehicle has left: its stop is fulfilled, and the rest of its window is free. */
import type { OperationOf } from '../command.js';
import type { Memory } from '../memory.js';
import { refused } from '../refusal.js';
import type { Result } from '../result.js';
import { settle, withStops } from '../settle.js';
import type { Context } from './context.js';
import { vacate } from './displace.js';
import { findStop, updated } from './on-reservation.js';

/** Its holder, or the point's company, says that the vehicle has left. */
export function finishStop(memory: Memory, operation: OperationOf<'finish-stop'>, context: Context): Result {
  const { as, stop: number } = operation;
  const found = findStop(memory, operation, context, as);
  if (found.kind === 'refused') return found;
  const { reservation, stop } = found;
  if (stop.state !== 'ACTIVE') return refused('WRONG_STOP_STATE', `stop ${number} is not under way`);
  const stops = withStops(reservation.stops, [number], () => ({ state: 'FULFILLED', overstaying: false }));
  const finished = settle(reservation, { stops }, context, as, 'finished');
  memory.putReservation(finished);
  if (stop.overstaying) vacate(memory, stop.pointId, context);
  return updated(finished);
}

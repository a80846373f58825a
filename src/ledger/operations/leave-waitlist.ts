/** A holder waits no more. */
import { isReference } from '../checks.js';
import type { OperationOf } from '../command.js';
import { isOver } from '../lifecycle.js';
import { ID_LENGTH_MAX } from '../limits.js';
import type { Memory } from '../memory.js';
import { refused } from '../refusal.js';
import type { Result } from '../result.js';
import { settle, withStops } from '../settle.js';
import { isReleasable } from './cancel.js';
import type { Context } from './context.js';

/** Takes the wish off the waiting list; an offer that is open is given back with it. */
export function leaveWaitlist(
  memory: Memory,
  { waitId }: OperationOf<'leave-waitlist'>,
  context: Context,
): Result {
  if (!isReference(waitId)) return refused('INVALID', `an id has at most ${ID_LENGTH_MAX} characters`);
  const wait = memory.waits.table.get(waitId);
  if (wait === undefined || wait.holder !== context.command.holder) return refused('UNKNOWN_WAIT');
  memory.waits.table.delete(waitId);
  if (wait.offer !== '') giveBack(memory, wait.offer, context);
  return { kind: 'removed', id: waitId };
}

/** Nothing is owed for what was only held. A hold whose end has come is left to time. */
function giveBack(memory: Memory, offer: string, context: Context): void {
  const reservation = memory.reservation(offer)!;
  const { atMs } = context;
  if (isOver(reservation, atMs)) return;
  const open = reservation.stops.flatMap((stop, number) =>
    isReleasable(reservation, stop, atMs) ? [number] : [],
  );
  const reason = 'left-waitlist';
  const stops = withStops(reservation.stops, open, () => ({ state: 'RELEASED', reason }));
  memory.putReservation(settle(reservation, { stops }, context, 'holder', reason));
}

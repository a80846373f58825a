/** Tickets (rule 9), the waiting list (rule 11), and notices that were heard. */
import type { OperationOf } from '../../../src/ledger/command.js';
import type { Conflict, Result } from '../../../src/ledger/result.js';
import { givableOf } from './cancel.js';
import type { Context } from './context.js';
import { changeReservation, endTicket, markFreed, withStops } from './happens.js';
import {
  CLAIMS_PER_POINT_MAX,
  isBetween,
  isHoldLength,
  isReference,
  TICKET_MS,
  TICKET_STOPS_MAX,
  WAIT_STOPS_MAX,
  WAITS_PER_HOLDER_MAX,
} from './limits.js';
import { hasRoom } from './lines.js';
import { book, isDocumented, tooMany, windowsOf } from './new-reservation.js';
import { areSound, place } from './placing.js';
import { refused } from './refused.js';
import type { LedgerState } from './state.js';
import { heldWindow, isOver } from './stops.js';

export function declareTrip(
  ledger: LedgerState,
  { stops: wanted, holdMs, afterNoShow }: OperationOf<'declare-trip'>,
  { command }: Context,
): Result {
  if (!isBetween(wanted.length, 1, TICKET_STOPS_MAX) || !isHoldLength(holdMs) || !areSound(wanted)) {
    return refused('INVALID');
  }
  const { holder, door } = command;
  const { nowMs, index } = ledger;
  if ((ledger.tickets.get(holder)?.untilMs ?? 0) > nowMs) return refused('TICKET_LIVE');
  const full = tooMany(ledger, command, holdMs);
  if (full !== null) return refused(full);
  const documented = isDocumented(door);
  const placed = place(ledger, wanted.slice(0, 1), { holder, documented });
  const conflicts = 'conflicts' in placed ? [...placed.conflicts] : [];
  const claims = [...ledger.tickets.values()].flatMap(({ stops }) => stops.map(({ pointId }) => pointId));
  wanted.forEach(({ pointId }, stop) => {
    const point = ledger.points.get(pointId);
    const isFull = claims.filter((claimed) => claimed === pointId).length >= CLAIMS_PER_POINT_MAX;
    claims.push(pointId);
    if (conflicts.some((known) => known.stop === stop)) return;
    if (point === undefined || point.leaving) conflicts.push({ stop, pointId, reason: 'UNKNOWN_POINT' });
    else if (isFull) conflicts.push({ stop, pointId, reason: 'POINT_PRIORITY' });
  });
  if ('conflicts' in placed || conflicts.length > 0) return refused('STOPS_UNAVAILABLE', inOrder(conflicts));

  const id = `r${index}`;
  book(ledger, { id, holder, documented, stops: placed.stops, holdMs, afterNoShow, waitId: '' });
  // One whose time is over has not been ended yet.
  if (ledger.tickets.has(holder)) endTicket(ledger, holder);
  const untilMs = nowMs + TICKET_MS;
  const stops = wanted.map(({ pointId, startMs, durationMs }) => {
    const { bufferMs } = ledger.policyOf(ledger.points.get(pointId)!.company);
    const fromMs = startMs === 'now' ? nowMs : startMs;
    return { pointId, startMs: fromMs, endMs: fromMs + durationMs + bufferMs };
  });
  ledger.tickets.set(holder, { holder, ticket: index, reservationId: id, untilMs, stops });
  return {
    kind: 'trip-declared',
    reservationId: id,
    ticket: index,
    ticketUntilMs: untilMs,
    stops: windowsOf(placed.stops),
  };
}

export function joinWaitlist(
  ledger: LedgerState,
  { stops, afterNoShow }: OperationOf<'join-waitlist'>,
  { command: { holder } }: Context,
): Result {
  const isSound =
    isBetween(stops.length, 1, WAIT_STOPS_MAX) && stops.every(({ startMs }) => startMs !== 'now');
  if (!isSound || !areSound(stops)) return refused('INVALID');
  const own = [...ledger.waits.values()].filter((wait) => wait.holder === holder);
  if (own.length >= WAITS_PER_HOLDER_MAX) return refused('TOO_MANY_WAITS');
  if (!hasRoom(ledger, stops)) return refused('WAITLIST_FULL');
  const asking = { holder, documented: false };
  const hoped = place(ledger, stops, { ...asking, waived: ['status', 'taken', 'ticket', 'freed'] });
  if ('conflicts' in hoped) return refused('STOPS_UNAVAILABLE', hoped.conflicts);
  const id = `w${ledger.index}`;
  const endsAtMs = Math.min(...hoped.stops.map(({ startMs }) => startMs));
  const wish = { id, holder, turn: ledger.index, stops, afterNoShow };
  ledger.waits.set(id, { ...wish, offer: '', missedOffers: 0, endsAtMs });
  const placed = place(ledger, stops, { ...asking, waived: ['freed'] });
  if ('stops' in placed) {
    for (const stop of placed.stops) markFreed(ledger, stop.pointId, stop.startMs, heldWindow(stop).endMs);
  }
  return { kind: 'waiting', waitId: id, endsAtMs };
}

export function leaveWaitlist(
  ledger: LedgerState,
  { waitId }: OperationOf<'leave-waitlist'>,
  { command: { holder } }: Context,
): Result {
  if (!isReference(waitId)) return refused('INVALID');
  const wait = ledger.waits.get(waitId);
  if (wait?.holder !== holder) return refused('UNKNOWN_WAIT');
  ledger.waits.delete(waitId);
  const offer = ledger.reservations.get(wait.offer);
  if (offer !== undefined && !isOver(offer, ledger.nowMs)) {
    const reason = 'left-waitlist';
    const numbers = new Set(givableOf(offer, ledger.nowMs));
    const stops = withStops(offer, numbers, () => ({ state: 'RELEASED', reason }));
    changeReservation(ledger, offer, { stops }, 'holder', reason);
  }
  return { kind: 'removed', id: waitId };
}

export function acknowledge(
  ledger: LedgerState,
  { noticeIds }: OperationOf<'acknowledge'>,
  { command: { holder } }: Context,
): Result {
  if (!isBetween(noticeIds.length, 1, 64) || !noticeIds.every(isReference)) return refused('INVALID');
  const own = [...new Set(noticeIds)].filter((id) => ledger.notices.get(id)?.holder === holder);
  for (const id of own) ledger.notices.delete(id);
  return { kind: 'acknowledged', closed: own.length };
}

function inOrder(conflicts: readonly Conflict[]): readonly Conflict[] {
  return [...conflicts].sort((a, b) => a.stop - b.stop);
}

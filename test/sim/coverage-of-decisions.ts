/** What an entry's answer and events count as, in the words of the coverage. */
import type { Command, Operation } from '../../src/ledger/command.js';
import type { LedgerEvent } from '../../src/ledger/event.js';
import type { RefusalReason, Result } from '../../src/ledger/result.js';
import type { NoticeKind } from '../../src/ledger/state.js';
import type { Coverage, Outcome } from './coverage.js';

/** Operations that a company or a driver gives in version 2, when they are granted. */
const GRANTED: Readonly<Partial<Record<Operation['kind'], Outcome>>> = {
  confirm: 'hold confirmed',
  'extend-hold': 'hold extended',
  cancel: 'stops cancelled',
  change: 'trip changed',
  shift: 'trip shifted',
  substitute: 'substitute found',
  'start-stop': 'stop started',
  'finish-stop': 'stop finished',
  'displace-stop': 'stop displaced by its company',
  'declare-trip': 'trip declared',
  'join-waitlist': 'waiting list joined',
  'leave-waitlist': 'waiting list left',
  acknowledge: 'notices acknowledged',
  'set-policy': 'policy set',
  'set-schedule': 'schedule set',
  'report-status': 'status reported',
  'delete-route': 'route deleted',
  'remove-company': 'company removed',
};

const REFUSED: Readonly<Partial<Record<RefusalReason, Outcome>>> = {
  ALREADY_CONFIRMED: 'refused for its state',
  NOT_CONFIRMED: 'refused for its state',
  WRONG_STOP_STATE: 'refused for its state',
  ALREADY_ENDED: 'refused: it has ended',
  CHANGED_SINCE: 'refused: it changed since',
  UNKNOWN_RESERVATION: 'refused: not the caller’s to act on',
  NOT_OWNER: 'refused: not the caller’s to act on',
  UNKNOWN_POINT: 'refused: there is none',
  UNKNOWN_ROUTE: 'refused: there is none',
  UNKNOWN_WAIT: 'refused: there is none',
  UNKNOWN_STOP: 'refused: there is none',
  HAS_BOOKINGS: 'refused: something is booked there',
  COMPANY_NOT_EMPTY: 'refused: something is booked there',
  TOO_EARLY: 'start refused',
  POINT_BUSY: 'start refused',
  TICKET_LIVE: 'refused: a ticket is live',
  TOO_MANY_HOLDS: 'refused: too many',
  TOO_MANY_BOOKINGS: 'refused: too many',
  TOO_MANY_WAITS: 'refused: too many',
};

const CONFLICTS: Readonly<Record<string, Outcome>> = {
  POINT_NOT_AVAILABLE: 'turned away: point out of order',
  POINT_CLOSED: 'turned away: point closed',
  POINT_PRIORITY: 'turned away: others come first',
  NO_POINT_FREE: 'turned away: no point of the site is free',
  UNKNOWN_POINT: 'turned away: point deleted',
  TOO_SOON: 'turned away: against the policy',
  TOO_FAR: 'turned away: against the policy',
  TOO_LONG: 'turned away: against the policy',
};

const TOLD: Readonly<Record<NoticeKind, Outcome>> = {
  'stop-displaced': 'stop displaced',
  'point-occupied': 'told that the point is occupied',
  'stop-no-show': 'no-show',
  'stop-released': 'later stop released',
  'hold-expires-soon': 'told that a hold expires soon',
  'hold-expired': 'hold expired',
  'wait-offered': 'offer made',
  'wait-ended': 'wait ended',
  'reservation-canceled': 'reservation cancelled by an operator',
};

/** Counts what a command that took effect came to. */
export function countDecision(
  coverage: Coverage,
  { operation }: Command,
  result: Result,
  events: readonly LedgerEvent[],
): void {
  const { kind } = operation;
  if (result.kind === 'refused') {
    if (kind === 'reserve') coverage.count('reservation refused');
    const refused = REFUSED[result.reason];
    if (refused !== undefined) coverage.count(refused);
    for (const { reason } of result.conflicts) {
      const turnedAway = CONFLICTS[reason];
      if (turnedAway !== undefined) coverage.count(turnedAway);
    }
    return;
  }
  const granted = GRANTED[kind];
  if (granted !== undefined) coverage.count(granted);
  if (result.kind === 'released') coverage.count('stop released', result.pointIds.length);
  if (kind === 'reserve' && operation.stops.some(({ site }) => site !== undefined))
    coverage.count('site assigned');
  if (kind === 'delete-point') coverage.count(result.kind === 'removed' ? 'point deleted' : 'point leaves');
  for (const event of events) {
    if (event.kind === 'pruned') coverage.count('reservation pruned');
    if (event.kind === 'notice' && event.to === 'open') coverage.count(TOLD[event.notice]);
    if (event.kind === 'reservation' && event.to === 'EXPIRED') coverage.count('reservation expired');
    if (event.kind === 'reservation' && event.to === 'FULFILLED') coverage.count('reservation fulfilled');
  }
}

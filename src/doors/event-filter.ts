/** Which events a follower is told. */
import type { LedgerEvent } from '../ledger/event.js';

export const EVENT_KINDS = [
  'reservation',
  'stop',
  'point',
  'company',
  'ticket',
  'wait',
  'notice',
  'pruned',
] as const satisfies readonly LedgerEvent['kind'][];

export type EventKind = (typeof EVENT_KINDS)[number];

/** All that is given must hold of an event; one that does not speak of what is given does not match. */
export interface EventFilter {
  readonly holder?: string | undefined;
  readonly reservationId?: string | undefined;
  readonly pointId?: string | undefined;
  /** Whose point it happened at, or whose thing changed. */
  readonly company?: string | undefined;
  /** One of them. */
  readonly kinds?: readonly EventKind[] | undefined;
}

export function matches(event: LedgerEvent, filter: EventFilter): boolean {
  const { holder, reservationId, pointId, company, kinds } = filter;
  if (kinds !== undefined && !kinds.includes(event.kind)) return false;
  if (holder !== undefined && !('holder' in event && event.holder === holder)) return false;
  if (pointId !== undefined && !('pointId' in event && event.pointId === pointId)) return false;
  if (company !== undefined && !('company' in event && event.company === company)) return false;
  return reservationId === undefined || ('reservationId' in event && event.reservationId === reservationId);
}

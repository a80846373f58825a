/**
 * The ledger's output. A refusal is a value that went through the ledger: the same on every replica,
 * kept under the request key, never an exception.
 */
import type { ReservationState, StopState } from './states.js';

/** Why a stop could not be had. */
export const CONFLICT_REASONS = [
  'UNKNOWN_POINT',
  'POINT_TAKEN',
  'POINT_NOT_AVAILABLE',
  'WRONG_COMPANY',
  'WINDOW_PAST',
  /** Two stops of the same request overlap on one point. */
  'STOP_REPEATED',
  /** Of a release: no stop of this holder, made by a documented door, contains ledger time. */
  'NOT_HELD',
  /** No point of this connector and power is registered at this place. */
  'UNKNOWN_SITE',
  /** None of the points that would do is free; the reason that the first of them gave is not told. */
  'NO_POINT_FREE',
  /** The point is closed, or being maintained, at some time of the window. */
  'POINT_CLOSED',
  /** Its company wants to know earlier. */
  'TOO_SOON',
  /** Its company does not look so far ahead. */
  'TOO_FAR',
  /** Longer than its company lets a stop last. */
  'TOO_LONG',
  /** An older ticket, or the waiting list, comes first at this point for a while (rules 9, 11). */
  'POINT_PRIORITY',
] as const;

export type ConflictReason = (typeof CONFLICT_REASONS)[number];

export interface Conflict {
  /** Position in the request, from 0; of a shift, and of what is booked at a point, the number of the stop. */
  readonly stop: number;
  /** '' for a site. */
  readonly pointId: string;
  readonly reason: ConflictReason;
}

export const REFUSAL_REASONS = [
  /** At least one stop could not be had; `conflicts` names every one. */
  'STOPS_UNAVAILABLE',
  'NOTHING_RELEASED',
  /** The key was used for another command. */
  'KEY_REUSED',
  'TOO_MANY_KEYS',
  /** Ledger time had passed `notAfterMs`; nothing is kept. */
  'TOO_LATE',
  /** Only the owning company's node may do this. */
  'NOT_OWNER',
  'UNKNOWN_COMPANY',
  /** The mesh does not run this ledger version yet. */
  'VERSION_NOT_RAISED',
  'INVALID',
  'UNKNOWN_POINT',
  'UNKNOWN_ROUTE',
  /** There is none, or it is not the caller's to act on: ids can be guessed, so both say the same. */
  'UNKNOWN_RESERVATION',
  /** The reservation has no stop of this number. */
  'UNKNOWN_STOP',
  'UNKNOWN_WAIT',
  /** The reservation changed after the index that the caller knows (`ifIndex`). */
  'CHANGED_SINCE',
  /** The reservation has ended; the detail says how. */
  'ALREADY_ENDED',
  /** Only a hold can be confirmed or extended; this one is confirmed. */
  'ALREADY_CONFIRMED',
  /** A stop starts only in a confirmed reservation. */
  'NOT_CONFIRMED',
  /** The stop is not PLANNED, ACTIVE, or in need of a substitute, as the operation needs it. */
  'WRONG_STOP_STATE',
  /** Earlier than the company lets a stop start. */
  'TOO_EARLY',
  /** Another vehicle stands at the point. */
  'POINT_BUSY',
  'HOLD_TOO_LONG',
  'TOO_MANY_HOLDS',
  'TOO_MANY_BOOKINGS',
  'TOO_MANY_STOPS',
  /** The holder has a live ticket. */
  'TICKET_LIVE',
  'TOO_MANY_WAITS',
  /** So many wait at one of these points or sites already. */
  'WAITLIST_FULL',
  /** Stops are booked where they could not stay, and the caller did not say to displace them. */
  'HAS_BOOKINGS',
  /** The company has points or routes. */
  'COMPANY_NOT_EMPTY',
] as const;

export type RefusalReason = (typeof REFUSAL_REASONS)[number];

export interface BookedStop {
  readonly pointId: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** A stop of a reservation as an operation left it. */
export interface NumberedStop extends BookedStop {
  readonly stop: number;
  readonly state: StopState;
}

export type Result =
  | { readonly kind: 'registered' }
  | { readonly kind: 'reserved'; readonly reservationId: string; readonly stops: readonly BookedStop[] }
  /** `pointIds`: those whose stop ended, in the order of the request. */
  | { readonly kind: 'released'; readonly pointIds: readonly string[] }
  /** `ended`: deadlines that were dealt with. */
  | { readonly kind: 'expired'; readonly ended: number }
  | { readonly kind: 'version-raised'; readonly ledgerVersion: number }
  /** A reservation as it is now, whatever was done to it. */
  | {
      readonly kind: 'updated';
      readonly reservationId: string;
      readonly state: ReservationState;
      /** Of a hold, else 0. */
      readonly holdUntilMs: number;
      readonly stops: readonly NumberedStop[];
    }
  /** Of `declare-trip`: the first stop is reserved, the ticket protects the others until then. */
  | {
      readonly kind: 'trip-declared';
      readonly reservationId: string;
      readonly ticket: number;
      readonly ticketUntilMs: number;
      readonly stops: readonly BookedStop[];
    }
  /** Stops that were displaced and holders that were told, by this entry; others may follow (`more`). */
  | {
      readonly kind: 'point-updated';
      readonly pointId: string;
      readonly displaced: number;
      readonly told: number;
      readonly more: boolean;
    }
  /** A point without stops, a route, a company, or a wish on the waiting list is gone. */
  | { readonly kind: 'removed'; readonly id: string }
  | { readonly kind: 'waiting'; readonly waitId: string; readonly endsAtMs: number }
  /** `closed`: notices that were open. */
  | { readonly kind: 'acknowledged'; readonly closed: number }
  | { readonly kind: 'pruned'; readonly reservations: number }
  | {
      readonly kind: 'refused';
      readonly reason: RefusalReason;
      readonly conflicts: readonly Conflict[];
      /** One English sentence for logs and problem details; '' where `reason` says all. */
      readonly detail: string;
    };

/** What a request gets: the result with the entry that decided it, the same for every repeat of the key. */
export interface Answer {
  readonly index: number;
  /** Ledger time of that entry. */
  readonly atMs: number;
  readonly result: Result;
}

/**
 * The ledger's output. A refusal is a value that went through the ledger: the same on every replica,
 * kept under the request key, never an exception.
 */

/** Why a stop could not be had. */
export type ConflictReason =
  | 'UNKNOWN_POINT'
  | 'POINT_TAKEN'
  | 'POINT_NOT_AVAILABLE'
  | 'WRONG_COMPANY'
  | 'WINDOW_PAST'
  /** Two stops of the same request overlap on one point. */
  | 'STOP_REPEATED'
  /** Of a release: no stop of this holder, made by a documented door, contains ledger time. */
  | 'NOT_HELD';

export interface Conflict {
  /** Position in the request, from 0. */
  readonly stop: number;
  readonly pointId: string;
  readonly reason: ConflictReason;
}

export type RefusalReason =
  /** At least one stop could not be had; `conflicts` names every one. */
  | 'STOPS_UNAVAILABLE'
  | 'NOTHING_RELEASED'
  /** The key was used for another command. */
  | 'KEY_REUSED'
  | 'TOO_MANY_KEYS'
  /** Ledger time had passed `notAfterMs`; nothing is kept. */
  | 'TOO_LATE'
  /** Only the owning company's node may do this. */
  | 'NOT_OWNER'
  | 'UNKNOWN_COMPANY'
  /** The mesh does not run this ledger version yet. */
  | 'VERSION_NOT_RAISED'
  | 'INVALID';

export interface BookedStop {
  readonly pointId: string;
  readonly startMs: number;
  readonly endMs: number;
}

export type Result =
  | { readonly kind: 'registered' }
  | { readonly kind: 'reserved'; readonly reservationId: string; readonly stops: readonly BookedStop[] }
  /** `pointIds`: those whose stop ended, in the order of the request. */
  | { readonly kind: 'released'; readonly pointIds: readonly string[] }
  | { readonly kind: 'expired'; readonly ended: number }
  | { readonly kind: 'version-raised'; readonly ledgerVersion: number }
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

/**
 * What the ledger remembers. Rows are plain data, integers and text only, so that a row has one canonical
 * text (fixed field order) and with it one digest on every replica.
 */
import type { AfterNoShow, WantedStop } from './command.js';
import type { Answer } from './result.js';
import type { ReservationState, StopState } from './states.js';
import type { PointStatus, PolicyTerms, WeeklySpan, Window } from './terms.js';

export interface Company {
  readonly id: string;
  readonly name: string;
  /** The id that the documented routes show. */
  readonly displayId: string;
}

/** A company's policy; a company without a row has `DEFAULT_POLICY`. */
export interface Policy extends PolicyTerms {
  readonly company: string;
}

/** When a point is open and when it is being maintained; a point without a row is always open. */
export interface Schedule {
  readonly pointId: string;
  readonly utcOffsetMinutes: number;
  /** Sorted, apart from each other; empty: always open. */
  readonly weekly: readonly WeeklySpan[];
  /** Sorted, apart from each other. */
  readonly maintenance: readonly Window[];
}

export interface Point {
  readonly id: string;
  readonly company: string;
  readonly place: string;
  readonly latitudeMicrodegrees: number;
  readonly longitudeMicrodegrees: number;
  readonly connector: string;
  readonly powerWatts: number;
  readonly status: PointStatus;
  /** While it is not available: until when that is expected to last. Windows from then on can be had. Else 0. */
  readonly statusUntilMs: number;
  /** When time looks at the point again: something is left to displace, or its status lasts longer. 0 for never. */
  readonly checkAtMs: number;
  /** Stops that begin in this window have still to be looked at, because of the status, the schedule, or because the
   *  point is leaving: more than one entry may deal with. 0 and 0 for none. */
  readonly checkFromMs: number;
  readonly checkToMs: number;
  /** Deleted as soon as its last stop is gone; takes no new ones. */
  readonly leaving: boolean;
}

export interface Route {
  readonly id: string;
  readonly name: string;
  /** The company of its first point. */
  readonly company: string;
  readonly pointIds: readonly string[];
  readonly legMetres: readonly number[];
}

/** What was agreed when a stop was committed. */
export interface StopTerms {
  /** The point's company. */
  readonly company: string;
  readonly earlyMs: number;
  readonly lateMs: number;
  readonly bufferMs: number;
  readonly cancelBeforeMs: number;
  readonly reservationFeeCentavos: number;
  readonly lateCancelFeeCentavos: number;
  readonly noShowFeeCentavos: number;
}

export interface Stop {
  readonly pointId: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly state: StopState;
  /** Null: committed under version 1, without a policy. */
  readonly terms: StopTerms | null;
  /** When the vehicle began and when the stop ended, in ledger time; 0 for not yet. A DISPLACED stop has not ended
   *  before its window has: until then a substitute can take its place. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** ACTIVE beyond its window, and what follows was told. */
  readonly overstaying: boolean;
  /** Why it was displaced or released; '' where the state says all. */
  readonly reason: string;
  /** What the holder owes for it, in centavos of BRL. */
  readonly owedCentavos: number;
}

/** How and when a reservation ended; each end is reached once. */
export interface End {
  readonly who: 'holder' | 'time' | 'operator' | 'company';
  readonly reason: string;
  readonly atMs: number;
}

export interface Reservation {
  readonly id: string;
  readonly holder: string;
  readonly state: ReservationState;
  /** Made by a documented door: only such a one is ended by a documented cancel, and its window alone ends it. */
  readonly documented: boolean;
  /** In the order in which they were committed: a stop's number is its place here, for life. */
  readonly stops: readonly Stop[];
  /** Ledger time and index of the entry that made it. */
  readonly madeAtMs: number;
  readonly madeIndex: number;
  /** Of a hold: when it expires unless confirmed; else 0. */
  readonly holdUntilMs: number;
  readonly end: End | null;
  /** Index of the entry that changed it last; 0: no entry of version 2 did. */
  readonly changedIndex: number;
  readonly afterNoShow: AfterNoShow;
  /** Of a hold: its holder was told that it expires soon. */
  readonly holdWarned: boolean;
  /** Of an offer from the waiting list: the wish that it answers; else ''. */
  readonly waitId: string;
}

/** A holder's first-point priority (rule 9): one live ticket a holder. */
export interface Ticket {
  readonly holder: string;
  /** Index of the entry that reserved the first stop: a lower one is older and comes first. */
  readonly ticket: number;
  /** Ends with this reservation, at the latest at `untilMs`. */
  readonly reservationId: string;
  readonly untilMs: number;
  readonly stops: readonly TicketStop[];
}

export interface TicketStop extends Window {
  readonly pointId: string;
}

/** A wish on the waiting list (rule 11). One that ended has no row. */
export interface Wait {
  /** `w` and the index of the entry that made it. */
  readonly id: string;
  readonly holder: string;
  /** The place in the line, lower first: the index of the entry that made it, or that missed its last offer. */
  readonly turn: number;
  readonly stops: readonly WantedStop[];
  readonly afterNoShow: AfterNoShow;
  /** The hold that was offered and is open; '' while it waits. */
  readonly offer: string;
  readonly missedOffers: number;
  /** When its first window starts: there is nothing to wait for any more. */
  readonly endsAtMs: number;
}

/** A window of a point that became free while somebody waits for it, until the waiting list has been asked. */
export interface Freed extends Window {
  readonly pointId: string;
  /** Ledger time since when it waits to be offered. */
  readonly sinceMs: number;
}

export type NoticeKind =
  /** The stop was displaced: a substitute is wanted. */
  | 'stop-displaced'
  /** The point is taken by a car that did not leave, or by a walk-in: the stop may not be had. */
  | 'point-occupied'
  | 'stop-no-show'
  | 'stop-released'
  | 'hold-expires-soon'
  | 'hold-expired'
  | 'wait-offered'
  | 'wait-ended'
  /** An operator ended it. */
  | 'reservation-canceled';

/** What a holder is to be told, open until it is acknowledged. */
export interface Notice {
  /** Index of the entry that made it, and which of that entry's notices it is, from 0. */
  readonly index: number;
  readonly number: number;
  readonly holder: string;
  readonly notice: NoticeKind;
  /** '' where it is about none. */
  readonly reservationId: string;
  /** -1 where it is about the whole. */
  readonly stop: number;
  readonly waitId: string;
  readonly reason: string;
  readonly atMs: number;
  /** Forgotten then, acknowledged or not. */
  readonly diesAtMs: number;
}

/** The end of the audit trail's chain: the records themselves are outside memory. */
export interface AuditHead {
  /** Index of the entry of the last record. */
  readonly index: number;
  /** SHA-256 of the head before it and of the record: 64 lower-case hex digits. */
  readonly head: string;
}

/** The answer kept under (holder, request key). */
export interface KeyRecord {
  readonly holder: string;
  readonly requestKey: string;
  readonly keyKind: 'client' | 'node';
  /** Digest of the operation with its canonical arguments. */
  readonly fingerprint: string;
  readonly expiresAtMs: number;
  readonly answer: Answer;
}

/** A row as a store gives it back. */
export interface StoredRow {
  readonly key: string;
  /** Its text. */
  readonly row: string;
  /** The text in UTF-8, from a store that has it at hand: then `row` may be made only when it is asked for. */
  readonly utf8?: Uint8Array;
}

/** One changed row of the state, by its key in the state store; `row` null: deleted. */
export interface RowChange {
  /**
   * A one-letter table, a colon, then the id: `a:` head of the audit trail, `c:` company, `f:` freed window,
   * `h:` schedule, `k:` key, `n:` notice, `p:` point, `r:` route, `t:` ticket, `v:` reservation, `w:` wait, `y:` policy.
   */
  readonly key: string;
  readonly row: string | null;
}

/** The single facts of the state, kept beside its rows. */
export interface LedgerMeta {
  /** Index of the last entry applied; entries of consensus itself count too. */
  readonly appliedIndex: number;
  readonly appliedTerm: number;
  /** Ledger time of the last command applied. */
  readonly nowMs: number;
  readonly ledgerVersion: number;
  /** Of all rows; equal on every replica at an equal index. 32 lower-case hex digits. */
  readonly digest: string;
}

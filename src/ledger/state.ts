/**
 * What the ledger remembers. Rows are plain data, integers and text only, so that a row has one canonical
 * text (fixed field order) and with it one digest on every replica.
 */
import type { Answer } from './result.js';

export type PointStatus = 'available' | 'occupied' | 'faulted' | 'offline' | 'maintenance';

export interface Company {
  readonly id: string;
  readonly name: string;
  /** The id that the documented routes show. */
  readonly displayId: string;
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
}

export interface Route {
  readonly id: string;
  readonly name: string;
  /** The company of its first point. */
  readonly company: string;
  readonly pointIds: readonly string[];
  readonly legMetres: readonly number[];
}

export type StopState = 'PLANNED' | 'ACTIVE' | 'FULFILLED' | 'NO_SHOW' | 'DISPLACED' | 'RELEASED' | 'EXPIRED';

export interface Stop {
  readonly pointId: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly state: StopState;
}

export type ReservationState = 'HELD' | 'CONFIRMED' | 'FULFILLED' | 'EXPIRED' | 'CANCELED';

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
  /** Made by a documented door: only such a one is ended by a documented cancel. */
  readonly documented: boolean;
  readonly stops: readonly Stop[];
  /** Ledger time and index of the entry that made it. */
  readonly madeAtMs: number;
  readonly madeIndex: number;
  /** Of a hold: when it expires unless confirmed; else 0. */
  readonly holdUntilMs: number;
  readonly end: End | null;
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

/** One changed row of the state, by its key in the state store; `row` null: deleted. */
export interface RowChange {
  /** A one-letter table, a colon, then the id: `c:` company, `p:` point, `r:` route, `v:` reservation, `k:` key. */
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

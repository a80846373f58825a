/**
 * Questions to a ledger, as data, so that doors need not hold the ledger itself. `nowMs` is the ledger time
 * that the answer speaks of; `windowMs` the window that "is it free now" means.
 */
import type { Company, Point, Reservation, Route } from './state.js';

export type Query =
  | { readonly kind: 'companies' }
  | { readonly kind: 'points'; readonly windowMs: number }
  | { readonly kind: 'point'; readonly pointId: string; readonly windowMs: number }
  | { readonly kind: 'routes'; readonly windowMs: number }
  | { readonly kind: 'route'; readonly routeId: string; readonly windowMs: number }
  /** The free points on routes that contain both places (any order), each once, in order of first appearance. */
  | { readonly kind: 'points-between'; readonly from: string; readonly to: string; readonly windowMs: number }
  | { readonly kind: 'reservation'; readonly reservationId: string }
  /** Reservations of a holder that have not ended, by id. */
  | { readonly kind: 'open-reservations'; readonly holder: string }
  /** Who holds the point at `nowMs`, if anyone. */
  | { readonly kind: 'holder-now'; readonly pointId: string }
  /** Counts for status and metrics. */
  | { readonly kind: 'totals' };

/** A point with whether `[nowMs, nowMs + windowMs)` could be reserved. */
export interface PointView {
  readonly point: Point;
  /** As the documented routes show the owner. */
  readonly companyDisplayId: string;
  readonly free: boolean;
}

/** A route with those of its points that are registered, in order; `legMetres` between the shown ones. */
export interface RouteView {
  readonly route: Route;
  readonly points: readonly PointView[];
  readonly legMetres: readonly number[];
}

export interface Totals {
  readonly companies: number;
  readonly points: number;
  readonly routes: number;
  readonly openReservations: number;
  readonly endedReservations: number;
  readonly requestKeys: number;
}

interface Replies {
  readonly companies: readonly Company[];
  readonly points: readonly PointView[];
  readonly point: PointView | null;
  readonly routes: readonly RouteView[];
  readonly route: RouteView | null;
  readonly 'points-between': readonly PointView[];
  readonly reservation: Reservation | null;
  readonly 'open-reservations': readonly Reservation[];
  readonly 'holder-now': Reservation | null;
  readonly totals: Totals;
}

/** The reply's type for each question. Lists are sorted: ids that are numbers by number, then others as text. */
export type ReplyTo<Q extends Query> = Replies[Q['kind']];

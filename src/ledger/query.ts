/**
 * Questions to a ledger, as data, so that doors need not hold the ledger itself. `nowMs` is the ledger time
 * that the answer speaks of; `windowMs` the window that "is it free now" means.
 */
import type { Company, Notice, Point, Reservation, Route, Schedule, Ticket, Wait } from './state.js';
import type { ReservationState } from './states.js';
import type { PointStatus, PolicyTerms, Window } from './terms.js';

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
  | { readonly kind: 'company'; readonly company: string }
  /** What holds at a company's points; the default where it has set none. Null: there is no such company. */
  | { readonly kind: 'policy'; readonly company: string }
  /** Null: always open. */
  | { readonly kind: 'schedule'; readonly pointId: string }
  /**
   * Points in id order, those that match, from the one after `after` on ('' for the first): at most `PAGE_SIZE_MAX`.
   * At most `PAGE_EXAMINED_MAX` are looked at, so that a page may be short, or empty, and yet not the last.
   */
  | {
      readonly kind: 'point-page';
      readonly match: PointMatch;
      readonly windowMs: number;
      readonly after: string;
      readonly limit: number;
    }
  /**
   * Points in the box that `holder` could have for the window by a `reserve` of it alone, in id order: at most
   * `SITE_POINTS_EXAMINED_MAX`, from among the first `PAGE_EXAMINED_MAX` that have the connector and the power.
   */
  | {
      readonly kind: 'points-for';
      readonly holder: string;
      readonly window: Window;
      readonly connector: string;
      readonly minPowerWatts: number;
      readonly box: Box;
      /** As a `substitute` is judged: how early a company wants to know is not asked. */
      readonly forSubstitute?: boolean;
    }
  /**
   * What is taken and what is closed at each of the points in a window; points that are not registered are left out.
   * At most `CALENDAR_POINTS_MAX` points and `CALENDAR_MS_MAX`, which is for who asks to hold: more is a bug.
   */
  | { readonly kind: 'calendars'; readonly pointIds: readonly string[]; readonly window: Window }
  /**
   * Reservations in the order in which they were made, ended ones too until they are pruned, after `after` (0: all): at
   * most `PAGE_SIZE_MAX`, and of a list of which at most `PAGE_EXAMINED_MAX` are looked at.
   */
  | {
      readonly kind: 'reservation-page';
      readonly match: ReservationMatch;
      /** An ordinal: what `Page.after` of the page before said. */
      readonly after: number;
      readonly limit: number;
    }
  /** The holder's live ticket. */
  | { readonly kind: 'ticket'; readonly holder: string }
  | { readonly kind: 'wait'; readonly waitId: string }
  /** The holder's wishes on the waiting list, oldest turn first. */
  | { readonly kind: 'waits'; readonly holder: string }
  /** The holder's open notices, oldest first. */
  | { readonly kind: 'notices'; readonly holder: string }
  /** Counts for status and metrics. */
  | { readonly kind: 'totals' };

/** What is left out matches all. */
export interface PointMatch {
  readonly place?: string;
  readonly company?: string;
  readonly connector?: string;
  readonly minPowerWatts?: number;
}

/** What is left out matches all. */
export interface ReservationMatch {
  readonly holder?: string;
  /** Of one of its stops, as it was committed; one that version 1 made has none. */
  readonly company?: string;
  /** Of one of its stops, whatever became of it. */
  readonly pointId?: string;
  readonly state?: ReservationState;
}

/** In microdegrees, both ends included; `west` above `east` spans the antimeridian. */
export interface Box {
  readonly south: number;
  readonly north: number;
  readonly west: number;
  readonly east: number;
}

/** A part of a list; `after` is where the next one begins, null when there is nothing more. */
export interface PointPage {
  readonly items: readonly PointView[];
  readonly after: string | null;
}

export interface ReservationPage {
  readonly items: readonly Reservation[];
  readonly after: number | null;
}

/** A point's calendar within the window asked about. */
export interface PointCalendar {
  readonly point: Point;
  /** Booked windows with the buffers after them, in order; they may reach beyond the window asked about. */
  readonly booked: readonly BookedWindow[];
  /** Booked windows that begin from then on are left out: the answer tells `CALENDAR_BOOKINGS_MAX`. Null: none is. */
  readonly cutAtMs: number | null;
  /** When it is closed or being maintained, in order, cut to the window asked about. */
  readonly closed: readonly Window[];
  /** While its status keeps it from being had, cut to the window asked about; null when it does not. */
  readonly outOfService: Window | null;
}

export interface BookedWindow extends Window {
  readonly reservationId: string;
  readonly stop: number;
}

export interface PolicyView {
  readonly company: string;
  readonly policy: PolicyTerms;
  /** Whether the company never set one. */
  readonly isDefault: boolean;
}

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
  readonly pointsByStatus: Readonly<Record<PointStatus, number>>;
  readonly routes: number;
  readonly openReservations: number;
  /** Of the open ones, those that expire unless they are confirmed; offers of the waiting list are among them. */
  readonly holds: number;
  readonly endedReservations: number;
  /** Wishes on the waiting list, those with an open offer included. */
  readonly waits: number;
  /** Notices that nobody has acknowledged. */
  readonly notices: number;
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
  readonly company: Company | null;
  readonly policy: PolicyView | null;
  readonly schedule: Schedule | null;
  readonly 'point-page': PointPage;
  readonly 'points-for': readonly Point[];
  readonly calendars: readonly PointCalendar[];
  readonly 'reservation-page': ReservationPage;
  readonly ticket: Ticket | null;
  readonly wait: Wait | null;
  readonly waits: readonly Wait[];
  readonly notices: readonly Notice[];
  readonly totals: Totals;
}

/** The reply's type for each question. Lists are sorted: ids that are numbers by number, then others as text. */
export type ReplyTo<Q extends Query> = Replies[Q['kind']];

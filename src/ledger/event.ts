/**
 * What an entry made happen, fact by fact, in order. Events follow from the rows that changed (reservations, points,
 * waits, …), so no operation can forget one: they feed the audit trail, the event stream and the vehicles' notices.
 */
import type { NoticeKind } from './state.js';
import type { ReservationState, StopState } from './states.js';
import type { PointStatus } from './terms.js';

export type LedgerEvent =
  | {
      readonly kind: 'reservation';
      readonly reservationId: string;
      readonly holder: string;
      /** '' for one that was just made. */
      readonly from: ReservationState | '';
      readonly to: ReservationState;
      /** Of an end: who and why; else ''. */
      readonly who: string;
      readonly reason: string;
    }
  /** A stop came, moved, or changed its state. */
  | {
      readonly kind: 'stop';
      readonly reservationId: string;
      readonly holder: string;
      readonly stop: number;
      readonly pointId: string;
      /** '' when it was committed under version 1. */
      readonly company: string;
      readonly startMs: number;
      readonly endMs: number;
      /** '' for one that was just made. */
      readonly from: StopState | '';
      readonly to: StopState;
      readonly reason: string;
    }
  | {
      readonly kind: 'point';
      readonly pointId: string;
      readonly company: string;
      readonly status: PointStatus | 'deleted';
      readonly untilMs: number;
    }
  /** A company's own things: the company, its policy, a route, a schedule. `id`: of what changed. */
  | {
      readonly kind: 'company';
      readonly company: string;
      readonly what: 'company' | 'policy' | 'route' | 'schedule';
      readonly id: string;
      readonly to: 'written' | 'deleted';
    }
  | {
      readonly kind: 'ticket';
      readonly holder: string;
      readonly ticket: number;
      readonly reservationId: string;
      readonly to: 'live' | 'ended';
    }
  | {
      readonly kind: 'wait';
      readonly waitId: string;
      readonly holder: string;
      readonly to: 'waiting' | 'offered' | 'ended';
      /** The offered hold; '' for none. */
      readonly reservationId: string;
    }
  | {
      readonly kind: 'notice';
      readonly noticeId: string;
      readonly holder: string;
      readonly notice: NoticeKind;
      readonly reservationId: string;
      readonly to: 'open' | 'closed';
    }
  /** An ended reservation left memory; the trail keeps what it was. */
  | { readonly kind: 'pruned'; readonly reservationId: string };

/** The plain shapes that commands and rows share: what a company says of its points and of its rules. */

/** `occupied`: by somebody who has no reservation, or by a car that did not leave (rule 12). */
export type PointStatus = 'available' | 'occupied' | 'faulted' | 'offline' | 'maintenance';

/** A half-open window `[startMs, endMs)`. */
export interface Window {
  readonly startMs: number;
  readonly endMs: number;
}

/** A company's booking rules. What concerns a stop is fixed in it when it is committed. */
export interface PolicyTerms {
  /** A window starts at least so long after the entry. Not for documented doors, which reserve from now on. */
  readonly minNoticeMs: number;
  /** A window starts at most so long after the entry. */
  readonly horizonMs: number;
  readonly durationMaxMs: number;
  /** So long before its window a stop may start. */
  readonly earlyMs: number;
  /** So long after its window began a stop that has not started is a no-show. */
  readonly lateMs: number;
  /** The point stays free so long after each window. */
  readonly bufferMs: number;
  /** A cancellation later than this before the window costs `lateCancelFeeCentavos`. */
  readonly cancelBeforeMs: number;
  readonly reservationFeeCentavos: number;
  readonly lateCancelFeeCentavos: number;
  readonly noShowFeeCentavos: number;
}

/** `[startMinute, endMinute)` of the local week, which begins on Monday at 00:00; 0 to 10,080. */
export interface WeeklySpan {
  readonly startMinute: number;
  readonly endMinute: number;
}

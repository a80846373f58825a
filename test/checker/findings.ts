/** What the checker finds wrong: each anomaly has a kind, which says what was broken, and a sentence, which says where. */

export type AnomalyKind =
  /** Two bookings of one point overlap. */
  | 'double-booking'
  /** A reservation has not exactly the stops that were asked for, or a refused request left one. */
  | 'partial-trip'
  /** A command that was answered is not in the log, or its reservation not on every node. */
  | 'lost-acknowledged-write'
  /** A command took effect a second time under its key. */
  | 'applied-twice'
  /** One request got two answers. */
  | 'two-answers-for-one-key'
  /** An answer is not what the log decides. */
  | 'wrong-answer'
  /** A linearizable view lacks what was answered before it was asked for. */
  | 'stale-read'
  /** A view shows what was asked for only after it, or what its index does not cover yet. */
  | 'future-read'
  /** A view shows what no moment of the log explains. */
  | 'wrong-read'
  /** What ended before another began has the higher index. */
  | 'order-against-real-time'
  /** Ledger time is lower at a higher index. */
  | 'ledger-time-back'
  /** A hold or reservation is still open long after its deadline. */
  | 'hold-never-ends'
  /** The log has a command that no client asked for. */
  | 'entry-nobody-asked-for'
  /** A client was promised that nothing was done, yet the log has its command. */
  | 'denied-yet-logged'
  /** Two nodes have different entries at one index. */
  | 'logs-differ'
  /** The nodes' ledgers differ from each other, or from what their log makes of them. */
  | 'ledgers-differ';

export interface Anomaly {
  readonly kind: AnomalyKind;
  readonly detail: string;
}

/** Of one kind more are counted, not kept: a broken run breaks many things. */
const KEPT_PER_KIND_MAX = 20;

export class Findings {
  readonly anomalies: Anomaly[] = [];
  readonly #counts = new Map<AnomalyKind, number>();

  note(kind: AnomalyKind, detail: string): void {
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    if (count <= KEPT_PER_KIND_MAX) this.anomalies.push({ kind, detail });
  }

  /** How many were found of each kind; a kind without any is not in it. */
  get counts(): ReadonlyMap<AnomalyKind, number> {
    return this.#counts;
  }
}

/** What holders are to be told, a second time and as plainly as can be: a week long, 64 a holder at most. */
import type { Notice } from '../../src/ledger/state.js';

const WEEK_MS = 7 * 24 * 60 * 60_000;
const NOTICES_PER_HOLDER = 64;

export class ModelNotices {
  all: Notice[] = [];

  /** Says nothing twice; the oldest makes room. */
  tell(about: Omit<Notice, 'index' | 'number' | 'atMs' | 'diesAtMs'>, index: number, nowMs: number): void {
    const open = this.all.filter((each) => each.holder === about.holder);
    const { notice, reservationId, stop } = about;
    const isSaid = open.some(
      (each) => each.notice === notice && each.reservationId === reservationId && each.stop === stop,
    );
    if (isSaid) return;
    if (open.length === NOTICES_PER_HOLDER) this.forget(open[0]!);
    const number =
      1 + Math.max(-1, ...this.all.filter((each) => each.index === index).map((each) => each.number));
    this.all.push({ index, number, ...about, atMs: nowMs, diesAtMs: nowMs + WEEK_MS });
  }

  forget(notice: Notice): void {
    this.all = this.all.filter((each) => each !== notice);
  }
}

/**
 * What holders are to be told, open until they acknowledge it: a vehicle that was away hears it when it comes back.
 * Bounded for each holder: one more closes the oldest.
 */
import type { Journal } from './journal.js';
import { NOTICE_KEPT_MS, NOTICES_PER_HOLDER_MAX } from './limits.js';
import { NOTICE_ROW, noticeId } from './rows/notice-row.js';
import type { Notice, NoticeKind } from './state.js';
import { Table, type Watcher } from './table.js';

/** What to tell whom; what is left out is about none. */
export interface Telling {
  readonly holder: string;
  readonly notice: NoticeKind;
  readonly reservationId?: string;
  readonly stop?: number;
  readonly waitId?: string;
  readonly reason?: string;
}

export class Notices {
  readonly table: Table<Notice>;
  readonly #byHolder = new Map<string, Set<Notice>>();
  #lastIndex = 0;
  #number = 0;

  constructor(journal: Journal, watch: Watcher<Notice>) {
    this.table = new Table(NOTICE_ROW, journal, (before, after, loading) => {
      if (before !== undefined) this.#forget(before);
      if (after !== undefined) this.#remember(after);
      watch(before, after, loading);
    });
  }

  /** The open notices of a holder, oldest first. */
  openOf(holder: string): readonly Notice[] {
    return [...(this.#byHolder.get(holder) ?? [])].sort((a, b) => a.index - b.index || a.number - b.number);
  }

  /** Opens a notice in the name of the entry at `index`. One that says just the same and is open is enough. */
  tell(telling: Telling, index: number, atMs: number): void {
    const { holder, notice, reservationId = '', stop = -1, waitId = '', reason = '' } = telling;
    const open = this.openOf(holder);
    const said = open.some(
      (other) =>
        other.notice === notice &&
        other.reservationId === reservationId &&
        other.stop === stop &&
        other.waitId === waitId,
    );
    if (said) return;
    if (open.length >= NOTICES_PER_HOLDER_MAX) this.table.delete(noticeId(open[0]!));
    if (index !== this.#lastIndex) {
      this.#lastIndex = index;
      this.#number = 0;
    }
    const number = this.#number;
    this.#number += 1;
    const diesAtMs = atMs + NOTICE_KEPT_MS;
    this.table.put({ index, number, holder, notice, reservationId, stop, waitId, reason, atMs, diesAtMs });
  }

  #remember(notice: Notice): void {
    const notices = this.#byHolder.get(notice.holder);
    if (notices === undefined) this.#byHolder.set(notice.holder, new Set([notice]));
    else notices.add(notice);
  }

  #forget(notice: Notice): void {
    const notices = this.#byHolder.get(notice.holder)!;
    notices.delete(notice);
    if (notices.size === 0) this.#byHolder.delete(notice.holder);
  }
}

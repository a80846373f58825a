/** Time ends what is due, the earliest first and of equals the lowest id as text; at most so many an entry. */
import type { Result } from '../../../src/ledger/result.js';
import { ENDS_PER_ENTRY_MAX } from './limits.js';
import type { LedgerState } from './state.js';
import { dueMs, isOpenStop } from './stops.js';

export function expire(ledger: LedgerState): Result {
  const { nowMs } = ledger;
  const due = ledger
    .open()
    .map((reservation) => ({ reservation, atMs: dueMs(reservation) }))
    .filter(({ atMs }) => atMs <= nowMs)
    .sort((a, b) => a.atMs - b.atMs || (a.reservation.id < b.reservation.id ? -1 : 1))
    .slice(0, ENDS_PER_ENTRY_MAX);
  for (const { reservation } of due) {
    const isFulfilled = reservation.stops.some(({ state }) => state === 'FULFILLED');
    ledger.put({
      ...reservation,
      state: isFulfilled ? 'FULFILLED' : 'EXPIRED',
      stops: reservation.stops.map((stop) =>
        isOpenStop(stop.state) ? { ...stop, state: 'EXPIRED' as const } : stop,
      ),
      end: {
        who: 'time',
        reason: reservation.state === 'HELD' ? 'hold-expired' : 'window-ended',
        atMs: nowMs,
      },
    });
  }
  return { kind: 'expired', ended: due.length };
}

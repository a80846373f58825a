/** Ended reservations leave memory, in order, a bounded number an entry. */
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS, refusal, reserve, stop } from './log.js';
import { cancel, expire, reserved, tripLog } from './trips.js';
import { atTen } from './waiting.js';

const prune = { kind: 'prune' } as const;

describe('pruning', () => {
  it('removes what ended two days ago, and nothing younger or open', () => {
    const log = tripLog();
    const open = reserved(log, [stop('3', { startMs: log.atMs + 30 * DAY_MS })]);
    const first = reserved(log, [atTen('1')]);
    log.apply(cancel(first));
    const endedMs = log.atMs;
    log.atMs += MINUTE_MS;
    const second = reserved(log, [atTen('1')]);
    log.apply(cancel(second));
    expect(log.ledger.nextPruneMs()).toBe(endedMs + 2 * DAY_MS);
    log.atMs = endedMs + 2 * DAY_MS - 1;
    expect(log.result(prune)).toEqual({ kind: 'pruned', reservations: 0 });
    log.atMs += 1;
    const { answer, events } = log.apply(prune);
    expect(answer.result).toEqual({ kind: 'pruned', reservations: 1 });
    expect(events).toEqual([{ kind: 'pruned', reservationId: first }]);
    expect(log.ledger.nextPruneMs()).toBe(log.atMs + MINUTE_MS);
    expect([...log.rows().keys()].filter((key) => key.startsWith('v:'))).toEqual([
      `v:${second}`,
      `v:${open}`,
    ]);
    expect(log.result(cancel(first))).toMatchObject(refusal('UNKNOWN_RESERVATION'));
  });

  it('takes at most a thousand an entry, in the order of (end, id), and goes on at once', () => {
    const log = tripLog();
    for (let n = 0; n < 1_003; n += 1) {
      const at = { startMs: log.atMs + (n + 1) * MINUTE_MS, durationMs: MINUTE_MS };
      reserved(log, [stop('1', at)], { holder: `h${n}`, holdMs: n < 2 ? 2_000 : 1_000 });
    }
    log.atMs += 2_000;
    for (let n = 0; n < 2; n += 1) expire(log);
    log.atMs += 2 * DAY_MS;
    expect(log.ledger.query({ kind: 'totals' }, log.atMs)).toMatchObject({ endedReservations: 1_003 });
    const { answer, events } = log.apply(prune);
    expect(answer.result).toEqual({ kind: 'pruned', reservations: 1_000 });
    const ids = events.map((event) => (event.kind === 'pruned' ? event.reservationId : ''));
    expect(ids).toEqual([...ids].sort());
    expect(log.ledger.nextPruneMs()).toBe(log.atMs);
    expect(log.result(prune)).toEqual({ kind: 'pruned', reservations: 3 });
    expect(log.ledger.nextPruneMs()).toBeNull();
  });

  it('has nothing to do under version 1, and is the node’s alone', () => {
    const log = tripLog();
    for (const envelope of [{ door: 'rest' }, { requestKey: 'k' }] as const) {
      expect(log.result(prune, envelope)).toMatchObject(refusal('INVALID'));
    }
    expect(log.result(reserve([atTen('1')]), { requestKey: 'k' })).toMatchObject({ kind: 'reserved' });
    expect(log.ledger.nextPruneMs()).toBeNull();
    log.atMs += 11 * HOUR_MS;
    expire(log);
    expect(log.ledger.nextPruneMs()).not.toBeNull();
  });
});

/** What holders are to be told: open until they acknowledge it, or for a week. */
import { describe, expect, it } from 'vitest';
import type { Operation } from '../../src/ledger/command.js';
import { changesBeyondKeys, DAY_MS, type Log, MINUTE_MS, refusal } from './log.js';
import { cancel, expire, reserved, told, tripLog } from './trips.js';
import { atTen, join, noticeIds } from './waiting.js';

const acknowledge = (...ids: readonly string[]): Operation => ({ kind: 'acknowledge', noticeIds: ids });

/** An operator ends so many reservations of the holder, which is told of each. */
function canceled(log: Log, holder: string, count: number): void {
  for (let n = 0; n < count; n += 1) {
    log.apply(cancel(reserved(log, [atTen('1')], { holder }), [], 'operator'));
  }
}

describe('acknowledging notices', () => {
  it('closes the holder’s own, each once', () => {
    const log = tripLog();
    canceled(log, 'x', 3);
    const [first, second, third] = noticeIds(log, 'x') as [string, string, string];
    const { answer, events } = log.apply(acknowledge(second, first, second), { holder: 'x' });
    expect(answer.result).toEqual({ kind: 'acknowledged', closed: 2 });
    expect(events.map((event) => event.kind === 'notice' && `${event.noticeId} ${event.to}`)).toEqual([
      `${second} closed`,
      `${first} closed`,
    ]);
    expect(noticeIds(log, 'x')).toEqual([third]);
  });

  it('of others, and of what is closed or never was, counts as nothing', () => {
    const log = tripLog();
    canceled(log, 'x', 1);
    canceled(log, 'y', 1);
    const own = noticeIds(log, 'x')[0]!;
    log.apply(acknowledge(own), { holder: 'x' });
    const applied = log.apply(acknowledge(own, ...noticeIds(log, 'y'), 'n1.0', ''), { holder: 'x' });
    expect(applied.answer.result).toEqual({ kind: 'acknowledged', closed: 0 });
    expect(changesBeyondKeys(applied)).toEqual([]);
    expect(noticeIds(log, 'y')).toHaveLength(1);
  });

  it('takes 1 to 64 ids, each of at most 64 characters', () => {
    const log = tripLog();
    const many = (count: number) => acknowledge(...Array.from({ length: count }, (_, n) => `n${n}.0`));
    expect(log.result(many(64))).toMatchObject({ kind: 'acknowledged' });
    for (const operation of [many(0), many(65), acknowledge('n'.repeat(65))]) {
      const refused = log.apply(operation);
      expect(refused.answer.result).toMatchObject(refusal('INVALID'));
      expect(changesBeyondKeys(refused)).toEqual([]);
    }
  });
});

describe('a notice', () => {
  it('closes by itself after a week', () => {
    const log = tripLog();
    canceled(log, 'x', 1);
    log.atMs += 7 * DAY_MS - 1;
    expire(log);
    expect(noticeIds(log, 'x')).toHaveLength(1);
    log.atMs += 1;
    expect(expire(log)).toEqual({ kind: 'expired', ended: 1 });
    expect(noticeIds(log, 'x')).toEqual([]);
  });

  it('is one of at most 64 that a holder has open: one more closes the oldest', () => {
    const log = tripLog();
    canceled(log, 'x', 64);
    const before = noticeIds(log, 'x');
    canceled(log, 'x', 1);
    const after = noticeIds(log, 'x');
    expect(after).toHaveLength(64);
    expect(after.slice(0, 63)).toEqual(before.slice(1));
  });

  it('is not opened twice for the same', () => {
    const log = tripLog();
    log.apply(join([atTen('1')]), { holder: 'y' });
    const id = `r${log.ledger.appliedIndex}.1`;
    for (let n = 0; n < 3; n += 1) {
      log.atMs += 9 * MINUTE_MS;
      expire(log);
      log.apply(
        { kind: 'extend-hold', reservationId: id, ifIndex: 0, holdMs: 10 * MINUTE_MS },
        { holder: 'y' },
      );
    }
    expect(told(log, 'y')).toEqual([`wait-offered ${id} w${id.slice(1, -2)}`, `hold-expires-soon ${id}`]);
  });
});

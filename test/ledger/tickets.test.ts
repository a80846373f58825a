/** First-point priority (rule 9): `declare-trip`, and what its ticket refuses to others. */
import { describe, expect, it } from 'vitest';
import { changesBeyondKeys, HOUR_MS, MINUTE_MS, point, refusal, reserve, START_MS, stop } from './log.js';
import { cancel, change, expire, finish, reserved, start, told, tripLog, view } from './trips.js';
import { atTen, declare, freedPoints, joined, TEN, ticketOf, wish } from './waiting.js';

const X = { holder: 'x' };
const Y = { holder: 'y' };

/** What is said of a stop that somebody older wants. */
const priority = (stop: number, pointId: string) => ({
  ...refusal('STOPS_UNAVAILABLE'),
  conflicts: [{ stop, pointId, reason: 'POINT_PRIORITY' }],
});

describe('a trip that is declared', () => {
  it('has its first stop, and a ticket as old as its entry for all of them', () => {
    const log = tripLog({ bufferMs: 5 * MINUTE_MS });
    const { answer, events } = log.apply(declare([atTen('1'), atTen('3')]), X);
    const { index } = answer;
    const endMs = TEN.startMs + HOUR_MS;
    expect(answer.result).toEqual({
      kind: 'trip-declared',
      reservationId: `r${index}`,
      ticket: index,
      ticketUntilMs: START_MS + 2 * MINUTE_MS,
      stops: [{ pointId: '1', startMs: TEN.startMs, endMs }],
    });
    expect(view(log, `r${index}`)).toMatchObject({ state: 'CONFIRMED', stops: [{ pointId: '1' }] });
    // As long as each would be booked: company a wants five minutes after it.
    expect(ticketOf(log, 'x')).toEqual({
      v: 1,
      holder: 'x',
      ticket: index,
      reservationId: `r${index}`,
      untilMs: START_MS + 2 * MINUTE_MS,
      stops: [
        { pointId: '1', startMs: TEN.startMs, endMs: endMs + 5 * MINUTE_MS },
        { pointId: '3', startMs: TEN.startMs, endMs },
      ],
    });
    expect(events.filter(({ kind }) => kind === 'ticket')).toEqual([
      { kind: 'ticket', holder: 'x', ticket: index, reservationId: `r${index}`, to: 'live' },
    ]);
  });

  it('may be held, and may begin now', () => {
    const log = tripLog();
    const id = `r${log.apply(declare([stop('1'), atTen('3')], 5 * MINUTE_MS), X).answer.index}`;
    expect(view(log, id)).toMatchObject({ state: 'HELD', holdUntilMs: START_MS + 5 * MINUTE_MS });
    expect(ticketOf(log, 'x')!.stops[0]).toMatchObject({ startMs: START_MS });
  });

  it('refuses its windows to others, with a ticket or without, and nothing else', () => {
    const log = tripLog();
    log.apply(declare([atTen('1'), atTen('3')]), X);
    const refused = log.apply(declare([atTen('3'), atTen('1')]), Y);
    expect(refused.answer.result).toMatchObject(priority(0, '3'));
    expect(changesBeyondKeys(refused)).toEqual([]);
    expect(log.result(reserve([atTen('4'), atTen('3')]), Y)).toMatchObject(priority(1, '3'));
    // Half open: what only touches the window does not overlap it.
    const after = stop('3', { startMs: TEN.startMs + HOUR_MS });
    const before = stop('3', { startMs: TEN.startMs - HOUR_MS });
    expect(log.result(reserve([before, after]), Y)).toMatchObject({ kind: 'reserved' });
    expect(log.result(reserve([atTen('4')]), Y)).toMatchObject({ kind: 'reserved' });
  });

  it('goes on by a change, whoever declared the same windows later', () => {
    const log = tripLog();
    const id = `r${log.apply(declare([atTen('1'), atTen('3')]), X).answer.index}`;
    log.apply(declare([atTen('4'), atTen('3')]), Y);
    expect(ticketOf(log, 'y')).toBeDefined();
    const going = change(id, [{ keep: 0 }, atTen('3')]);
    expect(log.result(going, X)).toMatchObject({ kind: 'updated', stops: [{}, { pointId: '3' }] });
  });

  it('that is younger yields to the older one, also where its own ticket claims', () => {
    const log = tripLog();
    log.apply(declare([atTen('1'), atTen('3')]), X);
    const id = `r${log.apply(declare([atTen('4'), atTen('3')]), Y).answer.index}`;
    expect(log.result(change(id, [{ keep: 0 }, atTen('3')]), Y)).toMatchObject(priority(1, '3'));
  });
});

describe('a ticket', () => {
  it('refuses nobody from its last moment on, before an entry says that it ended', () => {
    const log = tripLog();
    log.apply(declare([atTen('1'), atTen('3')]), X);
    log.atMs = START_MS + 2 * MINUTE_MS - 1;
    expect(log.result(reserve([atTen('3')]), Y)).toMatchObject(priority(0, '3'));
    log.atMs += 1;
    expect(log.result(reserve([atTen('3')]), Y)).toMatchObject({ kind: 'reserved' });
    expect(ticketOf(log, 'x')).toBeDefined();
    expect(expire(log)).toEqual({ kind: 'expired', ended: 1 });
    expect(ticketOf(log, 'x')).toBeUndefined();
  });

  it('ends with its reservation', () => {
    const log = tripLog();
    const id = `r${log.apply(declare([atTen('1'), atTen('3')]), X).answer.index}`;
    const { events } = log.apply(cancel(id), X);
    expect(ticketOf(log, 'x')).toBeUndefined();
    expect(events).toContainEqual(expect.objectContaining({ kind: 'ticket', to: 'ended' }));
    expect(log.result(reserve([atTen('1'), atTen('3')]), Y)).toMatchObject({ kind: 'reserved' });
  });

  it('ends with its hold, and with the last stop of its reservation', () => {
    const log = tripLog();
    log.apply(declare([stop('1')], MINUTE_MS), X);
    const id = `r${log.apply(declare([stop('3')]), Y).answer.index}`;
    log.apply(start(id), Y);
    log.apply(finish(id), Y);
    expect(ticketOf(log, 'y')).toBeUndefined();
    log.atMs += MINUTE_MS;
    expire(log);
    expect(ticketOf(log, 'x')).toBeUndefined();
  });

  it('is one a holder; one whose time is over makes room for the next, also before time says so', () => {
    const log = tripLog();
    const first = log.apply(declare([atTen('1')]), X).answer.index;
    const again = log.apply(declare([atTen('3')]), X);
    expect(again.answer.result).toMatchObject(refusal('TICKET_LIVE'));
    expect(changesBeyondKeys(again)).toEqual([]);
    log.atMs += 2 * MINUTE_MS;
    const { answer, events } = log.apply(declare([atTen('3')]), X);
    expect(ticketOf(log, 'x')).toMatchObject({ ticket: answer.index, stops: [{ pointId: '3' }] });
    const told = events.flatMap((event) => (event.kind === 'ticket' ? [`${event.ticket} ${event.to}`] : []));
    expect(told).toEqual([`${first} ended`, `${answer.index} live`]);
    expect(log.result(reserve([stop('1', { startMs: TEN.startMs + HOUR_MS })]), Y)).toMatchObject({
      kind: 'reserved',
    });
  });

  it('passes a wish over, which is asked again when it ends', () => {
    const log = tripLog();
    const id = reserved(log, [atTen('3')], { holder: 'z' });
    log.apply(declare([atTen('1'), atTen('3')]), X);
    const waitId = joined(log, 'y', [atTen('3')]);
    log.apply(cancel(id), { holder: 'z' });
    expect(wish(log, waitId)).toMatchObject({ offer: '' });
    expect(freedPoints(log)).toEqual([]);
    log.atMs += 2 * MINUTE_MS;
    expire(log);
    expect(wish(log, waitId)).toMatchObject({ offer: `r${log.ledger.appliedIndex}.1` });
    expect(told(log, 'y')).toEqual([`wait-offered r${log.ledger.appliedIndex}.1 ${waitId}`]);
  });

  it('does not pass over the wish of its own holder', () => {
    const log = tripLog();
    const id = reserved(log, [atTen('3')], { holder: 'z' });
    log.apply(declare([atTen('1'), atTen('3')]), X);
    const waitId = joined(log, 'x', [atTen('3')]);
    log.apply(cancel(id), { holder: 'z' });
    expect(wish(log, waitId)!.offer).not.toBe('');
  });
});

describe('declaring a trip is refused', () => {
  it.each([
    ['without stops', declare([])],
    ['with 21 stops', declare(Array.from({ length: 21 }, () => atTen('1')))],
    ['with a stop of no length', declare([stop('1', { durationMs: 0 })])],
    ['with a hold that is too short', declare([atTen('1')], 999)],
    ['with an id that is too long', declare([atTen('1'), atTen('x'.repeat(65))])],
  ])('%s', (_, operation) => {
    const log = tripLog();
    const refused = log.apply(operation);
    expect(refused.answer.result).toMatchObject(refusal('INVALID'));
    expect(changesBeyondKeys(refused)).toEqual([]);
  });

  it('when its first stop cannot be had, and where a later one is at no point', () => {
    const log = tripLog();
    reserved(log, [atTen('1')], { holder: 'z' });
    const refused = log.apply(declare([atTen('1'), atTen('nowhere'), atTen('3')]), X);
    expect(refused.answer.result).toEqual({
      ...refusal('STOPS_UNAVAILABLE'),
      conflicts: [
        { stop: 0, pointId: '1', reason: 'POINT_TAKEN' },
        { stop: 1, pointId: 'nowhere', reason: 'UNKNOWN_POINT' },
      ],
      detail: '',
    });
    expect(changesBeyondKeys(refused)).toEqual([]);
  });

  it('not because a later stop is taken: that may still become free', () => {
    const log = tripLog();
    reserved(log, [atTen('3')], { holder: 'z' });
    expect(log.result(declare([atTen('1'), atTen('3')]), X)).toMatchObject({ kind: 'trip-declared' });
  });

  it('where 256 windows of a point are claimed, the request’s own counted', () => {
    const log = tripLog();
    for (let n = 0; n < 40; n += 1) log.apply(point(`p${n}`), { originCompany: 'empresa_a' });
    const others = Array.from({ length: 19 }, () => atTen('1'));
    for (let n = 0; n < 13; n += 1) {
      expect(log.result(declare([atTen(`p${n}`), ...others]), { holder: `h${n}` }).kind).toBe(
        'trip-declared',
      );
    }
    // 247 are: nine more can be.
    const full = [atTen('p20'), ...Array.from({ length: 11 }, () => atTen('1'))];
    const refused = log.apply(declare(full), X);
    expect(refused.answer.result).toMatchObject({
      ...refusal('STOPS_UNAVAILABLE'),
      conflicts: [10, 11].map((stop) => ({ stop, pointId: '1', reason: 'POINT_PRIORITY' })),
    });
    expect(changesBeyondKeys(refused)).toEqual([]);
    expect(log.result(declare(full.slice(0, 10)), X)).toMatchObject({ kind: 'trip-declared' });
  });

  it('when the holder has as many bookings or holds as it may', () => {
    const log = tripLog();
    for (let n = 0; n < 4; n += 1) {
      reserved(log, [stop('1', { startMs: START_MS + n * HOUR_MS })], { holdMs: HOUR_MS, holder: 'x' });
    }
    expect(log.result(declare([atTen('3')], MINUTE_MS), X)).toMatchObject(refusal('TOO_MANY_HOLDS'));
    for (let n = 4; n < 32; n += 1) {
      reserved(log, [stop('1', { startMs: START_MS + n * HOUR_MS })], { holder: 'x' });
    }
    expect(log.result(declare([atTen('3')]), X)).toMatchObject(refusal('TOO_MANY_BOOKINGS'));
  });
});

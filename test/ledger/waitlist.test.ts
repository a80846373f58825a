/** The waiting list (rule 11): who joins it, who leaves it, who is offered what. */
import { describe, expect, it } from 'vitest';
import type { WantedSite, WantedStop } from '../../src/ledger/command.js';
import { changesBeyondKeys, HOUR_MS, type Log, MINUTE_MS, point, refusal, reserve, stop } from './log.js';
import { cancel, confirm, expire, reserved, told, tripLog, view, withPoint } from './trips.js';
import { atTen, freedPoints, join, joined, leave, TEN, wish } from './waiting.js';

const Z = { holder: 'z' };

const site = (place: string, more: Partial<WantedSite['site']> = {}): WantedSite => ({
  pointId: '',
  site: { place, connector: 'CCS2', minPowerWatts: 1, ...more },
  company: '',
  ...TEN,
  durationMs: HOUR_MS,
});

/** A mesh where z has the points at ten, and whose reservation of the point that is. */
function takenLog(...pointIds: readonly string[]): {
  readonly log: Log;
  readonly by: (id: string) => string;
} {
  const log = tripLog();
  const ids = new Map(pointIds.map((id) => [id, reserved(log, [atTen(id)], Z)]));
  return { log, by: (id) => ids.get(id)! };
}

/** The offer that is open to a wish. */
const offerOf = (log: Log, waitId: string) => wish(log, waitId)?.offer;

describe('joining the waiting list', () => {
  it('puts a wish there until its first window begins', () => {
    const { log } = takenLog('1', '3');
    const later = stop('3', { startMs: TEN.startMs + 30 * MINUTE_MS });
    const { answer, events } = log.apply(join([later, atTen('1')]), { holder: 'y' });
    const waitId = `w${answer.index}`;
    expect(answer.result).toEqual({ kind: 'waiting', waitId, endsAtMs: TEN.startMs });
    expect(wish(log, waitId)).toMatchObject({ holder: 'y', turn: answer.index, offer: '', missedOffers: 0 });
    expect(events).toEqual([{ kind: 'wait', waitId, holder: 'y', to: 'waiting', reservationId: '' }]);
    expect(freedPoints(log)).toEqual([]);
  });

  it('is answered by an offer at once when all is free', () => {
    const log = tripLog();
    const waitId = joined(log, 'y', [atTen('1'), site('Valente')]);
    const offer = `r${log.ledger.appliedIndex}.1`;
    expect(offerOf(log, waitId)).toBe(offer);
    expect(view(log, offer)).toMatchObject({
      holder: 'y',
      state: 'HELD',
      documented: false,
      waitId,
      holdUntilMs: log.atMs + 10 * MINUTE_MS,
      stops: [{ pointId: '1' }, { pointId: '3' }],
    });
    expect(told(log, 'y')).toEqual([`wait-offered ${offer} ${waitId}`]);
  });

  it.each<[string, readonly WantedStop[]]>([
    ['no stop', []],
    ['21 stops', Array.from({ length: 21 }, () => atTen('1'))],
    ['now', [stop('1')]],
    ['a stop of no length', [{ ...atTen('1'), durationMs: 0 }]],
    ['nine sites', Array.from({ length: 9 }, () => site('Salvador'))],
  ])('for %s is refused', (_, stops) => {
    const refused = tripLog().apply(join(stops));
    expect(refused.answer.result).toMatchObject(refusal('INVALID'));
    expect(changesBeyondKeys(refused)).toEqual([]);
  });

  it('is refused for what no freed window would cure, stop by stop', () => {
    const { log } = takenLog('1');
    const past = { startMs: log.atMs - 1 };
    const wanted = [
      stop('nowhere', TEN),
      { ...atTen('3'), company: 'empresa_a' },
      stop('3', past),
      stop('3', { startMs: log.atMs + 367 * 24 * HOUR_MS }),
      atTen('1'),
      atTen('1'),
      site('Nowhere'),
      { ...site('Salvador'), ...past },
      site('Salvador', { minPowerWatts: 50_001 }),
    ];
    const refused = log.apply(join(wanted));
    expect(refused.answer.result).toMatchObject(refusal('STOPS_UNAVAILABLE'));
    const { result } = refused.answer;
    const conflicts = result.kind === 'refused' ? result.conflicts : [];
    expect(conflicts.map(({ stop, reason }) => `${stop} ${reason}`)).toEqual([
      '0 UNKNOWN_POINT',
      '1 WRONG_COMPANY',
      '2 WINDOW_PAST',
      '3 TOO_FAR',
      '4 STOP_REPEATED',
      '5 STOP_REPEATED',
      '6 UNKNOWN_SITE',
      '7 WINDOW_PAST',
      '8 UNKNOWN_SITE',
    ]);
    expect(changesBeyondKeys(refused)).toEqual([]);
  });

  it('is not refused because a point is out of order: that may be cured', () => {
    const log = withPoint(tripLog(), '1', { status: 'faulted', statusUntilMs: TEN.startMs + 1 });
    const waitId = joined(log, 'y', [atTen('1')]);
    expect(offerOf(log, waitId)).toBe('');
  });

  it('is refused to a holder with eight wishes, offered ones included', () => {
    const { log } = takenLog('1');
    for (let n = 0; n < 8; n += 1) joined(log, 'y', [n === 0 ? atTen('3') : atTen('1')]);
    const refused = log.apply(join([atTen('4')]), { holder: 'y' });
    expect(refused.answer.result).toMatchObject(refusal('TOO_MANY_WAITS'));
    expect(changesBeyondKeys(refused)).toEqual([]);
    expect(log.result(join([atTen('4')]), { holder: 'x' })).toMatchObject({ kind: 'waiting' });
  });

  it('is refused at a point, or a site, where 64 wait, those included that have an offer', () => {
    const { log, by } = takenLog('1', '3');
    for (let n = 0; n < 64; n += 1) {
      joined(log, `h${n}`, [atTen('1')]);
      joined(log, `h${n}`, [site('Valente')]);
    }
    log.apply(cancel(by('1')), Z);
    for (const wanted of [atTen('1'), site('Valente', { minPowerWatts: 7 })]) {
      const refused = log.apply(join([atTen('4'), wanted]), { holder: 'x' });
      expect(refused.answer.result).toMatchObject(refusal('WAITLIST_FULL'));
      expect(changesBeyondKeys(refused)).toEqual([]);
    }
    expect(log.result(join([site('Feira de Santana'), atTen('3')]), { holder: 'x' }).kind).toBe('waiting');
  });

  it('is refused where those who wait name so many sites that one entry could not look at all', () => {
    const { log } = takenLog('1');
    const eight = Array.from({ length: 8 }, (_, n) => site('Valente', { minPowerWatts: n }));
    const windows = eight.map((each, n) => ({ ...each, startMs: TEN.startMs + n * HOUR_MS }));
    // 121 each, of 1,024.
    for (let n = 0; n < 8; n += 1) joined(log, `h${n}`, [atTen('1'), ...windows]);
    const refused = log.apply(join([atTen('1'), ...windows]), { holder: 'x' });
    expect(refused.answer.result).toMatchObject(refusal('WAITLIST_FULL'));
    expect(changesBeyondKeys(refused)).toEqual([]);
    // 3 times 16 and 8 times 1 are left.
    for (let n = 0; n < 3; n += 1) joined(log, `s${n}`, [site('Valente'), atTen('1')]);
    for (let n = 0; n < 8; n += 1) joined(log, `p${n}`, [atTen('1')]);
    expect(log.result(join([atTen('1')]), { holder: 'x' })).toMatchObject(refusal('WAITLIST_FULL'));
  });
});

describe('an offer', () => {
  it('goes to who waits longest of those whose whole wish is free', () => {
    const { log, by } = takenLog('1', '3');
    const x = joined(log, 'x', [atTen('1'), atTen('3')]);
    const y = joined(log, 'y', [atTen('1')]);
    const { events, answer } = log.apply(cancel(by('1')), Z);
    expect(offerOf(log, x)).toBe('');
    expect(offerOf(log, y)).toBe(`r${answer.index}.1`);
    expect(events.map(({ kind }) => kind)).toContain('wait');
    // The other point becomes free, too: x still cannot, for y holds the first.
    log.apply(cancel(by('3')), Z);
    expect(offerOf(log, x)).toBe('');
    log.apply(cancel(`r${answer.index}.1`), { holder: 'y' });
    expect(offerOf(log, x)).toBe(`r${log.ledger.appliedIndex}.1`);
  });

  it('is decided by turns over all that one entry frees, in whatever order it does', () => {
    const log = tripLog();
    const both = reserved(log, [atTen('3'), atTen('1')], Z);
    const onOne = joined(log, 'a', [atTen('3')]);
    const x = joined(log, 'x', [atTen('1'), atTen('3')]);
    const y = joined(log, 'y', [atTen('1')]);
    log.apply(cancel(both), Z);
    expect([onOne, x, y].map((id) => offerOf(log, id))).toEqual([
      `r${log.ledger.appliedIndex}.1`,
      '',
      `r${log.ledger.appliedIndex}.2`,
    ]);
    log.apply(leave(onOne), { holder: 'a' });
    log.apply(leave(y), { holder: 'y' });
    expect(offerOf(log, x)).toBe(`r${log.ledger.appliedIndex}.1`);
  });

  it('that time frees is made in the entry of time', () => {
    const log = tripLog();
    reserved(log, [atTen('1')], { ...Z, holdMs: 5 * MINUTE_MS });
    const y = joined(log, 'y', [site('Feira de Santana')]);
    log.atMs += 5 * MINUTE_MS;
    expire(log);
    expect(offerOf(log, y)).toBe(`r${log.ledger.appliedIndex}.1`);
    expect(freedPoints(log)).toEqual([]);
  });

  it('is taken by confirming it, and counts from then on', () => {
    const log = tripLog();
    const y = joined(log, 'y', [atTen('1')]);
    expect(log.result(confirm(offerOf(log, y)!), { holder: 'y' })).toMatchObject({ state: 'CONFIRMED' });
    expect(wish(log, y)).toBeUndefined();
    log.atMs = TEN.startMs;
    expire(log);
    expect(told(log, 'y')).not.toContain(`wait-ended ${y}`);
  });

  it('that is missed three times ends the wish; meanwhile others are served', () => {
    const log = tripLog();
    const y = joined(log, 'y', [atTen('1')]);
    const x = joined(log, 'x', [atTen('1')]);
    const missed = () => {
      log.atMs += 10 * MINUTE_MS;
      expire(log);
    };
    missed();
    expect(wish(log, y)).toMatchObject({ offer: '', missedOffers: 1, turn: log.ledger.appliedIndex });
    expect(offerOf(log, x)).toBe(`r${log.ledger.appliedIndex}.1`);
    missed();
    expect(wish(log, x)).toMatchObject({ missedOffers: 1, offer: '' });
    expect(offerOf(log, y)).not.toBe('');
    log.apply(cancel(offerOf(log, y)!), { holder: 'y' });
    expect(wish(log, y)).toMatchObject({ missedOffers: 2, offer: '' });
    log.apply(confirm(offerOf(log, x)!), { holder: 'x' });
    log.apply(cancel(`r${log.ledger.appliedIndex - 1}.1`), { holder: 'x' });
    expect(offerOf(log, y)).not.toBe('');
    missed();
    expect(wish(log, y)).toBeUndefined();
    expect(told(log, 'y')).toContain(`wait-ended ${y}`);
    expect(log.result(reserve([atTen('1')]), Z)).toMatchObject({ kind: 'reserved' });
  });

  it('that nobody else waits for is made again when it was missed', () => {
    const log = tripLog();
    const y = joined(log, 'y', [site('Valente')]);
    const first = offerOf(log, y);
    log.atMs += 10 * MINUTE_MS;
    expire(log);
    expect(offerOf(log, y)).toBe(`r${log.ledger.appliedIndex}.1`);
    expect(offerOf(log, y)).not.toBe(first);
  });

  it('of a wish whose time has come stays a hold, and the wish stays until that ends', () => {
    const { log, by } = takenLog('1');
    const y = joined(log, 'y', [atTen('1')]);
    log.atMs = TEN.startMs - MINUTE_MS;
    log.apply(cancel(by('1')), Z);
    const offer = offerOf(log, y)!;
    log.atMs = TEN.startMs;
    expire(log);
    expect(wish(log, y)).toMatchObject({ offer });
    expect(log.result(confirm(offer), { holder: 'y' })).toMatchObject({ state: 'CONFIRMED' });
    expect(wish(log, y)).toBeUndefined();
    expect(told(log, 'y')).not.toContain(`wait-ended ${y}`);
  });

  it.each(['runs out', 'is declined'])('of a wish whose time has come is its last when it %s', (how) => {
    const { log, by } = takenLog('1');
    const y = joined(log, 'y', [atTen('1')]);
    log.atMs = TEN.startMs - MINUTE_MS;
    log.apply(cancel(by('1')), Z);
    const offer = offerOf(log, y)!;
    log.atMs = TEN.startMs + 1;
    if (how === 'is declined') log.apply(cancel(offer), { holder: 'y' });
    else log.atMs += 9 * MINUTE_MS;
    expire(log);
    expect(wish(log, y)).toBeUndefined();
    expect(told(log, 'y').filter((each) => each === `wait-ended ${y}`)).toHaveLength(1);
    expect(log.ledger.nextDeadlineMs()).toBeGreaterThan(log.atMs);
  });

  it('is one of eight as long as it is open, also when its first window has begun', () => {
    const log = tripLog();
    const kinds = Array.from({ length: 9 }, (_, n) => {
      log.apply(point(`p${n}`));
      const { kind } = log.result(join([stop(`p${n}`, { startMs: log.atMs + 1 })]), { holder: 'y' });
      log.atMs += 1;
      expire(log);
      return kind;
    });
    expect(kinds).toEqual([...Array<string>(8).fill('waiting'), 'refused']);
    expect(log.ledger.query({ kind: 'open-reservations', holder: 'y' }, log.atMs)).toHaveLength(8);
  });
});

describe('a wish', () => {
  it('ends when its first window begins, and its holder is told', () => {
    const { log } = takenLog('1', '3');
    const y = joined(log, 'y', [stop('3', { startMs: TEN.startMs + HOUR_MS / 2 }), atTen('1')]);
    log.atMs = TEN.startMs - 1;
    expire(log);
    expect(wish(log, y)).toBeDefined();
    log.atMs += 1;
    const { events } = log.apply({ kind: 'expire' });
    expect(wish(log, y)).toBeUndefined();
    expect(told(log, 'y')).toEqual([`wait-ended ${y}`]);
    expect(events).toContainEqual({ kind: 'wait', waitId: y, holder: 'y', to: 'ended', reservationId: '' });
  });

  it('is offered a point of its site that did not exist before', () => {
    const { log } = takenLog('3');
    const y = joined(log, 'y', [site('Valente')]);
    log.apply(point('30', 'Valente'), { originCompany: 'empresa_b' });
    expect(view(log, offerOf(log, y)!).stops).toMatchObject([{ pointId: '30' }]);
  });
});

describe('leaving the waiting list', () => {
  it('takes the wish away', () => {
    const { log, by } = takenLog('1');
    const y = joined(log, 'y', [atTen('1')]);
    expect(log.result(leave(y), { holder: 'y' })).toEqual({ kind: 'removed', id: y });
    log.apply(cancel(by('1')), Z);
    expect(freedPoints(log)).toEqual([]);
    expect(told(log, 'y')).toEqual([]);
  });

  it('gives an open offer back, to who waits next', () => {
    const log = tripLog();
    const y = joined(log, 'y', [atTen('1')]);
    const x = joined(log, 'x', [atTen('1')]);
    const offer = offerOf(log, y)!;
    log.apply(leave(y), { holder: 'y' });
    expect(view(log, offer)).toMatchObject({
      state: 'CANCELED',
      end: { who: 'holder', reason: 'left-waitlist', atMs: log.atMs },
      stops: [{ state: 'RELEASED', reason: 'left-waitlist', owedCentavos: 0 }],
    });
    expect(offerOf(log, x)).toBe(`r${log.ledger.appliedIndex}.1`);
  });

  it('leaves an offer to time whose end has come', () => {
    const log = tripLog();
    const y = joined(log, 'y', [atTen('1')]);
    const offer = offerOf(log, y)!;
    log.atMs += 10 * MINUTE_MS;
    log.apply(leave(y), { holder: 'y' });
    expect(view(log, offer)).toMatchObject({ state: 'HELD' });
    expire(log);
    expect(view(log, offer)).toMatchObject({ state: 'EXPIRED' });
    expect(wish(log, y)).toBeUndefined();
  });

  it('is refused for a wish that there is not, or that is another’s', () => {
    const { log } = takenLog('1');
    const y = joined(log, 'y', [atTen('1')]);
    for (const waitId of [y, 'w9999', '']) {
      const refused = log.apply(leave(waitId), { holder: 'x' });
      expect(refused.answer.result).toMatchObject(refusal('UNKNOWN_WAIT'));
      expect(changesBeyondKeys(refused)).toEqual([]);
    }
    expect(log.result(leave('w'.repeat(65)))).toMatchObject(refusal('INVALID'));
  });
});

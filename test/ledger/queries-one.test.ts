import { describe, expect, it } from 'vitest';
import { TICKET_MS } from '../../src/ledger/limits.js';
import { DEFAULT_POLICY } from '../../src/ledger/policy.js';
import { schedule } from './companies.js';
import { START_MS, seededLog, stop } from './log.js';
import { POLICY, reserved, tripLog } from './trips.js';
import { atTen, declare, joined, leave, noticeIds } from './waiting.js';

describe('a company', () => {
  it('is told by its id, or is none', () => {
    const { ledger } = seededLog();
    const company = { id: 'empresa_b', name: 'LaizaCharge', displayId: '2' };
    expect(ledger.query({ kind: 'company', company: 'empresa_b' }, 0)).toEqual(company);
    expect(ledger.query({ kind: 'company', company: '2' }, 0)).toBeNull();
  });

  it('has the policy that it set, else the default, and no company has none', () => {
    const { ledger } = tripLog();
    const policy = (company: string) => ledger.query({ kind: 'policy', company }, 0);
    expect(policy('empresa_a')).toEqual({ company: 'empresa_a', policy: POLICY, isDefault: false });
    expect(policy('empresa_b')).toEqual({ company: 'empresa_b', policy: DEFAULT_POLICY, isDefault: true });
    expect(policy('empresa_x')).toBeNull();
  });

  it('gives its points hours, and one that has none is null', () => {
    const log = tripLog();
    const weekly = [{ startMinute: 0, endMinute: 600 }];
    log.apply(schedule('1', { utcOffsetMinutes: -180, weekly }));
    const of = (pointId: string) => log.ledger.query({ kind: 'schedule', pointId }, log.atMs);
    expect(of('1')).toEqual({ pointId: '1', utcOffsetMinutes: -180, weekly, maintenance: [] });
    expect(of('2')).toBeNull();
    expect(of('nowhere')).toBeNull();
  });
});

describe('a holder', () => {
  it('has a ticket until the moment when it ends, also before time has said so', () => {
    const log = tripLog();
    const { index } = log.apply(declare([stop('1'), atTen('2')]), { holder: 'x' }).answer;
    const ticket = (holder: string, atMs = log.atMs) => log.ledger.query({ kind: 'ticket', holder }, atMs);
    expect(ticket('x')).toMatchObject({ holder: 'x', ticket: index, reservationId: `r${index}` });
    expect(ticket('y')).toBeNull();
    expect(ticket('x', START_MS + TICKET_MS - 1)).not.toBeNull();
    expect(ticket('x', START_MS + TICKET_MS)).toBeNull();
  });

  it('has wishes in the order of their turns, and a notice of each that is offered', () => {
    const log = tripLog();
    const taken = reserved(log, [atTen('1'), atTen('2'), atTen('3')]);
    const [first, second] = [joined(log, 'x', [atTen('1')]), joined(log, 'x', [atTen('2')])];
    const other = joined(log, 'y', [atTen('3')]);
    const waits = (holder: string) => log.ledger.query({ kind: 'waits', holder }, log.atMs);
    expect(waits('x').map(({ id }) => id)).toEqual([first, second]);
    expect(waits('y').map(({ id }) => id)).toEqual([other]);
    log.apply({ kind: 'cancel', reservationId: taken, ifIndex: 0, stops: [0, 1], as: 'holder', reason: '' });
    expect(waits('x').map(({ offer }) => offer === '')).toEqual([false, false]);
    log.apply(
      {
        kind: 'cancel',
        reservationId: waits('x')[0]!.offer,
        ifIndex: 0,
        stops: [],
        as: 'holder',
        reason: '',
      },
      { holder: 'x' },
    );
    // Whoever missed an offer goes to the end of the line.
    expect(waits('x').map(({ id }) => id)).toEqual([second, first]);
    const wait = (waitId: string) => log.ledger.query({ kind: 'wait', waitId }, log.atMs);
    expect(wait(first)).toMatchObject({ id: first, holder: 'x', missedOffers: 1 });
    log.apply(leave(first), { holder: 'x' });
    expect(wait(first)).toBeNull();
    expect(waits('x').map(({ id }) => id)).toEqual([second]);
    log.apply(leave(second), { holder: 'x' });
    expect(waits('x')).toEqual([]);
    const notices = log.ledger.query({ kind: 'notices', holder: 'x' }, log.atMs);
    expect(notices.map(({ index, number }) => `n${index}.${number}`)).toEqual(noticeIds(log, 'x'));
    expect(notices.filter(({ notice }) => notice === 'wait-offered').length).toBeGreaterThanOrEqual(2);
    expect(log.ledger.query({ kind: 'notices', holder: 'nobody' }, log.atMs)).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { seesInFull, viewOf } from '../../src/doors/event-view.js';
import type { LedgerEvent } from '../../src/ledger/event.js';

const stop = (company: string): LedgerEvent => ({
  ...{ kind: 'stop', reservationId: 'r1', holder: 'v', stop: 0, pointId: 'p', company },
  ...{ startMs: 1, endMs: 2, from: '', to: 'PLANNED', reason: '' },
});

const EVENTS: readonly LedgerEvent[] = [
  { ...{ kind: 'reservation', reservationId: 'r1', holder: 'v', from: '', to: 'HELD' }, who: '', reason: '' },
  { kind: 'ticket', holder: 'v', ticket: 1, reservationId: 'r1', to: 'live' },
  { kind: 'wait', waitId: 'w1', holder: 'v', to: 'waiting', reservationId: '' },
  {
    ...{ kind: 'notice', noticeId: 'n1.0', holder: 'v', notice: 'stop-no-show' },
    reservationId: 'r1',
    to: 'open',
  },
];

describe('who may see whom an event belongs to', () => {
  it('is its holder, whatever it is', () => {
    for (const event of [...EVENTS, stop('one')]) {
      expect(seesInFull(event, { company: '', holder: 'v' })).toBe(true);
      expect(seesInFull(event, { company: '', holder: 'w' })).toBe(false);
    }
  });

  it('is the company at whose point a stop is, and no other', () => {
    expect(seesInFull(stop('one'), { company: 'one', holder: '' })).toBe(true);
    expect(seesInFull(stop('one'), { company: 'two', holder: '' })).toBe(false);
    for (const event of EVENTS) expect(seesInFull(event, { company: 'one', holder: '' })).toBe(false);
  });

  it('is nobody that is not named, where nobody noted whose the point was', () => {
    expect(seesInFull(stop(''), { company: '', holder: '' })).toBe(false);
    expect(seesInFull({ ...stop('one'), holder: '' } as LedgerEvent, { company: '', holder: '' })).toBe(
      false,
    );
  });

  it('leaves the rest of an event to everybody', () => {
    const stranger = { company: 'two', holder: 'w' };
    expect(viewOf(stop('one'), stranger)).toEqual({ ...stop('one'), holder: '' });
    const point: LedgerEvent = { kind: 'point', pointId: 'p', company: 'one', status: 'faulted', untilMs: 1 };
    expect(viewOf(point, stranger)).toBe(point);
  });
});

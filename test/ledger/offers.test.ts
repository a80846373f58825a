import { describe, expect, it } from 'vitest';
import type { Context } from '../../src/ledger/operations/context.js';
import { accepted, missedOffer, offerFreed } from '../../src/ledger/operations/offers.js';
import { HOUR_MS, START_MS } from './log.js';
import { memoryOf, pointRow, waitRow } from './memories.js';

const LATER_MS = START_MS + 2 * HOUR_MS;

function context(index: number): Context {
  return { index, atMs: START_MS, ledgerVersion: 2 } as Context;
}

describe('a wish whose offer', () => {
  it('is taken leaves the waiting list', () => {
    const memory = memoryOf();
    memory.waits.table.put(waitRow('w9', { offer: 'r30.1' }));
    accepted(memory, 'w9');
    accepted(memory, 'w9');
    expect(memory.waits.countOf('y')).toBe(0);
    expect(memory.notices.openOf('y')).toEqual([]);
  });

  it('is missed stands behind all that wait, and after the third miss it ends', () => {
    const memory = memoryOf();
    memory.waits.table.put(waitRow('w9', { offer: 'r30.1' }));
    memory.waits.table.put(waitRow('w10', { holder: 'z' }));
    const line = () => memory.waits.waitingAt(pointRow('1')).map(({ id }) => id);
    missedOffer(memory, 'w9', context(40));
    expect(memory.waits.table.get('w9')).toMatchObject({ turn: 40, offer: '', missedOffers: 1 });
    expect(line()).toEqual(['w10', 'w9']);
    missedOffer(memory, 'w9', context(50));
    missedOffer(memory, 'w9', context(60));
    expect(line()).toEqual(['w10']);
    expect(memory.notices.openOf('y')).toMatchObject([{ notice: 'wait-ended', waitId: 'w9', index: 60 }]);
    missedOffer(memory, 'w9', context(70));
    expect(memory.waits.countOf('y')).toBe(0);
  });
});

describe('when one entry cannot look at all lines', () => {
  const at = (pointId: string) => ({ pointId, company: '', startMs: START_MS, durationMs: HOUR_MS });
  const window = { startMs: START_MS, endMs: START_MS + HOUR_MS, sinceMs: START_MS };

  /** Points 1 and 2 are free; y waits for 1, x for both, z for 2. There is room for the first line only. */
  function asked(x: string, z: string) {
    const memory = memoryOf();
    memory.waits.table.put(waitRow('w7', { holder: 'y', stops: [at('1')] }));
    memory.waits.table.put(waitRow(x, { holder: 'x', stops: [at('1'), at('2')] }));
    memory.waits.table.put(waitRow(z, { holder: 'z', stops: [at('2')] }));
    for (const pointId of ['1', '2']) memory.freed.put({ pointId, ...window });
    const budget = { stops: 512, bookings: 0, offers: 64, wishes: 2 };
    offerFreed(memory, context(30), budget);
    expect(memory.freed.sorted().map(({ pointId }) => pointId)).toEqual(['2']);
    expect(budget.wishes).toBe(0);
    const offered = () => ['w7', x, z].filter((id) => memory.waits.table.get(id)!.offer !== '');
    const first = offered();
    offerFreed(memory, context(31), { stops: 512, bookings: 0, offers: 64, wishes: 64 });
    expect(memory.freed.size).toBe(0);
    return { first, later: offered() };
  }

  it('a wish takes nothing for which somebody waits longer who has not been asked', () => {
    expect(asked('w6', 'w5')).toEqual({ first: ['w7'], later: ['w7', 'w5'] });
  });

  it('the oldest wish is not overtaken', () => {
    expect(asked('w5', 'w6')).toEqual({ first: ['w5'], later: ['w5'] });
  });

  it('or make all offers, whoever was not offered anything is asked by a later one', () => {
    const memory = memoryOf();
    memory.waits.table.put(waitRow('w5', { stops: [at('1')] }));
    memory.waits.table.put(waitRow('w6', { holder: 'x', stops: [at('2')] }));
    for (const pointId of ['1', '2']) memory.freed.put({ pointId, ...window });
    offerFreed(memory, context(30), { stops: 512, bookings: 0, offers: 1, wishes: 64 });
    expect(memory.waits.table.get('w6')).toMatchObject({ offer: '' });
    expect(memory.freed.size).toBe(2);
    offerFreed(memory, context(31), { stops: 512, bookings: 0, offers: 64, wishes: 64 });
    expect(memory.waits.table.get('w6')).toMatchObject({ offer: 'r31.1' });
    expect(memory.freed.size).toBe(0);
  });

  it('or offer all stops, a wish that is had whole or not at all is asked by a later one', () => {
    const memory = memoryOf();
    memory.waits.table.put(waitRow('w5', { stops: [at('1')] }));
    memory.waits.table.put(
      waitRow('w6', { holder: 'x', stops: [at('2'), { ...at('1'), startMs: LATER_MS }] }),
    );
    for (const pointId of ['1', '2']) memory.freed.put({ pointId, ...window });
    const budget = { stops: 2, bookings: 0, offers: 64, wishes: 64 };
    offerFreed(memory, context(30), budget);
    expect(memory.waits.table.get('w5')).toMatchObject({ offer: 'r30.1' });
    expect(memory.waits.table.get('w6')).toMatchObject({ offer: '' });
    expect(budget.stops).toBe(1);
    expect(memory.freed.size).toBe(2);
    offerFreed(memory, context(31), { stops: 2, bookings: 0, offers: 64, wishes: 64 });
    expect(memory.waits.table.get('w6')).toMatchObject({ offer: 'r31.1' });
    expect(memory.freed.size).toBe(0);
  });

  it('lets windows that nobody waits for any more wait like lines do', () => {
    const memory = memoryOf();
    memory.waits.table.put(waitRow('w5', { stops: [at('1')] }));
    for (const pointId of ['1', '2']) memory.freed.put({ pointId, ...window });
    offerFreed(memory, context(30), { stops: 512, bookings: 0, offers: 64, wishes: 1 });
    expect(memory.freed.sorted().map(({ pointId }) => pointId)).toEqual(['2']);
  });

  it('looks at one line alone whose sites cost more than an entry may spend', () => {
    const points = ['1', '2', '3'].map((id) => pointRow(id, { place: id }));
    const memory = memoryOf(points);
    for (let n = 0; n < 9; n += 1) {
      // Each wants point 1, and two points of the same site, which has one.
      const site = { place: '3', connector: 'CCS2', minPowerWatts: 1 };
      const atSite = { ...at(''), pointId: '' as const, site };
      const stops = [at('1'), ...Array.from({ length: 8 }, () => atSite)];
      memory.waits.table.put(waitRow(`w${5 + n}`, { holder: `h${n}`, stops }));
    }
    memory.waits.table.put(waitRow('w99', { holder: 'x', stops: [at('2')] }));
    for (const pointId of ['1', '2']) memory.freed.put({ pointId, ...window });
    const spent = { stops: 512, bookings: 0, offers: 64, wishes: 1_023 };
    offerFreed(memory, context(30), spent);
    expect(memory.freed.size).toBe(2);
    offerFreed(memory, context(30), { stops: 512, bookings: 0, offers: 64, wishes: 1_024 });
    expect(memory.freed.sorted().map(({ pointId }) => pointId)).toEqual(['2']);
    offerFreed(memory, context(31), { stops: 512, bookings: 0, offers: 64, wishes: 1_024 });
    expect(memory.waits.table.get('w99')).toMatchObject({ offer: 'r31.1' });
  });
});

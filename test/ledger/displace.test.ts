import { describe, expect, it } from 'vitest';
import { budgetOf } from '../../src/ledger/operations/budget.js';
import type { Context } from '../../src/ledger/operations/context.js';
import { displace, overstay, vacate } from '../../src/ledger/operations/displace.js';
import { HOUR_MS, MINUTE_MS, START_MS } from './log.js';
import { memoryOf, pointRow, reservationRow, stopRow, waitRow } from './memories.js';

const CONTEXT = { index: 90, atMs: START_MS + 5, ledgerVersion: 2 } as Context;

describe('a stop that is displaced', () => {
  it('frees its point, owes nothing, and waits for a substitute while its holder is told', () => {
    const memory = memoryOf();
    memory.putReservation(reservationRow('r7', [stopRow({ owedCentavos: 100 })]));
    displace(memory, memory.reservation('r7')!, 0, 'faulted', CONTEXT, 'company');
    expect(memory.reservation('r7')).toMatchObject({
      state: 'CONFIRMED',
      end: null,
      changedIndex: 90,
      stops: [{ state: 'DISPLACED', reason: 'faulted', owedCentavos: 0, endedAtMs: 0 }],
    });
    expect(memory.calendar.hasBookings('1')).toBe(false);
    const told = { notice: 'stop-displaced', reservationId: 'r7', stop: 0, reason: 'faulted' };
    expect(memory.notices.openOf('x')).toMatchObject([told]);
  });
});

describe('a vehicle that does not leave', () => {
  it('overstays, and goes on holding its window', () => {
    const memory = memoryOf();
    memory.putReservation(reservationRow('r7', [stopRow({ state: 'ACTIVE', startedAtMs: START_MS })]));
    overstay(memory, memory.reservation('r7')!, 0, CONTEXT, budgetOf(2));
    expect(memory.reservation('r7')).toMatchObject({
      end: null,
      stops: [{ state: 'ACTIVE', overstaying: true }],
    });
    expect(memory.reservations.activeAt('1')?.id).toBe('r7');
  });
});

describe('who follows a vehicle that does not leave', () => {
  it('is told as far as the entry may go, and the rest at once after', () => {
    const memory = memoryOf();
    memory.putReservation(reservationRow('r7', [stopRow({ state: 'ACTIVE', startedAtMs: START_MS })]));
    for (let n = 1; n <= 3; n += 1) {
      const startMs = START_MS + HOUR_MS + n * MINUTE_MS;
      const stop = stopRow({ startMs, endMs: startMs + MINUTE_MS });
      memory.putReservation(reservationRow(`r${7 + n}`, [stop], { holder: `h${n}` }));
    }
    const atMs = START_MS + HOUR_MS;
    memory.nowMs = atMs;
    const budget = { ...budgetOf(2), stops: 2 };
    overstay(memory, memory.reservation('r7')!, 0, { ...CONTEXT, atMs }, budget);
    expect([1, 2, 3].map((n) => memory.notices.openOf(`h${n}`).length)).toEqual([1, 1, 0]);
    expect(budget.stops).toBe(0);
    expect(memory.points.get('1')).toMatchObject({ status: 'occupied', checkAtMs: atMs });
  });
});

describe('a point that a vehicle leaves', () => {
  const until = START_MS + HOUR_MS;

  it('is available again, and who waits for it is to be asked', () => {
    const memory = memoryOf([pointRow('1', { status: 'occupied', statusUntilMs: until, checkAtMs: until })]);
    memory.waits.table.put(waitRow('w9'));
    memory.nowMs = CONTEXT.atMs;
    vacate(memory, '1', CONTEXT);
    expect(memory.points.get('1')).toMatchObject({ status: 'available', statusUntilMs: 0 });
    expect(memory.freed.get('1')).toMatchObject({ startMs: CONTEXT.atMs, endMs: until });
  });

  it('keeps what else its company said of it', () => {
    const memory = memoryOf([pointRow('1', { status: 'faulted', statusUntilMs: until })]);
    vacate(memory, '1', CONTEXT);
    vacate(memory, 'nowhere', CONTEXT);
    expect(memory.journal.take()).toEqual([]);
  });
});

/** Whatever companies say of their points, and whenever: what must be so after each entry. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { freeAgainMs, heldFromMs, isLive, isOpen, isOver } from '../../src/ledger/lifecycle.js';
import { DISPLACED_PER_ENTRY_MAX } from '../../src/ledger/limits.js';
import { isOpenDuring } from '../../src/ledger/opening.js';
import type { Notice, Point, Schedule } from '../../src/ledger/state.js';
import { crowd, deletePoint, pointOf, report, schedule } from './companies.js';
import { companySteps, live, reservationsOf } from './companies-arbitraries.js';
import { Coverage } from './coverage.js';
import { HOUR_MS, type Log, MINUTE_MS, START_MS } from './log.js';
import { digestOf } from './rows.js';
import { expire, given, stopStates, tripLog } from './trips.js';

// A property is many tests in one, and a busy machine takes its time.
vi.setConfig({ testTimeout: 120_000 });

function rowsOf<T>(log: Log, prefix: string): readonly T[] {
  return [...log.rows()].filter(([key]) => key.startsWith(prefix)).map(([, row]) => JSON.parse(row) as T);
}

/** All open stops, each with its reservation and number. */
function openStops(log: Log) {
  return reservationsOf(log).flatMap((reservation) =>
    reservation.stops.flatMap((stop, number) => (isOpen(stop) ? [{ reservation, stop, number }] : [])),
  );
}

describe('whatever companies say', () => {
  it('no two stops hold one point at one time, no two vehicles stand there, and each point that is held exists', () => {
    fc.assert(
      fc.property(companySteps(80), (steps) => {
        const log = live(steps);
        const held = openStops(log);
        const points = new Map(rowsOf<Point>(log, 'p:').map((each) => [each.id, each]));
        held.forEach(({ stop }, i) => {
          expect(points.has(stop.pointId)).toBe(true);
          for (const { stop: other } of held.slice(i + 1)) {
            if (other.pointId !== stop.pointId) continue;
            const apart = freeAgainMs(stop) <= heldFromMs(other) || freeAgainMs(other) <= heldFromMs(stop);
            expect(apart).toBe(true);
            expect([stop.state, other.state]).not.toEqual(['ACTIVE', 'ACTIVE']);
          }
        });
        for (const { id, leaving } of points.values()) {
          if (leaving) expect(held.some(({ stop }) => stop.pointId === id)).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('no stop that can still be had stands at a point that is broken, closed or leaving, and who meets a car is told', () => {
    const coverage = new Coverage();
    coverage.check(
      fc.property(companySteps(60), (steps) => {
        live(steps, (log, { answer, events }) => {
          for (const event of events) {
            if (event.kind !== 'stop' || event.to !== 'DISPLACED') continue;
            coverage.saw(event.reason);
          }
          if (answer.result.kind !== 'refused') coverage.saw(answer.result.kind);
          const points = new Map(rowsOf<Point>(log, 'p:').map((each) => [each.id, each]));
          const schedules = new Map(rowsOf<Schedule>(log, 'h:').map((each) => [each.pointId, each]));
          const notices = rowsOf<Notice>(log, 'n:').filter(({ notice }) => notice === 'point-occupied');
          for (const { reservation, stop, number } of openStops(log)) {
            const { pointId, startMs, endMs, state } = stop;
            if (endMs <= log.atMs || isOver(reservation, log.atMs) || !isLive(reservation, stop, log.atMs))
              continue;
            const { status, statusUntilMs, leaving } = points.get(pointId)!;
            const isMet = startMs < (statusUntilMs ?? 0);
            if (state === 'PLANNED') expect(leaving ?? false).toBe(false);
            expect(isOpenDuring(schedules.get(pointId), Math.max(startMs, log.atMs), endMs)).toBe(true);
            if (!isMet || status === 'available') continue;
            expect(status).toBe('occupied');
            if (state === 'ACTIVE') continue;
            const isTold = notices.some(
              (each) => each.reservationId === reservation.id && each.stop === number,
            );
            expect(isTold).toBe(true);
            coverage.saw('met');
          }
        });
      }),
      60,
      ['faulted', 'maintenance', 'closed', 'deleted', 'occupied', 'met', 'removed', 'updated'],
    );
  });

  it('a refusal changes no row but that of its key and the head of the trail, and makes nothing happen', () => {
    fc.assert(
      fc.property(companySteps(80), (steps) => {
        live(steps, (_, { answer, changes, events }) => {
          if (answer.result.kind !== 'refused') return;
          expect(changes.map(({ key }) => key).filter((key) => !/^[ak]:/.test(key))).toEqual([]);
          expect(events).toEqual([]);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('a ledger restored at any entry goes on as the other does', () => {
    fc.assert(
      fc.property(companySteps(80), fc.nat(), (steps, cut) => {
        const log = live(steps);
        const first = tripLog({ bufferMs: 5 * MINUTE_MS });
        const at = cut % log.entries.length;
        for (const entry of log.entries.slice(0, at)) first.ledger.apply(entry, 1);
        const second = given(first, {});
        for (const entry of log.entries.slice(at)) {
          expect(second.ledger.apply(entry, 1)).toEqual(first.ledger.apply(entry, 1));
          expect(second.ledger.nextDeadlineMs()).toBe(first.ledger.nextDeadlineMs());
        }
        expect(second.ledger.meta()).toEqual(log.ledger.meta());
        expect(log.ledger.meta().digest).toBe(digestOf(log.ledger.rows()));
      }),
      { numRuns: 60 },
    );
  });

  it('nothing stays due: one expire deals with a small mesh', () => {
    fc.assert(
      fc.property(companySteps(60), (steps) => {
        const log = live(steps);
        log.atMs += HOUR_MS;
        expire(log);
        expect(log.ledger.nextDeadlineMs() ?? Number.MAX_SAFE_INTEGER).toBeGreaterThan(log.atMs);
      }),
      { numRuns: 60 },
    );
  });
});

describe('however many stops a point has', () => {
  it('a command displaces or tells 256 of them at most, and what follows it at once deals with all', () => {
    const what = fc.constantFrom('faulted', 'occupied', 'closed', 'deleted');
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 900 }), what, (count, word) => {
        const log = tripLog();
        const ids = crowd(log, '1', count, START_MS + MINUTE_MS);
        const untilMs = START_MS + 24 * HOUR_MS;
        const closed = { maintenance: [{ startMs: START_MS, endMs: untilMs }], displace: true };
        const applied = log.apply(
          word === 'closed'
            ? schedule('1', closed)
            : word === 'deleted'
              ? deletePoint('1', true)
              : report('1', word as 'faulted' | 'occupied', untilMs),
        );
        const dealt = applied.events.filter(({ kind }) => kind === (word === 'occupied' ? 'notice' : 'stop'));
        const first = Math.min(count, DISPLACED_PER_ENTRY_MAX);
        expect(dealt.filter((event) => event.kind !== 'notice' || event.to === 'open')).toHaveLength(first);
        expect(applied.answer.result).toMatchObject(
          word === 'deleted' && count === first ? { kind: 'removed' } : { more: count > first },
        );
        // An entry has a budget of its own beside: what is left is due again at once, and each `expire` gets further.
        for (let rounds = 0; (log.ledger.nextDeadlineMs() ?? untilMs) <= log.atMs; rounds += 1) {
          expect(rounds).toBeLessThan(Math.ceil(count / DISPLACED_PER_ENTRY_MAX));
          expire(log);
        }
        const states = new Set(ids.flatMap((id) => stopStates(log, id)));
        expect(states).toEqual(new Set([word === 'occupied' ? 'PLANNED' : 'DISPLACED']));
        if (word === 'deleted') expect(pointOf(log, '1')).toBeUndefined();
        else expect(pointOf(log, '1')).toMatchObject({ checkFromMs: 0, checkToMs: 0 });
      }),
      { numRuns: 12 },
    );
  });
});

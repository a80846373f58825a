import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ledger } from '../../src/ledger/ledger.js';
import { PAGE_EXAMINED_MAX, PAGE_SIZE_MAX } from '../../src/ledger/limits.js';
import type { Memory } from '../../src/ledger/memory.js';
import { answerQuery } from '../../src/ledger/queries/answer-query.js';
import type { PointMatch, ReservationMatch } from '../../src/ledger/query.js';
import { ordinalOf } from '../../src/ledger/reservation-id.js';
import type { Point } from '../../src/ledger/state.js';
import { baseLog, entriesOf, steps } from './arbitraries-2.js';
import { crowd, deletePoint, displaceStop, substitute } from './companies.js';
import { Coverage } from './coverage.js';
import { DAY_MS, HOUR_MS, point, reserve, START_MS, seededLog, stop } from './log.js';
import { memoryOf, pointRow, reservationRow, stopRow } from './memories.js';
import { cancel, expire, finish, reserved, start, tripLog } from './trips.js';

describe('a page of points', () => {
  const memory = memoryOf([
    pointRow('2', { place: ' SALVADOR', powerWatts: 22_000 }),
    pointRow('10', { connector: 'Type2' }),
    pointRow('9'),
    pointRow('b', { company: 'b', place: 'Ilheus', powerWatts: 150_000 }),
    pointRow('B', { company: 'b', place: 'Ilhéus' }),
  ]);
  const page = (match: PointMatch, after = '', limit = 10, of: Memory = memory) => {
    const query = { kind: 'point-page', match, windowMs: HOUR_MS, after, limit } as const;
    const reply = answerQuery(of, query, START_MS);
    return { ids: reply.items.map((view) => view.point.id), after: reply.after };
  };

  it.each<[string, PointMatch, readonly string[]]>([
    ['nothing', {}, ['2', '9', '10', 'B', 'b']],
    ['a place, however it is written', { place: 'salvador ' }, ['2', '9', '10']],
    ['a place by its letters', { place: 'Ilhéus' }, ['B']],
    ['a company', { company: 'b' }, ['B', 'b']],
    ['a connector', { connector: 'Type2' }, ['10']],
    ['a power', { minPowerWatts: 50_000 }, ['9', '10', 'B', 'b']],
    ['a power above all', { minPowerWatts: 150_001 }, []],
    ['two things', { company: 'b', minPowerWatts: 100_000 }, ['b']],
    ['a company that is none', { company: 'x' }, []],
  ])('shows those that match %s, in id order', (_, match, ids) => {
    expect(page(match)).toEqual({ ids, after: null });
  });

  it('goes on behind the one before, also when that point is gone', () => {
    expect(page({}, '', 2)).toEqual({ ids: ['2', '9'], after: '9' });
    expect(page({}, '9', 2)).toEqual({ ids: ['10', 'B'], after: 'B' });
    expect(page({}, '9a', 2)).toEqual({ ids: ['B', 'b'], after: null });
    expect(page({}, '8', 1)).toEqual({ ids: ['9'], after: '9' });
    expect(page({}, 'b', 2)).toEqual({ ids: [], after: null });
  });

  it('says of each whether it is free for the time asked about', () => {
    const log = seededLog();
    log.apply(reserve([stop('2')]));
    const query = { kind: 'point-page', match: {}, windowMs: HOUR_MS, after: '', limit: 10 } as const;
    const { items } = log.ledger.query(query, log.atMs);
    expect(items.map(({ point: { id }, free }) => [id, free])).toEqual([
      ['1', true],
      ['2', false],
      ['3', true],
      ['4', true],
    ]);
    expect(items.map(({ companyDisplayId }) => companyDisplayId)).toEqual(['1', '1', '2', '3']);
  });

  it('follows the points that come and go', () => {
    const log = tripLog();
    const ids = () => {
      const query = { kind: 'point-page', match: {}, windowMs: 1, after: '', limit: 10 } as const;
      return log.ledger.query(query, log.atMs).items.map((view) => view.point.id);
    };
    expect(ids()).toEqual(['1', '2', '3', '4']);
    for (const id of ['30', '07', 'x', '5']) log.apply(point(id));
    expect(ids()).toEqual(['1', '2', '3', '4', '5', '07', '30', 'x']);
    log.apply(deletePoint('2'));
    log.apply(deletePoint('30'));
    expect(ids()).toEqual(['1', '3', '4', '5', '07', 'x']);
    expect(log.ledger.query({ kind: 'points', windowMs: 1 }, log.atMs)).toHaveLength(6);
  });

  it('looks at a bounded number and shows a bounded number', () => {
    const many: Point[] = [];
    for (let n = 1; n <= PAGE_EXAMINED_MAX + 300; n += 1) many.push(pointRow(String(n)));
    many.push(pointRow('z', { place: 'Valente' }));
    const big = memoryOf(many);
    expect(page({ place: 'Valente' }, '', 10, big)).toEqual({ ids: [], after: String(PAGE_EXAMINED_MAX) });
    expect(page({ place: 'Valente' }, String(PAGE_EXAMINED_MAX), 10, big)).toEqual({
      ids: ['z'],
      after: null,
    });
    expect(page({}, '', 100_000, big).ids).toHaveLength(PAGE_SIZE_MAX);
  });
});

describe('a page of reservations', () => {
  const ids = (ledger: Ledger, match: ReservationMatch, after = 0, limit = 10) => {
    const query = { kind: 'reservation-page', match, after, limit } as const;
    const page = ledger.query(query, 0);
    return { ids: page.items.map(({ id }) => id), after: page.after };
  };

  it('shows those that match, ended ones too, in the order in which they were made', () => {
    const log = tripLog();
    const [a, b, c] = [
      reserved(log, [stop('1'), stop('3')], { holder: 'x' }),
      reserved(log, [stop('2')], { holder: 'y' }),
      reserved(log, [stop('4')], { holder: 'x', holdMs: 60_000 }),
    ];
    log.apply(cancel(b), { holder: 'y' });
    const { ledger } = log;
    const all = (match: ReservationMatch) => ids(ledger, match);
    expect(all({})).toEqual({ ids: [a, b, c], after: null });
    expect(all({ holder: 'x' }).ids).toEqual([a, c]);
    expect(all({ holder: 'nobody' }).ids).toEqual([]);
    expect(all({ company: 'empresa_a' }).ids).toEqual([a, b]);
    expect(all({ company: 'empresa_b' }).ids).toEqual([a]);
    expect(all({ pointId: '2' }).ids).toEqual([b]);
    expect(all({ pointId: 'nowhere' }).ids).toEqual([]);
    expect(all({ state: 'HELD' }).ids).toEqual([c]);
    expect(all({ state: 'CANCELED', company: 'empresa_a' }).ids).toEqual([b]);
    expect(all({ holder: 'x', company: 'empresa_a', pointId: '3', state: 'CONFIRMED' }).ids).toEqual([a]);
    expect(all({ holder: 'x', pointId: '2' }).ids).toEqual([]);
  });

  it('knows a point by every stop that is there, whatever became of it, and not by one that was taken elsewhere', () => {
    const log = tripLog();
    const ended = reserved(log, [stop('1')], { holder: 'x' });
    log.apply(start(ended), { holder: 'x' });
    log.apply(finish(ended), { holder: 'x' });
    const moved = reserved(log, [stop('1')], { holder: 'y' });
    log.apply(displaceStop(moved));
    expect(ids(log.ledger, { pointId: '1' }).ids).toEqual([ended, moved]);
    log.apply(substitute(moved, [stop('2')]), { holder: 'y' });
    expect(ids(log.ledger, { pointId: '1' }).ids).toEqual([ended]);
    expect(ids(log.ledger, { pointId: '2' }).ids).toEqual([moved]);
  });

  it('has those of version 1 in the lists of points and holders, and in none of a company', () => {
    const log = seededLog();
    const id = `r${log.apply(reserve([stop('1')]), { holder: 'x' }).answer.index}`;
    expect(ids(log.ledger, { pointId: '1' }).ids).toEqual([id]);
    expect(ids(log.ledger, { holder: 'x' }).ids).toEqual([id]);
    expect(ids(log.ledger, { company: 'empresa_a' }).ids).toEqual([]);
  });

  it('forgets what was pruned', () => {
    const log = tripLog();
    const [gone, kept] = [
      reserved(log, [stop('1')]),
      reserved(log, [stop('1', { startMs: START_MS + 9 * DAY_MS })]),
    ];
    log.atMs += DAY_MS;
    expire(log);
    log.atMs += 3 * DAY_MS;
    expect(ids(log.ledger, { pointId: '1' }).ids).toEqual([gone, kept]);
    log.apply({ kind: 'prune' });
    for (const match of [{}, { pointId: '1' }, { company: 'empresa_a' }, { holder: 'vehicle-1' }]) {
      expect(ids(log.ledger, match)).toEqual({ ids: [kept], after: null });
    }
  });

  it('says where the next one begins, and shows a bounded number', () => {
    const log = tripLog();
    const made = crowd(log, '3', 50 * (PAGE_SIZE_MAX + 3));
    const first = ids(log.ledger, {}, 0, 2);
    expect(first).toEqual({ ids: made.slice(0, 2), after: ordinalOf(made[1]!) });
    expect(ids(log.ledger, { pointId: '3' }, first.after!, 100_000).ids).toEqual(
      made.slice(2, 2 + PAGE_SIZE_MAX),
    );
    expect(ids(log.ledger, {}, ordinalOf(made.at(-2)!), 1)).toEqual({ ids: made.slice(-1), after: null });
  });

  it('looks at a bounded number of the shortest list', () => {
    const memory = memoryOf();
    for (let n = 1; n <= PAGE_EXAMINED_MAX + 1; n += 1) {
      const stops = [stopRow({ startMs: START_MS + n * DAY_MS })];
      memory.putReservation(reservationRow(`r${n}`, stops, { holder: n % 2 === 0 ? 'x' : 'y' }));
    }
    const last = `r${PAGE_EXAMINED_MAX + 1}`;
    memory.putReservation(reservationRow('r9999', [stopRow({ pointId: '2' })], { holder: 'y' }));
    const page = (match: ReservationMatch, after = 0) =>
      answerQuery(memory, { kind: 'reservation-page', match, after, limit: 10 }, START_MS);
    const first = page({ state: 'HELD', company: 'a' });
    expect(first).toEqual({ items: [], after: ordinalOf(`r${PAGE_EXAMINED_MAX}`) });
    expect(page({ company: 'a' }, first.after!).items.map(({ id }) => id)).toEqual([last, 'r9999']);
    // The list of all, and the company's, are longer than a page looks at; the point's is not.
    expect(page({ company: 'a', pointId: '2' })).toMatchObject({ items: [{ id: 'r9999' }], after: null });
  });

  it('is one of a walk that lists everything that matches all the while exactly once, whatever happens meanwhile', () => {
    const match = fc.oneof<fc.Arbitrary<ReservationMatch>[]>(
      fc.constant({}),
      fc.record({ holder: fc.constantFrom('x', 'y', 'z') }),
      fc.record({ company: fc.constantFrom('empresa_a', 'empresa_b', 'empresa_c') }),
      fc.record({ pointId: fc.constantFrom('1', '2', '3', '4', '5') }),
      fc.record({ holder: fc.constant('x'), pointId: fc.constantFrom('1', '2') }),
      fc.record({ state: fc.constantFrom('HELD', 'CONFIRMED', 'EXPIRED') }),
    );
    const coverage = new Coverage();
    coverage.check(
      fc.property(
        steps(80),
        match,
        fc.integer({ min: 1, max: 4 }),
        fc.nat(9),
        (made, wanted, limit, pace) => {
          const entries = [...entriesOf(made)];
          const { ledger: base } = baseLog();
          let ledger = Ledger.restore(base.rows(), base.meta());
          for (const entry of entries.splice(0, Math.floor(entries.length / 2))) ledger.apply(entry, 1);
          const matching = () => new Set(ids(ledger, wanted, 0, PAGE_SIZE_MAX).ids);
          const everSince = matching();
          const walked: string[] = [];
          let after: number | null = 0;
          while (after !== null) {
            const page = ids(ledger, wanted, after, limit);
            expect(page.ids.length).toBeLessThanOrEqual(limit);
            walked.push(...page.ids);
            after = page.after;
            for (const entry of entries.splice(0, pace)) ledger.apply(entry, 1);
            const now = matching();
            for (const id of everSince) if (!now.has(id)) everSince.delete(id);
            // A node that starts again meanwhile goes on with the same cursor.
            if (walked.length % 3 === 0) ledger = Ledger.restore(ledger.rows(), ledger.meta());
          }
          expect(walked).toEqual([...new Set(walked)].sort((a, b) => ordinalOf(a) - ordinalOf(b)));
          for (const id of everSince) expect(walked).toContain(id);
          coverage.saw('listed', walked.length);
          if (walked.length > everSince.size) coverage.saw('of those that changed meanwhile');
        },
      ),
      60,
      ['listed', 'of those that changed meanwhile'],
    );
  });
});

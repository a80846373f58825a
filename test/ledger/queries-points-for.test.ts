import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ledger } from '../../src/ledger/ledger.js';
import { SITE_POINTS_EXAMINED_MAX } from '../../src/ledger/limits.js';
import { answerQuery } from '../../src/ledger/queries/answer-query.js';
import type { Box, Query } from '../../src/ledger/query.js';
import type { Point } from '../../src/ledger/state.js';
import { baseLog, entriesOf, steps } from './arbitraries-2.js';
import { report } from './companies.js';
import { Coverage } from './coverage.js';
import { HOUR_MS, Log, MINUTE_MS, START_MS, stop } from './log.js';
import { memoryOf, pointRow, reservationRow, stopRow } from './memories.js';
import { given, reserved, tripLog } from './trips.js';
import { atTen, declare, joined } from './waiting.js';

type PointsFor = Extract<Query, { kind: 'points-for' }>;

const WORLD: Box = { south: -90e6, north: 90e6, west: -180e6, east: 180e6 };

function asked(more: Partial<PointsFor> = {}): PointsFor {
  const window = { startMs: START_MS, endMs: START_MS + HOUR_MS };
  return {
    kind: 'points-for',
    holder: 'x',
    window,
    connector: 'CCS2',
    minPowerWatts: 0,
    box: WORLD,
    ...more,
  };
}

function idsFor(log: Log, more: Partial<PointsFor> = {}): readonly string[] {
  return log.ledger.query(asked(more), log.atMs).map(({ id }) => id);
}

describe('the points for a holder', () => {
  it('have the connector and the power, and lie in the box, its edges included', () => {
    const memory = memoryOf([
      pointRow('10', { latitudeMicrodegrees: -13_000_000, longitudeMicrodegrees: -38_000_000 }),
      pointRow('9', { latitudeMicrodegrees: -12_000_000, longitudeMicrodegrees: -39_000_000 }),
      pointRow('n', { latitudeMicrodegrees: -11_999_999, longitudeMicrodegrees: -38_500_000 }),
      pointRow('e', { latitudeMicrodegrees: -12_500_000, longitudeMicrodegrees: -37_999_999 }),
      pointRow('weak', {
        latitudeMicrodegrees: -12_500_000,
        longitudeMicrodegrees: -38_500_000,
        powerWatts: 7,
      }),
      pointRow('other', {
        latitudeMicrodegrees: -12_500_000,
        longitudeMicrodegrees: -38_500_000,
        connector: 'Type2',
      }),
    ]);
    const box = { south: -13_000_000, north: -12_000_000, west: -39_000_000, east: -38_000_000 };
    const query = asked({ box, minPowerWatts: 50_000 });
    expect(answerQuery(memory, query, START_MS).map(({ id }) => id)).toEqual(['9', '10']);
  });

  it('may lie on both sides of the antimeridian', () => {
    const memory = memoryOf([
      pointRow('fiji', { longitudeMicrodegrees: 179_000_000 }),
      pointRow('samoa', { longitudeMicrodegrees: -172_000_000 }),
      pointRow('greenwich'),
    ]);
    const box = { ...WORLD, west: 170_000_000, east: -170_000_000 };
    expect(answerQuery(memory, asked({ box }), START_MS).map(({ id }) => id)).toEqual(['fiji', 'samoa']);
  });

  it('leave out what is booked, out of service, closed, against the policy, or leaving', () => {
    let log = tripLog({ durationMaxMs: 2 * HOUR_MS });
    expect(idsFor(log)).toEqual(['1', '2', '3', '4']);
    expect(idsFor(log, { window: { startMs: START_MS, endMs: START_MS + 3 * HOUR_MS } })).toEqual(['3', '4']);
    reserved(log, [stop('1')], { holder: 'y' });
    log.apply(report('3', 'faulted', START_MS + MINUTE_MS), { originCompany: 'empresa_b' });
    expect(idsFor(log)).toEqual(['2', '4']);
    const schedule = {
      utcOffsetMinutes: 0,
      weekly: [],
      maintenance: [{ startMs: START_MS, endMs: START_MS + 1 }],
    };
    log = given(log, { schedule: { pointId: '4', ...schedule } });
    expect(idsFor(log)).toEqual(['2']);
    const { point } = log.ledger.query({ kind: 'point', pointId: '2', windowMs: 1 }, log.atMs)!;
    expect(idsFor(given(log, { point: { ...point, leaving: true } }))).toEqual([]);
  });

  it('leave out what an older ticket claims, but for its holder, and what the waiting list is yet to be asked about', () => {
    let log = tripLog();
    const atTenOf = (holder: string) =>
      idsFor(log, { holder, window: { startMs: START_MS + 10 * HOUR_MS, endMs: START_MS + 11 * HOUR_MS } });
    log.apply(declare([stop('1'), atTen('2')]), { holder: 'y' });
    expect(atTenOf('x')).toEqual(['1', '3', '4']);
    expect(atTenOf('y')).toEqual(['1', '2', '3', '4']);
    reserved(log, [atTen('3')], { holder: 'y' });
    joined(log, 'z', [atTen('3')]);
    expect(atTenOf('x')).toEqual(['1', '4']);
    log = tripLog();
    expect(atTenOf('x')).toEqual(['1', '2', '3', '4']);
  });

  it('are asked for no notice when it is for a substitute', () => {
    const log = tripLog({ minNoticeMs: HOUR_MS });
    expect(idsFor(log)).toEqual(['3', '4']);
    expect(idsFor(log, { forSubstitute: true })).toEqual(['1', '2', '3', '4']);
  });

  it('are none for a window that no command may ask for', () => {
    const log = tripLog();
    const window = (durationMs: number, startMs = START_MS) => ({ startMs, endMs: startMs + durationMs });
    for (const wrong of [
      window(MINUTE_MS - 1),
      window(-HOUR_MS),
      window(31 * 24 * HOUR_MS),
      window(HOUR_MS, 0.5),
    ]) {
      expect(idsFor(log, { window: wrong })).toEqual([]);
    }
    expect(idsFor(log, { window: window(HOUR_MS, START_MS - 1) })).toEqual([]);
  });

  it('are at most so many, the first by id, and look beyond those that are taken', () => {
    const points: Point[] = [];
    for (let n = 1; n <= 2 * SITE_POINTS_EXAMINED_MAX; n += 1) points.push(pointRow(String(n)));
    const memory = memoryOf(points);
    for (let n = 1; n <= 60; n += 1) {
      memory.putReservation(reservationRow(`r${n}`, [stopRow({ pointId: String(n) })]));
    }
    const ids = answerQuery(memory, asked(), START_MS).map(({ id }) => Number(id));
    expect(ids).toEqual(Array.from({ length: SITE_POINTS_EXAMINED_MAX }, (_, n) => 61 + n));
  });

  it('are those that a reserve would be granted, whatever happened before', () => {
    const coverage = new Coverage();
    coverage.check(
      fc.property(
        steps(60),
        fc.constantFrom('x', 'y', 'z', 'nobody'),
        fc.integer({ min: 0, max: 20 }),
        fc.constantFrom(15 * MINUTE_MS, HOUR_MS, 4 * HOUR_MS),
        (made, holder, quarters, durationMs) => {
          const { ledger: base } = baseLog();
          const log = new Log(Ledger.restore(base.rows(), base.meta()));
          for (const entry of entriesOf(made)) {
            log.ledger.apply(entry, 1);
            log.atMs = entry.atMs;
          }
          const startMs = log.atMs + quarters * 15 * MINUTE_MS;
          const found = idsFor(log, { holder, window: { startMs, endMs: startMs + durationMs } });
          const rows = [...log.ledger.rows()];
          for (const id of ['1', '2', '3', '4', '5']) {
            const copy = new Log(Ledger.restore(rows, log.ledger.meta()));
            copy.atMs = log.atMs;
            const stops = [stop(id, { startMs, durationMs })];
            const { kind } = copy.result({ kind: 'reserve', stops, holdMs: 0 }, { holder });
            expect([id, kind]).toEqual([id, found.includes(id) ? 'reserved' : 'refused']);
            coverage.saw(kind);
          }
        },
      ),
      40,
      ['reserved', 'refused'],
      10,
    );
  });
});

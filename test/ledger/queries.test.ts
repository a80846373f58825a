import { describe, expect, it } from 'vitest';
import type { PointView } from '../../src/ledger/query.js';
import type { Log } from './log.js';
import { HOUR_MS, MINUTE_MS, point, reserve, route, START_MS, seededLog, stop } from './log.js';

const ids = (views: readonly PointView[]) => views.map((view) => view.point.id);

function between(log: Log, from: string, to: string): readonly string[] {
  return ids(log.ledger.query({ kind: 'points-between', from, to, windowMs: HOUR_MS }, log.atMs));
}

describe('lists', () => {
  it('are in id order, numbers by number, whatever the order of registration', () => {
    const log = seededLog();
    for (const id of ['10', 'b', '9', 'B', '07']) log.apply(point(id));
    for (const id of ['12', '3', 'norte']) log.apply(route(id, ['1'], []));
    expect(ids(log.ledger.query({ kind: 'points', windowMs: 1 }, log.atMs))).toEqual([
      '1',
      '2',
      '3',
      '4',
      '07',
      '9',
      '10',
      'B',
      'b',
    ]);
    const routes = log.ledger.query({ kind: 'routes', windowMs: 1 }, log.atMs);
    expect(routes.map((view) => view.route.id)).toEqual(['3', '12', 'norte']);
    const companies = log.ledger.query({ kind: 'companies' }, log.atMs);
    expect(companies.map((company) => company.id)).toEqual(['empresa_a', 'empresa_b', 'empresa_c']);
  });
});

describe('a point', () => {
  it('is free when the whole window that is asked about is', () => {
    const log = seededLog();
    log.apply(reserve([stop('1', { startMs: START_MS + HOUR_MS })]));
    const free = (nowMs: number, windowMs: number) =>
      log.ledger.query({ kind: 'point', pointId: '1', windowMs }, nowMs)?.free;
    expect(free(START_MS, HOUR_MS)).toBe(true);
    expect(free(START_MS, HOUR_MS + 1)).toBe(false);
    expect(free(START_MS + HOUR_MS + MINUTE_MS, 1)).toBe(false);
    expect(free(START_MS + 2 * HOUR_MS, HOUR_MS)).toBe(true);
  });

  it('that nobody registered is null, as is a route and a reservation', () => {
    const { ledger, atMs } = seededLog();
    expect(ledger.query({ kind: 'point', pointId: 'x', windowMs: 1 }, atMs)).toBeNull();
    expect(ledger.query({ kind: 'route', routeId: 'x', windowMs: 1 }, atMs)).toBeNull();
    expect(ledger.query({ kind: 'reservation', reservationId: 'x' }, atMs)).toBeNull();
    expect(ledger.query({ kind: 'holder-now', pointId: 'x' }, atMs)).toBeNull();
  });

  it('is held by who has the window that contains the moment', () => {
    const log = seededLog();
    const { answer } = log.apply(reserve([stop('1', { startMs: START_MS + HOUR_MS })]), { holder: 'car' });
    const holder = (nowMs: number) => log.ledger.query({ kind: 'holder-now', pointId: '1' }, nowMs);
    expect(holder(START_MS + HOUR_MS - 1)).toBeNull();
    expect(holder(START_MS + HOUR_MS)).toMatchObject({ id: `r${answer.index}`, holder: 'car' });
    expect(holder(START_MS + 2 * HOUR_MS)).toBeNull();
  });
});

describe('a route', () => {
  it('shows its registered points, with the legs between the shown ones joined', () => {
    const log = seededLog();
    log.apply(route('1', ['1', 'x', '3', 'y', 'z'], [1, 2, 4, 8]));
    const view = log.ledger.query({ kind: 'route', routeId: '1', windowMs: HOUR_MS }, log.atMs)!;
    expect(ids(view.points)).toEqual(['1', '3']);
    expect(view.legMetres).toEqual([3]);
    log.apply(point('y'));
    const more = log.ledger.query({ kind: 'route', routeId: '1', windowMs: HOUR_MS }, log.atMs)!;
    expect(ids(more.points)).toEqual(['1', '3', 'y']);
    expect(more.legMetres).toEqual([3, 4]);
  });

  it('shows which of its points are free', () => {
    const log = seededLog();
    log.apply(route('1', ['1', '3'], [5]));
    log.apply(reserve([stop('3')]));
    const [view] = log.ledger.query({ kind: 'routes', windowMs: HOUR_MS }, log.atMs);
    expect(view?.points.map(({ free, companyDisplayId }) => [free, companyDisplayId])).toEqual([
      [true, '1'],
      [false, '2'],
    ]);
  });
});

describe('the points between two places', () => {
  function mesh(): Log {
    const log = seededLog();
    log.apply(point('5', 'São Félix'));
    log.apply(route('10', ['2', '4'], [1]));
    log.apply(route('2', ['1', '3', '2', '5'], [1, 1, 1]));
    log.apply(route('1', ['1', '4', 'later'], [1, 1]));
    return log;
  }

  it('are those of routes that pass both, in any order, each once, routes by id', () => {
    const log = mesh();
    log.apply(route('3', ['2', '1', '4'], [1, 1]));
    expect(between(log, 'Salvador', 'Feira de Santana')).toEqual(['1', '3', '2', '5', '4']);
    expect(between(log, 'Feira de Santana', 'Salvador')).toEqual(['1', '3', '2', '5', '4']);
    expect(between(log, 'Amargosa', 'Salvador')).toEqual(['2', '1', '4']);
  });

  it('are only the free ones', () => {
    const log = mesh();
    log.apply(reserve([stop('3')]));
    expect(between(log, 'Salvador', 'Feira de Santana')).toEqual(['1', '2', '5']);
  });

  it('are none when no route passes both, or one of them is not registered yet', () => {
    const log = mesh();
    expect(between(log, 'Salvador', 'Recife')).toEqual([]);
    expect(between(log, 'Feira de Santana', 'Pereira')).toEqual([]);
    expect(between(log, '', '')).toEqual([]);
    log.apply(point('later', 'Pereira'));
    expect(between(log, 'Feira de Santana', 'Pereira')).toEqual(['1', '4', 'later']);
  });

  it('do not mind blanks around a place nor the case of A to Z, and mind all else', () => {
    const log = mesh();
    expect(between(log, '  SALVADOR ', 'são félix')).toEqual(['1', '3', '2', '5']);
    expect(between(log, 'Salvador', 'SÃO FÉLIX')).toEqual([]);
    expect(between(log, 'Salvador', 'Sao Felix')).toEqual([]);
  });
});

describe('reservations', () => {
  it('of a holder are those that have not ended, in id order', () => {
    const log = seededLog();
    const made = ['1', '2', '3', '4'].map((id) => {
      const { answer } = log.apply(reserve([stop(id)], id === '2' ? 1_000 : 0), {
        holder: id === '3' ? 'b' : 'a',
      });
      return `r${answer.index}`;
    });
    log.atMs += 1_000;
    log.apply({ kind: 'expire' });
    const of = (holder: string) =>
      log.ledger.query({ kind: 'open-reservations', holder }, log.atMs).map(({ id }) => id);
    // Ids are text here: 'r11' comes before 'r8'.
    expect(of('a')).toEqual([made[0], made[3]].sort());
    expect(of('b')).toEqual([made[2]]);
    expect(of('nobody')).toEqual([]);
  });

  it('and all else are counted', () => {
    const log = seededLog();
    log.apply(route('1', ['1'], []));
    log.apply(reserve([stop('1')], 1_000));
    log.apply(reserve([stop('2')]));
    log.atMs += 1_000;
    log.apply({ kind: 'expire' });
    expect(log.ledger.query({ kind: 'totals' }, log.atMs)).toEqual({
      companies: 3,
      points: 4,
      pointsByStatus: { available: 4, occupied: 0, faulted: 0, offline: 0, maintenance: 0 },
      routes: 1,
      openReservations: 1,
      holds: 0,
      endedReservations: 1,
      waits: 0,
      notices: 0,
      requestKeys: 10,
    });
  });
});

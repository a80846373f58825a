import { describe, expect, it } from 'vitest';
import type { Operation } from '../../src/ledger/command.js';
import { Log, point, refusal, reserve, route, seededLog, stop } from './log.js';
import { withRowChanged } from './rows.js';

const NOW_WINDOW_MS = 60_000;

describe('a company', () => {
  it('registers itself under the id of its node, and may rename itself', () => {
    const log = new Log();
    expect(log.result({ kind: 'register-company', name: 'HenryVolt', displayId: '1' })).toEqual({
      kind: 'registered',
    });
    log.apply({ kind: 'register-company', name: 'Henry Volt S.A.', displayId: '1' });
    expect(log.ledger.query({ kind: 'companies' }, log.atMs)).toEqual([
      { id: 'empresa_a', name: 'Henry Volt S.A.', displayId: '1' },
    ]);
  });

  it('that registers again with the same data leaves the rows as they were', () => {
    const log = seededLog();
    const before = log.rows().get('c:empresa_a');
    log.apply({ kind: 'register-company', name: 'HenryVolt', displayId: '1' });
    expect(log.rows().get('c:empresa_a')).toBe(before);
  });

  it.each<[string, string, string, string]>([
    ['an id with a blank', 'empresa a', 'Name', '1'],
    ['no id', '', 'Name', '1'],
    ['an id of 65 characters', 'x'.repeat(65), 'Name', '1'],
    ['no name', 'empresa_a', '', '1'],
    ['a name of 201 characters', 'empresa_a', 'n'.repeat(201), '1'],
    ['a display id with a slash', 'empresa_a', 'Name', '1/2'],
  ])('with %s is refused in a sentence', (_, originCompany, name, displayId) => {
    const log = new Log();
    const result = log.result({ kind: 'register-company', name, displayId }, { originCompany });
    expect(result).toMatchObject(refusal('INVALID'));
    expect(result).toHaveProperty('detail', expect.stringContaining(' must '));
    expect(log.ledger.query({ kind: 'companies' }, log.atMs)).toEqual([]);
  });
});

describe('a point', () => {
  it('needs a registered company', () => {
    expect(new Log().result(point('1'))).toMatchObject(refusal('UNKNOWN_COMPANY'));
  });

  it('is available once registered, with its data and its owner', () => {
    const log = seededLog();
    expect(log.ledger.query({ kind: 'point', pointId: '3', windowMs: NOW_WINDOW_MS }, log.atMs)).toEqual({
      point: {
        id: '3',
        company: 'empresa_b',
        place: 'Valente',
        latitudeMicrodegrees: -12_971_400,
        longitudeMicrodegrees: -38_501_400,
        connector: 'CCS2',
        powerWatts: 50_000,
        status: 'available',
        statusUntilMs: 0,
        checkAtMs: 0,
        checkFromMs: 0,
        checkToMs: 0,
        leaving: false,
      },
      companyDisplayId: '2',
      free: true,
    });
  });

  it("of another company cannot be registered by one's own node", () => {
    const log = seededLog();
    const before = log.rows().get('p:3');
    expect(log.result(point('3'), { originCompany: 'empresa_a' })).toMatchObject(refusal('NOT_OWNER'));
    expect(log.rows().get('p:3')).toBe(before);
  });

  it('that is registered again takes the new data and keeps status and bookings', () => {
    const log = seededLog();
    log.apply(reserve([stop('1')]));
    log.apply({ ...point('1', 'Feira'), powerWatts: 150_000 });
    const view = log.ledger.query({ kind: 'point', pointId: '1', windowMs: NOW_WINDOW_MS }, log.atMs);
    expect(view?.point).toMatchObject({ place: 'Feira', powerWatts: 150_000, status: 'available' });
    expect(view?.free).toBe(false);
  });

  it('that is out of order is so after it was registered again', () => {
    const ledger = withRowChanged(seededLog().ledger, 'p:1', (row) => row.replace('available', 'faulted'));
    const log = new Log(ledger);
    log.apply(point('1', 'Feira'));
    const view = ledger.query({ kind: 'point', pointId: '1', windowMs: NOW_WINDOW_MS }, log.atMs);
    expect(view).toMatchObject({ point: { place: 'Feira', status: 'faulted' }, free: false });
  });

  it.each<[string, Partial<ReturnType<typeof point>>]>([
    ['a bad id', { pointId: 'a/b' }],
    ['no place', { place: '' }],
    ['a place of 201 characters', { place: 'x'.repeat(201) }],
    ['no connector', { connector: '' }],
    ['a latitude beyond the pole', { latitudeMicrodegrees: 90_000_001 }],
    ['a longitude beyond the date line', { longitudeMicrodegrees: -180_000_001 }],
    ['half a microdegree', { latitudeMicrodegrees: 0.5 }],
    ['negative power', { powerWatts: -1 }],
    ['more power than 32 bits carry', { powerWatts: 2 ** 32 }],
    ['power that is no number', { powerWatts: Number.NaN }],
  ])('with %s is refused', (_, fault) => {
    const log = seededLog();
    expect(log.result({ ...point('9'), ...fault })).toMatchObject(refusal('INVALID'));
    expect(log.ledger.query({ kind: 'totals' }, log.atMs).points).toBe(4);
  });

  it('may stand on the pole and on the date line', () => {
    const log = seededLog();
    const edge = { ...point('9'), latitudeMicrodegrees: -90_000_000, longitudeMicrodegrees: 180_000_000 };
    expect(log.result(edge)).toEqual({ kind: 'registered' });
  });
});

describe('a route', () => {
  it('belongs to the company of its first point and may pass points of others, known or not', () => {
    const log = seededLog();
    expect(log.result(route('7', ['1', '3', 'not-yet', '4'], [10, 20, 30]))).toEqual({ kind: 'registered' });
    const view = log.ledger.query({ kind: 'route', routeId: '7', windowMs: NOW_WINDOW_MS }, log.atMs);
    expect(view?.route.company).toBe('empresa_a');
  });

  it('whose first point belongs to another company is not ours to register', () => {
    expect(seededLog().result(route('7', ['3', '1'], [10]))).toMatchObject(refusal('NOT_OWNER'));
  });

  it('of another company cannot be taken over through a first point of our own', () => {
    const log = seededLog();
    log.apply(route('7', ['3', '1'], [10]), { originCompany: 'empresa_b' });
    expect(log.result(route('7', ['1', '3'], [10]))).toMatchObject(refusal('NOT_OWNER'));
    const view = log.ledger.query({ kind: 'route', routeId: '7', windowMs: NOW_WINDOW_MS }, log.atMs);
    expect(view?.route).toMatchObject({ company: 'empresa_b', pointIds: ['3', '1'] });
  });

  it('can be changed by its owner', () => {
    const log = seededLog();
    log.apply(route('7', ['1', '3'], [10]));
    expect(log.result(route('7', ['2', '1'], [99]))).toEqual({ kind: 'registered' });
    const view = log.ledger.query({ kind: 'route', routeId: '7', windowMs: NOW_WINDOW_MS }, log.atMs);
    expect(view?.route).toMatchObject({ pointIds: ['2', '1'], legMetres: [99] });
  });

  it.each<[string, Operation]>([
    ['a first point that nobody registered', route('7', ['not-yet', '1'], [10])],
    ['no points', route('7', [], [])],
    ['as many legs as points', route('7', ['1', '2'], [10, 20])],
    ['a negative leg', route('7', ['1', '2'], [-1])],
    ['half a metre', route('7', ['1', '2'], [0.5])],
    ['a bad id', route('a b', ['1'], [])],
    ['a bad id of a point', route('7', ['1', '#'], [1])],
    ['201 points', route('7', Array(201).fill('1'), Array(200).fill(1))],
    ['no name', { kind: 'register-route', routeId: '7', name: '', pointIds: ['1'], legMetres: [] }],
  ])('with %s is refused', (_, operation) => {
    const log = seededLog();
    expect(log.result(operation)).toMatchObject(refusal('INVALID'));
    expect(log.ledger.query({ kind: 'totals' }, log.atMs).routes).toBe(0);
  });

  it('may have 200 points', () => {
    expect(seededLog().result(route('7', Array(200).fill('1'), Array(199).fill(1)))).toEqual({
      kind: 'registered',
    });
  });
});

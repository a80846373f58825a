import { describe, expect, it } from 'vitest';
import type { Log } from './log.js';
import { changesBeyondKeys, HOUR_MS, refusal, release, reserve, START_MS, seededLog, stop } from './log.js';

function open(log: Log, reservationId: string) {
  return log.ledger.query({ kind: 'reservation', reservationId }, log.atMs)!;
}

function documented(log: Log, pointIds: readonly string[], holder = 'vehicle-1'): string {
  const stops = pointIds.map((id) => stop(id));
  const { answer } = log.apply(reserve(stops), { door: 'legacy-rest', holder });
  expect(answer.result.kind).toBe('reserved');
  return `r${answer.index}`;
}

describe('a release', () => {
  it('ends the named stops and leaves the others', () => {
    const log = seededLog();
    const id = documented(log, ['1', '2', '3']);
    expect(log.result(release(['3', '1']))).toEqual({ kind: 'released', pointIds: ['3', '1'] });
    expect(open(log, id)).toMatchObject({
      state: 'CONFIRMED',
      stops: [{ state: 'RELEASED' }, { state: 'PLANNED' }, { state: 'RELEASED' }],
      end: null,
    });
    expect(log.ledger.query({ kind: 'holder-now', pointId: '1' }, log.atMs)).toBeNull();
    expect(log.ledger.query({ kind: 'holder-now', pointId: '2' }, log.atMs)?.id).toBe(id);
  });

  it('of the last open stop cancels the reservation, by its holder, once', () => {
    const log = seededLog();
    const id = documented(log, ['1', '2']);
    log.apply(release(['1']));
    log.atMs += 1_000;
    log.apply(release(['2']));
    const end = { who: 'holder', reason: 'released', atMs: START_MS + 1_000 };
    expect(open(log, id)).toMatchObject({ state: 'CANCELED', end });
    log.atMs += 1_000;
    expect(log.result(release(['2']))).toMatchObject(refusal('NOTHING_RELEASED'));
    expect(open(log, id).end).toEqual(end);
    expect(log.ledger.nextDeadlineMs()).toBeNull();
  });

  it('of all or none names exactly the points that are not held, and changes nothing', () => {
    const log = seededLog();
    const id = documented(log, ['1', '2']);
    const refused = log.apply(release(['1', 'nowhere', '2', '3']));
    expect(refused.answer.result).toEqual({
      kind: 'refused',
      reason: 'NOTHING_RELEASED',
      conflicts: [
        { stop: 1, pointId: 'nowhere', reason: 'NOT_HELD' },
        { stop: 3, pointId: '3', reason: 'NOT_HELD' },
      ],
      detail: '',
    });
    expect(changesBeyondKeys(refused)).toEqual([]);
    expect(open(log, id).stops.map((s) => s.state)).toEqual(['PLANNED', 'PLANNED']);
  });

  it('of any releases those that are held, perhaps none', () => {
    const log = seededLog();
    documented(log, ['1', '2']);
    expect(log.result(release(['4', '2', '3'], 'any'))).toEqual({ kind: 'released', pointIds: ['2'] });
    expect(log.result(release(['4', '3'], 'any'))).toEqual({ kind: 'released', pointIds: [] });
  });

  it('counts a point that is named twice once', () => {
    const log = seededLog();
    documented(log, ['1']);
    expect(log.result(release(['1', '1']))).toEqual({ kind: 'released', pointIds: ['1'] });
    expect(log.result(release(['1', '1']))).toMatchObject({
      conflicts: [{ stop: 0, pointId: '1', reason: 'NOT_HELD' }],
    });
  });

  it('reaches over several reservations of one holder', () => {
    const log = seededLog();
    const first = documented(log, ['1']);
    const second = documented(log, ['2']);
    expect(log.result(release(['2', '1']))).toEqual({ kind: 'released', pointIds: ['2', '1'] });
    expect([open(log, first).state, open(log, second).state]).toEqual(['CANCELED', 'CANCELED']);
  });

  it("does not touch another holder's stop", () => {
    const log = seededLog();
    const id = documented(log, ['1'], 'vehicle-2');
    expect(log.result(release(['1']))).toMatchObject(refusal('NOTHING_RELEASED'));
    expect(open(log, id).state).toBe('CONFIRMED');
  });

  it('does not touch what was booked through a door with windows', () => {
    const log = seededLog();
    log.apply(reserve([stop('1')]), { door: 'mqtt' });
    expect(log.result(release(['1']), { door: 'legacy-rest' })).toMatchObject(refusal('NOTHING_RELEASED'));
  });

  it('does not touch a window to come, nor one that has passed', () => {
    const log = seededLog();
    const later = reserve([stop('1', { startMs: START_MS + HOUR_MS })]);
    log.apply(later, { door: 'legacy-rest' });
    log.atMs = START_MS + HOUR_MS - 1;
    expect(log.result(release(['1']))).toMatchObject(refusal('NOTHING_RELEASED'));
    log.atMs = START_MS + 2 * HOUR_MS;
    expect(log.result(release(['1']))).toMatchObject(refusal('NOTHING_RELEASED'));
  });

  it('reaches a window from its first millisecond to its last', () => {
    for (const atMs of [START_MS + HOUR_MS, START_MS + 2 * HOUR_MS - 1]) {
      const log = seededLog();
      log.apply(reserve([stop('1', { startMs: START_MS + HOUR_MS })]), { door: 'legacy-mqtt' });
      log.atMs = atMs;
      expect(log.result(release(['1']))).toEqual({ kind: 'released', pointIds: ['1'] });
    }
  });

  it('releases only the present stop when a reservation has two on one point', () => {
    const log = seededLog();
    const stops = [stop('1'), stop('1', { startMs: START_MS + HOUR_MS })];
    const { answer } = log.apply(reserve(stops), { door: 'legacy-rest' });
    log.apply(release(['1']));
    expect(open(log, `r${answer.index}`).stops.map((s) => s.state)).toEqual(['RELEASED', 'PLANNED']);
  });

  it('at the moment between two touching stops on one point releases the second', () => {
    const log = seededLog();
    const stops = [stop('1'), stop('1', { startMs: START_MS + HOUR_MS })];
    const { answer } = log.apply(reserve(stops), { door: 'legacy-rest' });
    log.atMs = START_MS + HOUR_MS;
    log.apply(release(['1']));
    expect(open(log, `r${answer.index}`).stops.map((s) => s.state)).toEqual(['PLANNED', 'RELEASED']);
  });

  it('works on a documented hold that has not expired yet', () => {
    const log = seededLog();
    const { answer } = log.apply(reserve([stop('1')], 60_000), { door: 'legacy-rest' });
    log.apply(release(['1']));
    expect(open(log, `r${answer.index}`).state).toBe('CANCELED');
    expect(log.ledger.nextDeadlineMs()).toBeNull();
  });

  it.each([
    ['no points', []],
    ['51 points', Array.from({ length: 51 }, (_, i) => `${i}`)],
    ['an id of 65 characters', ['x'.repeat(65)]],
  ])('of %s is refused as a whole', (_, pointIds) => {
    expect(seededLog().result(release(pointIds, 'any'))).toMatchObject(refusal('INVALID'));
  });
});

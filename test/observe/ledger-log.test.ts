import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LedgerLine, ledgerLine, logLedger } from '../../src/observe/ledger-log.js';
import type { AppliedEvent } from '../../src/replica/mesh.js';
import { openV1, type V1 } from '../gateway/v1-fixture.js';
import { recordingLogger } from '../mqtt/recorder.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const HEADERS = { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` };

let v1: V1;
let events: AppliedEvent[];
beforeEach(async () => {
  v1 = await openV1();
  events = [];
  v1.mesh.onApplied((event) => events.push(event));
});
afterEach(() => v1.app.close());

/** The newest entry's line at the node of a company. */
function lineAt(company = 'empresa_a'): LedgerLine {
  return ledgerLine(events.at(-1)!, company);
}

describe('the line of an entry', () => {
  it('tells of a reservation, at INFO where it was asked for and at DEBUG elsewhere, under one trace id', async () => {
    const stops = [v1.stop('1', 10, 40), v1.stop('3', 60, 90)];
    const { body } = await v1.post('/v1/reservations', { vehicleId: 'car', stops }, HEADERS);
    expect(lineAt()).toEqual({
      level: 'info',
      message: 'decided',
      fields: {
        trace: TRACE,
        index: v1.lone.index,
        door: 'rest',
        origin: 'empresa_a',
        holder: 'car',
        operation: 'reserve',
        result: 'reserved',
        reservation: body.id,
        points: ['1', '3'],
      },
    });
    expect(lineAt('empresa_b')).toEqual({ ...lineAt(), level: 'debug' });
  });

  it('tells why something is refused, and at which points', async () => {
    await v1.reserve('car', [v1.stop('1', 10, 40)]);
    const stops = [v1.stop('1', 20, 50), v1.stop('2', 60, 90)];
    await v1.post('/v1/reservations', { vehicleId: 'other', stops });
    expect(lineAt()).toMatchObject({
      level: 'info',
      message: 'refused',
      fields: {
        ...{ holder: 'other', operation: 'reserve', result: 'refused', reason: 'STOPS_UNAVAILABLE' },
        ...{ conflicts: ['POINT_TAKEN'], points: ['1'] },
      },
    });
    expect(lineAt().fields).not.toHaveProperty('reservation');
  });

  it('tells of a cancellation, a change, and a repeat of either', async () => {
    const id = await v1.reserve('car', [v1.stop('1', 10, 40), v1.stop('2', 60, 90)]);
    const headers = { 'idempotency-key': 'k1', 'malha-vehicle': 'car' };
    const cancelled = await v1.post(`/v1/reservations/${id}/cancel`, { stops: [0] }, headers);
    expect(cancelled.status).toBe(200);
    const fields = { operation: 'cancel', result: 'updated', state: 'CONFIRMED', reservation: id };
    expect(lineAt()).toMatchObject({ message: 'decided', fields });
    await v1.post(`/v1/reservations/${id}/cancel`, { stops: [0] }, headers);
    expect(lineAt()).toMatchObject({ level: 'info', message: 'answered again', fields });
  });

  it('tells of holds that ended by time, and of what a company displaced', async () => {
    const stops = [v1.stop('1', 10, 40)];
    const hold = { ttlSeconds: 60 };
    const held = await v1.post('/v1/reservations', { vehicleId: 'car', stops, hold });
    v1.lone.advance(61_000);
    expect(lineAt('').fields).toMatchObject({
      ...{ door: 'node', operation: 'expire', result: 'expired', ended: 1 },
      ends: [`${held.body.id} EXPIRED`],
    });
    expect(lineAt('').level).toBe('info');
    expect(lineAt('').fields).not.toHaveProperty('trace');

    const id = await v1.reserve('car', [v1.stop('1', 10, 40), v1.stop('2', 60, 90)]);
    const status = { status: 'faulted', until: v1.at(120) };
    expect((await v1.post('/v1/points/1/status', status)).status).toBe(200);
    expect(lineAt().fields).toMatchObject({
      ...{ operation: 'report-status', result: 'point-updated', displaced: 1, points: ['1'] },
      displacedStops: [`${id}/0`],
    });
  });

  it('holds no more ids than it may, and says how many there were', () => {
    const ended = Array.from({ length: 1_000 }, (_, k) => ({
      ...({ kind: 'reservation', holder: 'car', from: 'HELD', to: 'EXPIRED', who: '', reason: '' } as const),
      reservationId: `r${k}`,
    }));
    const event: AppliedEvent = {
      answer: { index: 9, atMs: 1, result: { kind: 'expired', ended: 1_000 } },
      ...{ holder: '', door: 'node', originCompany: 'empresa_a', traceId: TRACE },
      ...{ operation: { kind: 'expire' }, events: ended, repeated: false },
    };
    const { fields } = ledgerLine(event, 'empresa_a');
    expect(fields.ends).toHaveLength(32);
    expect(fields).toMatchObject({ ended: 1_000, endsCount: 1_000 });
    const idle = { ...event, answer: { index: 9, atMs: 1, result: { kind: 'expired', ended: 0 } as const } };
    expect(ledgerLine(idle, 'empresa_a').level).toBe('debug');
  });
});

describe('the log of the ledger', () => {
  it('has one line for each entry, and makes none that is not said', async () => {
    const { logger, lines } = recordingLogger();
    const asked: string[] = [];
    const stop = logLedger(v1.mesh, 'empresa_b', logger, (level) => {
      asked.push(level);
      return level === 'info';
    });
    await v1.reserve('car', [v1.stop('1', 10, 40)]);
    expect([asked, lines]).toEqual([['debug'], []]);
    stop();

    const own = logLedger(v1.mesh, 'empresa_a', logger, (level) => level === 'info');
    await v1.reserve('car', [v1.stop('1', 50, 80)]);
    expect(lines.map(({ level, message }) => [level, message])).toEqual([['info', 'decided']]);
    own();
    await v1.reserve('car', [v1.stop('1', 90, 99)]);
    expect(lines).toHaveLength(1);
  });
});

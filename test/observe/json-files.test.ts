/**
 * What a company's files say, of its ledger and of its broker.
 */
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { showFiles } from '../../src/observe/files/file-metrics.js';
import { HOUR_MS } from '../doors/company-world.js';
import { eventually } from '../support/eventually.js';
import { LoneLedger, SingleMesh } from '../support/single-mesh.js';
import { FilesWorld, telemetryOf } from './files-world.js';

const DAY_MS = 24 * HOUR_MS;

let files: FilesWorld;

beforeEach(async () => {
  files = await FilesWorld.begin();
});
afterEach(() => files.end());

describe('reservas', () => {
  it('tells a reservation that the own node took in full: index, trace id, holder, every stop', async () => {
    const { world } = files;
    const id = await world.reserve('car', '1', '2');
    await files.once();

    expect(await files.lines('reservas')).toEqual([
      {
        ...{ kind: 'reservation', v: 1, index: world.lone.index, k: 0, at: '2026-01-05T12:00:00.000Z' },
        ...{ reservationId: id, vehicleId: 'car', result: 'reserved', operation: 'reserve', door: 'rest' },
        ...{ originCompany: 'one', traceId: 'a'.repeat(32) },
        events: [
          { kind: 'reservation', from: null, to: 'CONFIRMED', who: '', reason: '' },
          {
            ...{
              kind: 'stop',
              number: 0,
              pointId: '1',
              company: 'one',
              from: null,
              to: 'PLANNED',
              reason: '',
            },
            ...{ start: '2026-01-05T13:00:00.000Z', end: '2026-01-05T14:00:00.000Z' },
          },
          expect.objectContaining({ kind: 'stop', number: 1, pointId: '2', company: 'two' }),
        ],
      },
    ]);
  });

  it('tells of a request that another node took only what concerns the own points', async () => {
    await files.reserveAt('two', 'car', '1', '2');
    await files.reserveAt('two', 'other', '2');
    await files.once();

    const [line, ...more] = await files.lines('reservas');
    expect(more).toEqual([]);
    expect(line).toMatchObject({ vehicleId: 'car', originCompany: 'two' });
    expect(line?.events).toEqual([
      expect.objectContaining({ kind: 'reservation', to: 'CONFIRMED' }),
      expect.objectContaining({ kind: 'stop', pointId: '1' }),
      { kind: 'foreign-stop', number: 1, from: null, to: 'PLANNED' },
    ]);
  });

  it('goes on to tell of a reservation when an entry names none of its points, also after a restart', async () => {
    const { world } = files;
    const id = await files.reserveAt('two', 'car', '1', { holdMs: HOUR_MS });
    await files.once();
    await world.as('two', { kind: 'confirm', reservationId: id, ifIndex: 0 }, 'car');
    await files.once();

    const told = (await files.lines('reservas')).map(({ operation, events }) => ({ operation, events }));
    expect(told[1]).toEqual({
      operation: 'confirm',
      events: [{ kind: 'reservation', from: 'HELD', to: 'CONFIRMED', who: '', reason: '' }],
    });
    expect(told).toHaveLength(2);
  });

  it('tells a refusal of the own node with every conflict, and none of another node', async () => {
    const { world } = files;
    await world.reserve('first', '1');
    const stops = [{ pointId: '1', company: '', startMs: world.nowMs + HOUR_MS, durationMs: HOUR_MS }];
    for (const company of ['two', 'one']) {
      await expect(world.as(company, { kind: 'reserve', stops, holdMs: 0 }, 'late')).rejects.toThrow();
    }
    await files.once();

    const refusals = (await files.lines('reservas')).filter(({ kind }) => kind === 'refusal');
    expect(refusals).toEqual([
      expect.objectContaining({
        ...{ vehicleId: 'late', reason: 'STOPS_UNAVAILABLE', index: world.lone.index },
        conflicts: [{ stop: 0, pointId: '1', reason: 'POINT_TAKEN' }],
      }),
    ]);
  });

  it('tells of a wish on the waiting list, and of what came of it', async () => {
    const { world } = files;
    const taken = await files.reserveAt('two', 'first', '1');
    const stops = [{ pointId: '1', company: '', startMs: world.nowMs + HOUR_MS, durationMs: HOUR_MS }];
    await world.as('one', { kind: 'join-waitlist', stops, afterNoShow: 'keep' }, 'late');
    await world.as(
      'two',
      { kind: 'cancel', reservationId: taken, ifIndex: 0, stops: [], as: 'holder', reason: '' },
      'first',
    );
    await files.once();
    const told = (await files.lines('reservas')).map(({ kind, vehicleId, operation, events }) => {
      return [kind, vehicleId, operation, (events as { to: string }[]).map(({ to }) => to)];
    });
    expect(told).toEqual([
      ['reservation', 'first', 'reserve', ['CONFIRMED', 'PLANNED']],
      ['wish', 'late', 'join-waitlist', ['waiting']],
      ['reservation', 'first', 'cancel', ['CANCELED', 'RELEASED']],
      ['reservation', 'late', 'cancel', ['HELD', 'PLANNED', 'offered']],
    ]);
  });

  it('numbers the lines of an entry that ended several reservations', async () => {
    const { world } = files;
    const ids = [await files.reserveAt('two', 'a', '1', { holdMs: 60_000 })];
    const later = { holdMs: 60_000, fromMs: 5 * HOUR_MS };
    ids.push(await files.reserveAt('two', 'b', '1', later));
    world.lone.advance(2 * 60_000);
    await files.once();

    const ends = (await files.lines('reservas')).filter(({ operation }) => operation === 'expire');
    expect(ends.map(({ reservationId, k, vehicleId }) => [reservationId, k, vehicleId])).toEqual([
      [ids[0], 0, 'a'],
      [ids[1], 1, 'b'],
    ]);
    expect(new Set(ends.map(({ index }) => index))).toEqual(new Set([world.lone.index]));
  });
});

describe('pontos and veiculos', () => {
  it('tell status and usage of the own points, and when vehicles began and ended to charge', async () => {
    const { world } = files;
    const id = await files.reserveAt('two', 'car', '1');
    world.lone.advance(HOUR_MS);
    const stop = { reservationId: id, ifIndex: 0, stop: 0, as: 'holder' } as const;
    await world.as('two', { kind: 'start-stop', ...stop }, 'car');
    world.lone.advance(60_000);
    await world.as('two', { kind: 'finish-stop', ...stop }, 'car');
    await world.as('one', {
      kind: 'report-status',
      pointId: '1',
      status: 'faulted',
      untilMs: world.nowMs + HOUR_MS,
    });
    await world.as('two', {
      kind: 'report-status',
      pointId: '2',
      status: 'faulted',
      untilMs: world.nowMs + HOUR_MS,
    });
    await files.once();

    const points = await files.lines('pontos');
    expect(
      points.map(({ kind, pointId, status, from, to, vehicleId }) => [
        kind,
        pointId,
        status ?? to,
        from,
        vehicleId,
      ]),
    ).toEqual([
      ['status', '1', 'available', undefined, undefined],
      ['usage', '1', 'PLANNED', null, 'car'],
      ['usage', '1', 'ACTIVE', 'PLANNED', 'car'],
      ['usage', '1', 'FULFILLED', 'ACTIVE', 'car'],
      ['status', '1', 'faulted', undefined, undefined],
    ]);
    const vehicles = await files.lines('veiculos');
    expect(vehicles.map(({ kind, vehicleId, pointId, at }) => [kind, vehicleId, pointId, at])).toEqual([
      ['charging-started', 'car', '1', '2026-01-05T13:00:00.000Z'],
      ['charging-ended', 'car', '1', '2026-01-05T13:01:00.000Z'],
    ]);
    for (const line of [...points, ...vehicles]) {
      expect(line).toMatchObject({
        index: expect.any(Number),
        traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      });
    }
  });

  it('tell consumption by telemetry, a line a percent, positions to about a kilometre', async () => {
    const written = files.start();
    for (const socPct of [80.4, 80.2, 79.4, 79.4, 90]) {
      written.tap(telemetryOf('car', { socPct, position: { latitude: -12.97462, longitude: -38.50164 } }));
    }
    written.tap(telemetryOf('car', { socPct: 200 }));
    await written.close();

    const lines = await files.lines('veiculos');
    expect(lines.map(({ socPct, changePct }) => [socPct, changePct])).toEqual([
      [80, null],
      [79, -1],
      [90, 11],
    ]);
    expect(lines[0]).toEqual({
      ...{
        kind: 'telemetry',
        v: 1,
        at: '2026-01-05T12:00:00.000Z',
        vehicleId: 'car',
        socPct: 80,
        changePct: null,
      },
      ...{ speedKmh: 60, trip: 'car-1', latitude: -12.97, longitude: -38.5 },
    });
  });
});

describe('mqtt', () => {
  it('tells each message that the broker took, and nothing of its payload', async () => {
    const written = files.start();
    const payload = Buffer.from('{"segredo":"4711"}');
    written.tap({ topic: 'veiculos/solicitacao', clientId: 'c1', bytes: 18, qos: 1, retain: false, payload });
    written.tap({ topic: 'x'.repeat(1_000), clientId: '', bytes: 18, qos: 0, retain: true, payload });
    await written.close();

    expect(await files.lines('mqtt')).toEqual([
      {
        ...{ kind: 'message', v: 1, at: '2026-01-05T12:00:00.000Z', topic: 'veiculos/solicitacao' },
        ...{ clientId: 'c1', bytes: 18, qos: 1, retain: false },
      },
      expect.objectContaining({ topic: 'x'.repeat(256), clientId: null, retain: true }),
    ]);
  });
});

describe('the files', () => {
  it('are written while the node runs, and counted', async () => {
    const written = files.start();
    await files.world.reserve('car', '1');
    await eventually(async () => (await files.lines('reservas')).length === 1);
    written.tap(telemetryOf('car', { socPct: 50 }));
    await eventually(() => written.counts().lines.veiculos === 1);
    await eventually(() => written.counts().index === files.world.lone.index);
    expect(written.counts()).toMatchObject({
      lines: { reservas: 1, pontos: 2, veiculos: 1, mqtt: 1 },
      lost: { reservas: 0, pontos: 0, veiculos: 0, mqtt: 0 },
      ...{ pauses: 0, paused: false },
    });
    expect(files.logged).toEqual([]);

    const registry = new Registry();
    showFiles(registry, () => written.counts());
    for (let asked = 0; asked < 2; asked += 1) {
      const told = (await registry.metrics()).split('\n').filter((line) => line.startsWith('malha'));
      expect(told.sort()).toEqual([
        `malha_json_bytes ${written.counts().bytes}`,
        `malha_json_index ${files.world.lone.index}`,
        ...['mqtt', 'pontos', 'reservas', 'veiculos'].map(
          (kind) => `malha_json_lines_lost_total{kind="${kind}"} 0`,
        ),
        'malha_json_lines_total{kind="mqtt"} 1',
        'malha_json_lines_total{kind="pontos"} 2',
        'malha_json_lines_total{kind="reservas"} 1',
        'malha_json_lines_total{kind="veiculos"} 1',
        'malha_json_paused 0',
        'malha_json_pauses_total 0',
      ]);
    }
  });

  it('are one a UTC day: that of the ledger for what it says, that of the node for what the broker says', async () => {
    const { world } = files;
    const written = files.start({ wallMs: () => world.nowMs + DAY_MS });
    await world.reserve('car', '1');
    world.lone.advance(12 * HOUR_MS - 1);
    await files.reserveAt('one', 'car', '1', { fromMs: 2 * HOUR_MS });
    world.lone.advance(1);
    await files.reserveAt('one', 'car', '1', { fromMs: 5 * HOUR_MS });
    await eventually(() => written.counts().index === world.lone.index);
    written.tap(telemetryOf('car', { socPct: 50 }));
    await written.close();

    expect(await files.names()).toEqual([
      'estado.json',
      'mqtt-2026-01-07.ndjson',
      ...['pontos-2026-01-05.ndjson', 'pontos-2026-01-06.ndjson'],
      ...['reservas-2026-01-05.ndjson', 'reservas-2026-01-06.ndjson', 'veiculos-2026-01-07.ndjson'],
    ]);
    const days = (await files.lines('reservas')).map(({ at }) => String(at).slice(0, 10));
    expect(days.at(-1)).toBe('2026-01-06');
    expect(days.filter((day) => day === '2026-01-05').length).toBeGreaterThan(1);
  });

  it('of a mesh that keeps no trail yet wait for one, and lack nothing then', async () => {
    const lone = new LoneLedger();
    const mesh = new SingleMesh(lone, 'one');
    const written = files.start({ mesh });
    const register = { kind: 'register-company', name: 'one', displayId: 'one' } as const;
    const submission = { door: 'node', holder: 'node', traceId: 'b'.repeat(32), keyKind: 'node' } as const;
    await mesh.submit({ ...submission, requestKey: 'k', operation: register }, { timeoutMs: 1_000 });
    lone.raise();
    await eventually(() => written.counts().index === 2);
    await written.close();
    expect(await files.names()).toEqual(['estado.json']);
  });
});

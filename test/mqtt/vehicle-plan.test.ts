/** `planejar` and what else only reads: which points a vehicle could stop at. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DoorFixture, type Json, openDoorFixture } from './door-fixture.js';
import { companySays, MINUTE_MS, minutesFrom, stopFrom } from './wishes.js';

let fixture: DoorFixture;

beforeEach(async () => {
  fixture = await openDoorFixture();
  fixture.lone.raise();
});

afterEach(() => fixture.close());

const inMinutes = (minutes: number) => minutesFrom(fixture.lone, minutes);
const stop = (pointId: string, fromMinutes: number) => stopFrom(fixture.lone, pointId, fromMinutes);
const askVehicle = (tipo: string, more: Json) => fixture.askVehicle(tipo, more);

async function reserved(...paradas: readonly Json[]): Promise<void> {
  expect(await askVehicle('reservar', { paradas })).toMatchObject({ ok: true });
}

const TRIP = { local: 'Salvador', destino: 'Porto Seguro' };
const idsOf = (reply: Json) => (reply.pontos as { ponto_id: string }[]).map(({ ponto_id }) => ponto_id);

test('names the points on the way that are free from now on, as the documented topic does', async () => {
  await askVehicle('reservar', { paradas: [{ ponto_id: '10', inicio: 'agora', duracao_s: 600 }] });

  const reply = await askVehicle('planejar', { ...TRIP, bateria: 60 });

  expect(idsOf(reply)).toEqual(['2', '9', '5', '11', '12', '13']);
  expect((reply.pontos as Json[])[0]).toEqual({
    ponto_id: '2',
    empresa_id: 'empresa_a',
    local: 'Salvador',
    conector: 'ccs2',
    potencia_kw: 150,
    latitude: -12.9718,
    longitude: -38.5011,
  });
});

test('for a window to come it names what is free then, and not what is free now', async () => {
  await reserved({ ponto_id: '10', inicio: 'agora', duracao_s: 600 }, stop('9', 120));

  const window = { inicio: inMinutes(130), fim: inMinutes(140) };

  expect(idsOf(await askVehicle('planejar', { ...TRIP, ...window }))).toEqual([
    '2',
    '10',
    '5',
    '11',
    '12',
    '13',
  ]);
  expect(idsOf(await askVehicle('planejar', { local: ' salvador', destino: 'VALENTE', ...window }))).toEqual(
    [],
  );
});

test('leaves out what is closed or out of service then', async () => {
  const { lone } = fixture;
  const maintenance = [{ startMs: lone.nowMs + 60 * MINUTE_MS, endMs: lone.nowMs + 180 * MINUTE_MS }];
  const schedule = { utcOffsetMinutes: 0, weekly: [], maintenance, displace: false };
  await companySays(fixture.lone, 'empresa_a', { kind: 'set-schedule', pointId: '9', ...schedule });
  const untilMs = lone.nowMs + 90 * MINUTE_MS;
  await companySays(fixture.lone, 'empresa_c', {
    kind: 'report-status',
    pointId: '5',
    status: 'offline',
    untilMs,
  });
  const at = (minutes: number) => ({ inicio: inMinutes(minutes), duracao_s: 600 });

  expect(idsOf(await askVehicle('planejar', { ...TRIP, ...at(61) }))).toEqual(['2', '10', '11', '12', '13']);
  expect(idsOf(await askVehicle('planejar', { ...TRIP, ...at(95) }))).toEqual([
    '2',
    '10',
    '5',
    '11',
    '12',
    '13',
  ]);
  expect(idsOf(await askVehicle('planejar', { ...TRIP, ...at(200) }))).toHaveLength(7);
});

test('a window that has begun is a fault of the request', async () => {
  const reply = await askVehicle('planejar', { ...TRIP, inicio: inMinutes(-1), duracao_s: 600 });

  expect(reply.erro).toMatchObject({ codigo: 'BAD_REQUEST', mensagem: 'inicio: o horário já passou' });
});

test('when nobody can read, that is what is said', async () => {
  fixture.mesh.failFreshReads = 'UNAVAILABLE';
  fixture.mesh.failStaleReads = 'UNAVAILABLE';

  expect(await askVehicle('planejar', TRIP)).toMatchObject({ ok: false, tente_de_novo_em_s: 1 });
});

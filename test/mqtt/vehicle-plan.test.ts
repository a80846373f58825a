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

const CAR = { bateria_kwh: 75, consumo_wh_km: 180, carga_max_kw: 80, conector: 'ccs2' };

test('with a car it says where to charge and when, in stops that are reserved as they are', async () => {
  const reply = await askVehicle('planejar', { ...TRIP, bateria: 80, carro: CAR });

  const { plano, motivo } = reply as { plano: Json; motivo: null };
  expect([reply.ok, motivo, reply.indice]).toEqual([true, null, fixture.lone.index]);
  expect(plano).toMatchObject({ de: '2', para: '13', chegada_pct: expect.any(Number) });
  const stops = plano.paradas as Json[];
  const details = plano.detalhes as Json[];
  expect(stops.length).toBeGreaterThan(1);
  expect(details.map(({ ponto_id }) => ponto_id)).toEqual(stops.map(({ ponto_id }) => ponto_id));
  for (const { chegada_pct, partida_pct } of details) {
    expect(chegada_pct).toBeGreaterThanOrEqual(10);
    expect(partida_pct).toBeGreaterThan(chegada_pct as number);
  }
  await reserved(...stops);

  const again = await askVehicle('planejar', { ...TRIP, bateria: 80, carro: CAR });
  expect((again.plano as Json).paradas).not.toEqual(stops);
});

test('a plan obeys when it begins, what stays in the battery, and how long a stop lasts', async () => {
  const wish = { ...TRIP, bateria: 80, carro: CAR, inicio: inMinutes(600) };
  const plan = (await askVehicle('planejar', { ...wish, margem_s: 3_600, reserva_pct: 20 })).plano as Json;

  for (const [k, detail] of (plan.detalhes as Json[]).entries()) {
    const end = (plan.paradas as Json[])[k]!.fim as string;
    expect(Date.parse(end) - Date.parse(detail.partida as string)).toBe(3_600_000);
    expect(detail.chegada_pct).toBeGreaterThanOrEqual(20);
  }
  expect((plan.paradas as { inicio: string }[])[0]!.inicio > inMinutes(600)).toBe(true);
});

test('where there is no plan it says why', async () => {
  const reply = await askVehicle('planejar', {
    local: 'Salvador',
    destino: 'Recife',
    bateria: 80,
    carro: CAR,
  });

  expect(reply).toMatchObject({ ok: true, plano: null, motivo: 'UNKNOWN_PLACE' });
});

test.each([
  [{ carro: CAR }, 'com carro informe bateria'],
  [{ carro: CAR, bateria: 80, duracao_s: 600 }, 'com carro informe só inicio'],
  [{ carro: CAR, bateria: 80, reserva_pct: 90 }, 'reserva_pct deve ser menor que cheia_pct'],
  [{ bateria: 80, margem_s: 60 }, 'informe também carro'],
  [{ carro: { ...CAR, bateria_kwh: 0 }, bateria: 80 }, 'carro.bateria_kwh'],
])('%j is a fault of the request', async (more, words) => {
  const { ok, erro } = await askVehicle('planejar', { ...TRIP, ...more });

  expect([ok, (erro as Json).codigo]).toEqual([false, 'BAD_REQUEST']);
  expect((erro as Json).mensagem).toContain(words);
});

test('when nobody can read, that is what is said', async () => {
  fixture.mesh.failFreshReads = 'UNAVAILABLE';
  fixture.mesh.failStaleReads = 'UNAVAILABLE';

  for (const more of [{}, { bateria: 80, carro: CAR }]) {
    const reply = await askVehicle('planejar', { ...TRIP, ...more });
    expect(reply).toMatchObject({ ok: false, tente_de_novo_em_s: 1 });
  }
});

test('a plan of this node alone says how old it may be', async () => {
  fixture.mesh.failFreshReads = 'UNAVAILABLE';

  const reply = await askVehicle('planejar', { ...TRIP, bateria: 80, carro: CAR });

  expect(reply).toMatchObject({ ok: true, idade_ms: expect.any(Number), motivo: null });
});

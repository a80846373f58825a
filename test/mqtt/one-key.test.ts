/** A request key counts for all doors: what was asked over MQTT is answered over REST as the same command. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { v1Over } from '../gateway/v1-fixture.js';
import { SingleMesh } from '../support/single-mesh.js';
import { type DoorFixture, type Json, openDoorFixture } from './door-fixture.js';
import { minutesFrom } from './wishes.js';

let fixture: DoorFixture;
let rest: ReturnType<typeof v1Over>;
let requests = 0;

beforeEach(async () => {
  requests = 0;
  fixture = await openDoorFixture();
  fixture.lone.raise();
  rest = v1Over(new SingleMesh(fixture.lone, 'empresa_a'));
});

afterEach(async () => {
  await rest.app.close();
  await fixture.close();
});

const window = (from: number) => [minutesFrom(fixture.lone, from), minutesFrom(fixture.lone, from + 30)];

/** A stop, as each door writes it. */
function stop(pointId: string, from: number): [Json, Json] {
  const [start, end] = window(from);
  return [
    { ponto_id: pointId, inicio: start, fim: end },
    { pointId, start, end },
  ];
}

/** Asks over MQTT, then the same over REST under the same key; what MQTT was answered. */
async function twice(
  tipo: string,
  asked: Json,
  url: string,
  body?: Json,
  method: 'post' | 'delete' = 'post',
) {
  requests += 1;
  const reply = await fixture.askVehicle(tipo, asked);
  expect(reply, tipo).toMatchObject({ ok: true });
  const headers = { 'malha-vehicle': 'v1', 'idempotency-key': String(reply.id) };
  const again = method === 'post' ? await rest.post(url, body, headers) : await rest.delete(url, headers);
  expect([again.status < 300, again.headers['malha-index']], `${tipo} ${again.text}`).toEqual([
    true,
    String(reply.indice),
  ]);
  return reply;
}

test('a whole trip, step by step', async () => {
  const [own, foreign] = stop('1', 60);
  const [start, end] = window(120);
  const site = { local: 'Valente', conector: 'ccs2', potencia_kw: 12.5, inicio: start, fim: end };
  const restSite = { site: 'Valente', connector: 'ccs2', minKw: 12.5, start, end };
  const { reserva } = await twice('reservar', { paradas: [own, site], prazo_s: 600 }, '/v1/reservations', {
    stops: [foreign, restSite],
    hold: { ttlSeconds: 600 },
  });
  const reserva_id = (reserva as Json).id as string;
  const on = (command: string) => `/v1/reservations/${reserva_id}/${command}`;
  await twice('estender', { reserva_id, prazo_s: 900 }, on('extend'), { ttlSeconds: 900 });
  await twice('confirmar', { reserva_id }, on('confirm'));
  await twice('adiar', { reserva_id, parada: 0, atraso_s: 300 }, on('shift'), { stop: 0, byMinutes: 5 });
  const [later, restLater] = stop('9', 200);
  await twice('replanejar', { reserva_id, paradas: [{ manter: 0 }, later] }, on('replan'), {
    stops: [{ keep: 0 }, restLater],
  });
  await twice('cancelar', { reserva_id, paradas: [2], motivo: 'x' }, on('cancel'), {
    stops: [2],
    reason: 'x',
  });
  fixture.lone.advance(65 * 60_000);
  await twice('inicio', { reserva_id, parada: 0 }, on('stops/0/start'));
  await twice('fim', { reserva_id, parada: 0 }, on('stops/0/finish'));
});

test('without a word on no-shows, with one, and what else a holder asks', async () => {
  const [plain, restPlain] = stop('1', 60);
  await twice('reservar', { paradas: [plain] }, '/v1/reservations', { stops: [restPlain] });
  const [freed, restFreed] = stop('1', 100);
  await twice('reservar', { paradas: [freed], apos_falta: 'liberar' }, '/v1/reservations', {
    stops: [restFreed],
    afterNoShow: 'free',
  });
  const [trip, restTrip] = stop('3', 60);
  await twice('viagem', { paradas: [trip] }, '/v1/trips', { stops: [restTrip] });
  const { espera } = await twice('esperar', { paradas: [plain] }, '/v1/waitlist', { stops: [restPlain] });
  const espera_id = (espera as Json).id as string;
  await twice('desistir', { espera_id }, `/v1/waitlist/${espera_id}`, undefined, 'delete');
  await twice('confirmar_aviso', { avisos: ['n1.0'] }, '/v1/notices/acknowledge', { noticeIds: ['n1.0'] });
  expect(requests).toBe(6);
});

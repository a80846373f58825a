/** What a node with a broker of its own tells without being asked: notices, and the state of points. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Operation } from '../../src/ledger/command.js';
import { eventually } from '../support/eventually.js';
import { type DoorFixture, type Json, openDoorFixture, repliesOn } from './door-fixture.js';
import { connectVehicle, type VehicleClient } from './vehicle-client.js';
import { companySays, MINUTE_MS, minutesFrom, stopFrom } from './wishes.js';

const NOTICES = 'malha/v1/veiculos/v1/avisos';

let fixture: DoorFixture;
let clients: VehicleClient[];

beforeEach(async () => {
  fixture = await openDoorFixture();
  fixture.lone.raise();
  clients = [];
});

afterEach(async () => {
  for (const client of clients) await client.close();
  await fixture.close();
});

async function connect(...filters: string[]): Promise<VehicleClient> {
  const client = await connectVehicle(fixture.broker.port, filters);
  clients.push(client);
  return client;
}

const inMinutes = (minutes: number) => minutesFrom(fixture.lone, minutes);
const stop = (pointId: string, fromMinutes: number) => stopFrom(fixture.lone, pointId, fromMinutes);

async function reserved(ponto_id: string, vehicle = 'v1', more: Json = {}): Promise<string> {
  const request = { paradas: [stop(ponto_id, 60)], ...more };
  const reply = await fixture.askVehicle('reservar', request, vehicle);
  return (reply.reserva as Json).id as string;
}

const company = (id: string, operation: Operation) => companySays(fixture.lone, id, operation);

function fails(pointId: string, owner: string) {
  const untilMs = fixture.lone.nowMs + 300 * MINUTE_MS;
  return company(owner, { kind: 'report-status', pointId, status: 'faulted', untilMs });
}

const acknowledge = (avisos: readonly unknown[], vehicle = 'v1') =>
  fixture.askVehicle('confirmar_aviso', { avisos }, vehicle);

/** All that was published before has been told: what is asked now is answered behind it. */
async function settle(): Promise<void> {
  await fixture.askVehicle('consultar');
  await new Promise((resolve) => setTimeout(resolve, 50));
  await fixture.askVehicle('consultar');
}

describe('a notice', () => {
  test('comes as it happens, with what happened to which stop and when', async () => {
    const vehicle = await connect(NOTICES);
    const reserva_id = await reserved('9');

    await fails('9', 'empresa_a');

    const [notice] = await eventually(
      () => repliesOn(vehicle, NOTICES).length === 1 && repliesOn(vehicle, NOTICES),
    );
    expect(notice).toMatchObject({
      v: 1,
      id: `n${fixture.lone.index}.0`,
      tipo: 'parada_deslocada',
      mensagem: 'o ponto desta parada não pode mais ser usado; escolha outro',
      indice: fixture.lone.index,
      em: inMinutes(0),
      motivo: 'faulted',
      reserva_id,
      parada: 0,
      ...stop('9', 60),
      estado: 'deslocada',
      reserva: { id: reserva_id, estado: 'confirmada' },
    });
  });

  test('comes again when the vehicle comes back, until it is acknowledged', async () => {
    const first = await connect(NOTICES);
    await reserved('9');
    await fails('9', 'empresa_a');
    const [notice] = await eventually(
      () => repliesOn(first, NOTICES).length === 1 && repliesOn(first, NOTICES),
    );
    await first.close();

    const second = await connect(NOTICES);
    await eventually(() => expect(repliesOn(second, NOTICES)).toEqual([notice]));
    expect(await acknowledge([notice!.id])).toMatchObject({ ok: true, avisos_fechados: 1 });
    const third = await connect(NOTICES);
    await settle();

    expect(repliesOn(third, NOTICES)).toEqual([]);
    expect(await acknowledge([notice!.id])).toMatchObject({ ok: true, avisos_fechados: 0 });
  });

  test('that was made while the vehicle was away waits for it', async () => {
    await reserved('9');
    await reserved('5', 'v1', { prazo_s: 60 });
    await fails('9', 'empresa_a');
    fixture.lone.advance(2 * MINUTE_MS);

    const vehicle = await connect(NOTICES);

    await eventually(() => repliesOn(vehicle, NOTICES).length >= 2);
    expect(repliesOn(vehicle, NOTICES).map(({ tipo }) => tipo)).toEqual([
      'parada_deslocada',
      'prazo_esgotado',
    ]);
  });

  test('of another vehicle is told to that one alone, and nobody’s is published for nobody', async () => {
    const vehicle = await connect(NOTICES);
    const other = await connect('malha/v1/veiculos/v2/avisos');
    await reserved('9', 'v2');
    await reserved('5', 'v3');
    await fails('9', 'empresa_a');
    const queriesBefore = fixture.mesh.queries.length;
    await fails('5', 'empresa_c');

    await eventually(() => other.heard.length === 1);
    await settle();

    expect(vehicle.heard).toEqual([]);
    const asked = fixture.mesh.queries.slice(queriesBefore).map(({ query }) => query);
    expect(asked).not.toContainEqual({ kind: 'notices', holder: 'v3' });
    expect(await acknowledge([JSON.parse(other.heard[0]!.text).id])).toMatchObject({ avisos_fechados: 0 });
  });

  test('reaches who listens to all vehicles', async () => {
    const everybody = await connect('malha/v1/veiculos/+/avisos');
    await reserved('9');

    await fails('9', 'empresa_a');

    await eventually(() => everybody.heard.length === 1);
    expect(everybody.heard[0]!.topic).toBe(NOTICES);
  });

  test('that could not be read is told once it can', async () => {
    const vehicle = await connect(NOTICES);
    await reserved('9');
    fixture.mesh.failStaleReads = 'UNAVAILABLE';
    await fails('9', 'empresa_a');
    await eventually(() => fixture.mesh.queries.some(({ query }) => query.kind === 'notices'));
    expect(vehicle.heard).toEqual([]);

    fixture.mesh.failStaleReads = null;

    await eventually(() => vehicle.heard.length === 1);
  });

  test('of a whole wave each comes once', async () => {
    const vehicle = await connect(NOTICES);
    for (const [pointId, owner] of [
      ['1', 'empresa_a'],
      ['2', 'empresa_a'],
      ['9', 'empresa_a'],
      ['5', 'empresa_c'],
      ['13', 'empresa_c'],
    ] as const) {
      await reserved(pointId);
      await fails(pointId, owner);
    }

    await eventually(() => vehicle.heard.length >= 5);
    await settle();

    const ids = repliesOn(vehicle, NOTICES).map(({ id }) => id);
    expect(new Set(ids).size).toBe(5);
    expect(ids).toHaveLength(5);
  });
});

describe('the state of a point', () => {
  const stateOf = (vehicle: VehicleClient, pointId: string) =>
    repliesOn(vehicle, `malha/v1/pontos/${pointId}/estado`);

  test('of each point is retained, with the index that it speaks of', async () => {
    const early = await connect('malha/v1/pontos/+/estado');
    await eventually(() => new Set(early.heard.map(({ topic }) => topic)).size === 14);
    await settle();
    const vehicle = await connect('malha/v1/pontos/+/estado');
    await eventually(() => vehicle.heard.length === 14);

    const state = stateOf(vehicle, '9')[0]!;
    expect(state).toEqual({
      v: 1,
      ponto_id: '9',
      empresa_id: 'empresa_a',
      indice: expect.any(Number),
      em: inMinutes(0),
      estado: 'disponivel',
      em_uso: false,
    });
    expect(vehicle.heard.every(({ retain }) => retain)).toBe(true);
  });

  test('changes with what its company says and with who charges there, and the index rises', async () => {
    const vehicle = await connect('malha/v1/pontos/9/estado');
    await eventually(() => vehicle.heard.length >= 1);
    const states = () => stateOf(vehicle, '9');

    await fails('9', 'empresa_a');
    await eventually(() =>
      expect(states().at(-1)).toMatchObject({ estado: 'com_defeito', ate: inMinutes(300) }),
    );
    await company('empresa_a', { kind: 'report-status', pointId: '9', status: 'available', untilMs: 0 });
    await eventually(() => expect(states().at(-1)).toMatchObject({ estado: 'disponivel' }));
    const request = { paradas: [{ ponto_id: '9', inicio: 'agora', duracao_s: 600 }] };
    const { reserva } = await fixture.askVehicle('reservar', request);
    const onStop = { reserva_id: (reserva as Json).id, parada: 0 };
    await fixture.askVehicle('inicio', onStop);
    await eventually(() => expect(states().at(-1)).toMatchObject({ em_uso: true }));
    await fixture.askVehicle('fim', onStop);
    await eventually(() => expect(states().at(-1)).toMatchObject({ em_uso: false }));

    const indexes = states().map(({ indice }) => Number(indice));
    expect(indexes).toEqual([...indexes].sort((a, b) => a - b));
    expect(indexes.at(-1)).toBe(fixture.lone.index);
  });

  test('of one that is gone is cleared', async () => {
    await company('empresa_b', { kind: 'delete-point', pointId: '8', displace: true });
    await eventually(async () => {
      const vehicle = await connect('malha/v1/pontos/+/estado');
      await eventually(() => vehicle.heard.length >= 13);
      await settle();
      const topics = new Set(vehicle.heard.map(({ topic }) => topic));
      expect(topics.has('malha/v1/pontos/8/estado')).toBe(false);
      expect(topics.size).toBe(13);
    });
  });
});

describe('what vehicles say of themselves', () => {
  const say = (topic: string, payload: object | string) =>
    fixture.vehicle.client.publishAsync(
      topic,
      typeof payload === 'string' ? payload : JSON.stringify(payload),
      { qos: 1 },
    );

  test('is counted: who is there, telemetry, and what cannot be read', async () => {
    const presence = (vehicle: string) => `malha/v1/veiculos/${vehicle}/conexao`;
    await say(presence('v1'), { v: 1, session: 7, online: true });
    await say(presence('v2'), { v: 1, session: 1, online: true });
    await say(presence('v2'), { v: 1, session: 1, online: false });
    // The will of a session that is over.
    await say(presence('v1'), { v: 1, session: 6, online: false });
    await say('malha/v1/veiculos/v1/telemetria', { v: 1, session: 7, socPct: 40, speedKmh: 80 });
    for (const odd of [
      '',
      'x',
      '[]',
      '{"v":2,"session":1,"online":true}',
      '{"v":1,"session":"1","online":true}',
    ]) {
      await say(presence('v3'), odd);
    }
    await say('malha/v1/veiculos/v1/telemetria', 'x'.repeat(5_000));

    await eventually(() => expect(fixture.door.counts()).toEqual({ present: 1, telemetry: 1, refused: 5 }));
  });
});

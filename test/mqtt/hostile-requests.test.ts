import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DoorFixture, openDoorFixture } from './door-fixture.js';

let fixture: DoorFixture;

beforeEach(async () => {
  fixture = await openDoorFixture();
});

afterEach(() => fixture.close());

const VALID = { ponto_id: '2', empresa_id: '1', acao: 'reservar', origem: 'v1' };

/** Requests to reserve with at least one field that makes them invalid or refused. */
const WRONG_RESERVATION = fc.oneof(
  fc
    .jsonValue()
    .filter((acao) => acao !== 'reservar' && acao !== 'liberar')
    .map((acao) => ({ ...VALID, acao })),
  fc
    .string()
    .filter((id) => id !== '1' && id !== 'empresa_a')
    .map((empresa_id) => ({ ...VALID, empresa_id })),
  fc
    .string()
    .filter((text) => !/^[\w.-]{1,64}$/.test(text))
    .map((origem) => ({ ...VALID, origem })),
  fc
    .string()
    .filter((text) => !/^\d{1,2}$/.test(text))
    .map((ponto_id) => ({ ...VALID, ponto_id })),
  fc.jsonValue().filter((value) => typeof value !== 'object' || value === null),
);

const VEHICLE_TOPIC = 'malha/v1/veiculos/v1/pedido';

/** Requests of a vehicle with a field that makes them invalid, whatever else is in them. */
const WRONG_ASK = fc
  .record({
    v: fc.constantFrom(1, 2, '1'),
    id: fc.oneof(fc.constant('a'), fc.jsonValue()),
    tipo: fc.oneof(fc.constantFrom('reservar', 'cancelar', 'inicio', 'confirmar_aviso'), fc.string()),
    paradas: fc.jsonValue(),
    reserva_id: fc.jsonValue(),
  })
  .map((fields) => ({ ...fields, 'não há': true }));

const MESSAGE = fc.oneof(
  fc.tuple(
    fc.constant(VEHICLE_TOPIC),
    WRONG_ASK.map((value) => Buffer.from(JSON.stringify(value))),
  ),
  fc.tuple(
    fc.constantFrom(VEHICLE_TOPIC, 'malha/v1/veiculos//pedido', 'malha/v1/veiculos/v1/conexao'),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  ),
  fc.tuple(
    fc.constantFrom(VEHICLE_TOPIC, 'malha/v1/veiculos/v1/conexao', 'malha/v1/veiculos/v1/telemetria'),
    fc.json().map((text) => Buffer.from(text)),
  ),
  fc.tuple(
    fc.constant('empresa/1/reserva'),
    WRONG_RESERVATION.map((value) => Buffer.from(JSON.stringify(value))),
  ),
  fc.tuple(
    fc.constantFrom('empresa/1/reserva', 'veiculos/solicitacao', 'empresa/%00/reserva', 'empresa//reserva'),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  ),
  fc.tuple(
    fc.constant('veiculos/solicitacao'),
    fc.json().map((text) => Buffer.from(text)),
  ),
);

test('whatever is published, the ledger stays as it is and the door open', async () => {
  const { broker, mesh, lone, vehicle, log, door } = fixture;
  const before = lone.ledger.meta().digest;

  await fc.assert(
    fc.asyncProperty(MESSAGE, async ([topic, payload]) => {
      await broker.publish(topic, payload, { qos: 1, retain: false });
    }),
    { numRuns: 300 },
  );

  expect(await fixture.askReservation('verificar', { origem: 'depois' })).toMatchObject({ disponivel: true });
  expect(await fixture.askVehicle('consultar', {}, 'depois')).toMatchObject({ ok: true, reservas: [] });
  expect(vehicle.client.connected).toBe(true);
  await door.close();
  expect(mesh.submissions).toEqual([]);
  expect(lone.ledger.meta().digest).toBe(before);
  expect(log.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
});

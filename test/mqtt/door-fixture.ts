/**
 * The documented MQTT door on an embedded broker over the packaged data set, and a client that asks it.
 */
import { randomBytes } from 'node:crypto';
import { type EmbeddedBroker, startEmbeddedBroker } from '../../src/mqtt/embedded-broker.js';
import { type MqttDoor, type MqttDoorSettings, openMqttDoor } from '../../src/mqtt/mqtt-door.js';
import { REAL_TIMERS } from '../../src/mqtt/timers.js';
import { SILENT } from '../../src/observe/logger.js';
import { bahiaLedger } from '../support/bahia-fixture.js';
import { eventually } from '../support/eventually.js';
import type { LoneLedger } from '../support/single-mesh.js';
import { type LogLine, recordingLogger } from './recorder.js';
import { RoleMesh } from './role-mesh.js';
import { connectVehicle, type VehicleClient } from './vehicle-client.js';

export const DOOR_SETTINGS: MqttDoorSettings = {
  company: 'empresa_a',
  requestTimeoutMs: 1_000,
  legacyWindowMinutes: 240,
  readTryMs: 500,
  electionMs: 1_000,
};

export type Json = Readonly<Record<string, unknown>>;

export interface DoorFixture {
  readonly broker: EmbeddedBroker;
  readonly door: MqttDoor;
  readonly mesh: RoleMesh;
  readonly lone: LoneLedger;
  readonly log: readonly LogLine[];
  /** Hears every reply. */
  readonly vehicle: VehicleClient;
  /** Publishes `payload` (JSON unless a string or bytes) and waits for the next reply on `replyTopic`. */
  ask(topic: string, payload: unknown, replyTopic: string): Promise<Json>;
  askPoints(payload: Json): Promise<Json>;
  /** About a point of HenryVolt (`empresa_a`, display id 1), as `origem` v1 unless told otherwise. */
  askReservation(acao: string, more?: Json, nome?: string): Promise<Json>;
  /** Asks as `vehicle` (v1), with an `id` of its own unless the request has one. */
  askVehicle(tipo: string, more?: Json, vehicle?: string): Promise<Json>;
  close(): Promise<void>;
}

export async function openDoorFixture(settings: Partial<MqttDoorSettings> = {}): Promise<DoorFixture> {
  const lone = await bahiaLedger();
  const mesh = new RoleMesh(lone, 'empresa_a', 1);
  const broker = await startEmbeddedBroker({ host: '127.0.0.1', port: 0, logger: SILENT });
  const { logger, lines } = recordingLogger();
  const door = openMqttDoor({
    bus: broker,
    mesh,
    settings: { ...DOOR_SETTINGS, ...settings },
    logger,
    random: randomBytes,
    timers: REAL_TIMERS,
  });
  await door.ready;
  await toldOfAllPoints(mesh);
  const vehicle = await connectVehicle(broker.port, [
    'veiculos/resposta/+',
    'empresa/+/resposta/+',
    'malha/v1/veiculos/+/resposta',
  ]);

  const ask: DoorFixture['ask'] = async (topic, payload, replyTopic) => {
    const before = repliesOn(vehicle, replyTopic).length;
    const sent = typeof payload === 'string' || payload instanceof Buffer ? payload : JSON.stringify(payload);
    await vehicle.client.publishAsync(topic, sent, { qos: 1 });
    return eventually(() => repliesOn(vehicle, replyTopic)[before] ?? false);
  };
  let requests = 0;
  return {
    broker,
    door,
    mesh,
    lone,
    log: lines,
    vehicle,
    ask,
    askPoints: (payload) => ask('veiculos/solicitacao', payload, `veiculos/resposta/${payload.veiculo_id}`),
    askReservation: (acao, more = {}, nome = '1') => {
      const payload = { ponto_id: '2', empresa_id: '1', acao, origem: 'v1', ...more };
      const replyTopic = `empresa/${payload.origem}/resposta/${payload.ponto_id}`;
      return ask(`empresa/${nome}/reserva`, payload, replyTopic);
    },
    askVehicle: (tipo, more = {}, name = 'v1') => {
      requests += 1;
      const topic = `malha/v1/veiculos/${name}`;
      return ask(`${topic}/pedido`, { v: 1, id: `p-${requests}`, tipo, ...more }, `${topic}/resposta`);
    },
    async close() {
      await vehicle.close();
      await door.close();
      await broker.close();
    },
  };
}

/** Waits until the door told the state of every point: from then on nothing is read but for what a test does. */
async function toldOfAllPoints(mesh: RoleMesh): Promise<void> {
  const { reply } = await mesh.query({ kind: 'totals' }, { consistency: 'stale', timeoutMs: 1_000 });
  const inUse = () => mesh.queries.filter(({ query }) => query.kind === 'holder-now').length;
  await eventually(() => inUse() === reply.points);
  mesh.queries.splice(0);
}

/** The replies that a client heard on a topic, in order. */
export function repliesOn(vehicle: VehicleClient, topic: string): readonly Json[] {
  return vehicle.heard.filter((heard) => heard.topic === topic).map(({ text }) => JSON.parse(text) as Json);
}

/** Reservations of a holder that have not ended. */
export function openReservations(lone: LoneLedger, holder: string): number {
  return lone.ledger.query({ kind: 'open-reservations', holder }, lone.nowMs).length;
}

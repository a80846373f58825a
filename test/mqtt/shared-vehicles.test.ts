/** malha's own topics on a broker that nodes share: who answers, who tells, and what a change of leader leaves. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { timeText } from '../../src/doors/times.js';
import { bahiaLedger } from '../support/bahia-fixture.js';
import { eventually } from '../support/eventually.js';
import { type LoneLedger, SingleMesh } from '../support/single-mesh.js';
import { type Json, openReservations, repliesOn } from './door-fixture.js';
import { NO_MOSQUITTO } from './mosquitto.js';
import {
  closeSharedNodes,
  openSharedNode,
  type RunningBroker,
  SHARED_BROKERS,
  type SharedNode,
} from './shared-node.js';
import { connectVehicle, type VehicleClient } from './vehicle-client.js';

const ELECTION_MS = 5_000;
const MINUTE_MS = 60_000;
const TOPIC = 'malha/v1/veiculos/v1';
const POINT = 'malha/v1/pontos/9/estado';

let broker: RunningBroker;
let lone: LoneLedger;
let vehicle: VehicleClient;
let nodes: SharedNode[];

async function startNode(company: string): Promise<SharedNode> {
  const { port } = broker;
  const options = { lone, port, company, number: nodes.length + 1, electionMs: ELECTION_MS };
  const node = await openSharedNode(options);
  nodes.push(node);
  return node;
}

function send(id: string, tipo: string, more: object = {}): Promise<unknown> {
  return vehicle.client.publishAsync(`${TOPIC}/pedido`, JSON.stringify({ v: 1, id, tipo, ...more }), {
    qos: 1,
  });
}

const replies = () => repliesOn(vehicle, `${TOPIC}/resposta`);
const notices = () => repliesOn(vehicle, `${TOPIC}/avisos`);

/** A reservation of one stop at point 9, an hour from now. */
function reserve(id: string): Promise<unknown> {
  const at = (minutes: number) => timeText(lone.nowMs + minutes * MINUTE_MS);
  return send(id, 'reservar', { paradas: [{ ponto_id: '9', inicio: at(60), fim: at(90) }] });
}

function present(session: number, online = true): Promise<unknown> {
  const payload = JSON.stringify({ v: 1, session, online });
  return vehicle.client.publishAsync(`${TOPIC}/conexao`, payload, { qos: 1, retain: true });
}

/** Point 9 fails, or works again. */
function report(status: 'faulted' | 'available') {
  const untilMs = status === 'available' ? 0 : lone.nowMs + 300 * MINUTE_MS;
  const operation = { kind: 'report-status', pointId: '9', status, untilMs } as const;
  const requestKey = `status-${lone.index}`;
  const wish = { door: 'rest', holder: 'a', requestKey, keyKind: 'node', traceId: '0'.repeat(32) } as const;
  return new SingleMesh(lone, 'empresa_a').submit({ ...wish, operation }, { timeoutMs: 1_000 });
}

/** What was sent before this is answered; what was told before this is heard. */
async function settle(leader: SharedNode): Promise<void> {
  const id = `fim-${lone.index}-${replies().length}`;
  await send(id, 'consultar');
  await eventually(() => replies().some((reply) => reply.id === id && reply.no === leader.name));
}

if (NO_MOSQUITTO !== null) test.skip(`nodes share Mosquitto (${NO_MOSQUITTO})`);

describe.each(SHARED_BROKERS)('vehicles on $name, which nodes share', ({ start }) => {
  beforeEach(async () => {
    lone = await bahiaLedger();
    lone.raise();
    broker = await start();
    vehicle = await connectVehicle(broker.port, [`${TOPIC}/resposta`, `${TOPIC}/avisos`, POINT]);
    nodes = [];
  });

  afterEach(async () => {
    await closeSharedNodes(nodes);
    await vehicle.close();
    await broker.stop();
  });

  test('the leader answers a request, once, and says which node it is', async () => {
    const a = await startNode('empresa_a');
    await startNode('empresa_b');
    a.mesh.role = 'leader';

    await reserve('um');
    await eventually(() => replies().length === 1);
    await settle(a);

    expect(replies()).toHaveLength(2);
    expect(replies()[0]).toMatchObject({ id: 'um', ok: true, no: a.name, pedido: expect.any(String) });
    expect(openReservations(lone, 'v1')).toBe(1);
  });

  test('a follower that becomes leader answers what nobody did, and a repeated id as the old one did', async () => {
    const a = await startNode('empresa_a');
    const b = await startNode('empresa_b');
    a.mesh.role = 'leader';
    await reserve('um');
    await eventually(() => replies().length === 1);
    a.mesh.role = 'follower';
    const heard = () => b.log.filter(({ message }) => message === 'MQTT: request').length;
    const before = heard();
    await reserve('um');
    await reserve('dois');
    await eventually(() => heard() === before + 2);

    b.mesh.role = 'leader';

    await eventually(() => replies().length === 3);
    const [first, repeated, other] = replies().map(({ pedido: _, no, ...reply }) => ({ no, reply }));
    expect(repeated).toEqual({ no: b.name, reply: first!.reply });
    expect(other!.reply).toMatchObject({ id: 'dois', ok: false, erro: { codigo: 'STOPS_UNAVAILABLE' } });
    expect(openReservations(lone, 'v1')).toBe(1);
  });

  test('both asked at once decide once', async () => {
    const a = await startNode('empresa_a');
    const b = await startNode('empresa_b');
    let pass = (): void => {};
    const wait = new Promise<void>((resolve) => {
      pass = resolve;
    });
    for (const { mesh } of [a, b]) {
      mesh.role = 'leader';
      mesh.submitsWait = wait;
    }
    await reserve('um');
    await eventually(() => [a, b].every(({ log }) => log.some(({ message }) => message === 'MQTT: request')));
    pass();
    await eventually(() => replies().length >= 1);
    await eventually(() => a.mesh.submissions.length === 1 && b.mesh.submissions.length === 1);

    expect(openReservations(lone, 'v1')).toBe(1);
    expect(new Set(replies().map(({ indice }) => indice)).size).toBe(1);
  });

  test('the leader alone tells a notice, and again when the vehicle says that it is back', async () => {
    const a = await startNode('empresa_a');
    await startNode('empresa_b');
    a.mesh.role = 'leader';
    await eventually(() => repliesOn(vehicle, POINT).length >= 1);
    await present(1);
    await reserve('um');
    await eventually(() => replies().length === 1);

    await report('faulted');
    await eventually(() => notices().length === 1);
    await settle(a);
    expect(notices()).toHaveLength(1);

    await present(2);
    await eventually(() => notices().length === 2);
    expect(notices()[1]).toEqual(notices()[0]);
    await send('ciente', 'confirmar_aviso', { avisos: [notices()[0]!.id] });
    await eventually(() => expect(replies().at(-1)).toMatchObject({ id: 'ciente', avisos_fechados: 1 }));
    await present(3);
    await settle(a);
    expect(notices()).toHaveLength(2);
  });

  test('what the old leader left untold the new one tells who is there, though it came after they did', async () => {
    const a = await startNode('empresa_a');
    a.mesh.role = 'leader';
    await present(7);
    await reserve('um');
    await eventually(() => replies().length === 1);
    a.mesh.failStaleReads = 'UNAVAILABLE';
    await report('faulted');
    const b = await startNode('empresa_b');
    // What the broker had retained says who is there.
    await eventually(() => b.door.counts().present === 1);
    expect(notices()).toEqual([]);

    a.mesh.role = 'follower';
    b.mesh.role = 'leader';

    await eventually(() => notices().length >= 1);
    expect(notices()[0]).toMatchObject({ tipo: 'parada_deslocada', ponto_id: '9' });
  });

  test('nobody is told who went away', async () => {
    const a = await startNode('empresa_a');
    const b = await startNode('empresa_b');
    a.mesh.role = 'leader';
    await present(1);
    await reserve('um');
    await eventually(() => replies().length === 1);
    await report('faulted');
    await eventually(() => notices().length === 1);
    await present(1, false);
    await eventually(() => b.door.counts().present === 0 && a.door.counts().present === 0);
    await settle(a);
    const told = repliesOn(vehicle, POINT).length;

    a.mesh.role = 'follower';
    b.mesh.role = 'leader';
    await eventually(() => repliesOn(vehicle, POINT).length > told);
    await settle(b);

    expect(notices()).toHaveLength(1);
  });

  test('the leader alone retains the state of points, and a new one begins anew', async () => {
    const a = await startNode('empresa_a');
    const b = await startNode('empresa_b');
    const states = () => repliesOn(vehicle, POINT);
    a.mesh.role = 'leader';
    await eventually(() => states().length === 1);
    await report('faulted');
    await eventually(() => expect(states().at(-1)).toMatchObject({ estado: 'com_defeito' }));
    await settle(a);
    const told = states().length;

    a.mesh.role = 'follower';
    b.mesh.role = 'leader';

    await eventually(() => states().length === told + 1);
    const indexes = states().map(({ indice }) => Number(indice));
    expect(indexes).toEqual([...indexes].sort((x, y) => x - y));
  });

  test('a broker that comes back without what it had retained gets it again', async () => {
    const a = await startNode('empresa_a');
    a.mesh.role = 'leader';
    await eventually(() => repliesOn(vehicle, POINT).length === 1);
    await vehicle.close();
    await broker.stop();
    broker = await start(broker.port);

    await eventually(async () => {
      await vehicle.close();
      vehicle = await connectVehicle(broker.port, [POINT]);
      const { port } = broker;
      expect(port).toBeGreaterThan(0);
      return eventually(() => vehicle.heard.length >= 1, { timeoutMs: 1_000 });
    });
    const state = JSON.parse(vehicle.heard[0]!.text) as Json;
    expect(state).toMatchObject({ ponto_id: '9', estado: 'disponivel' });
  });
});

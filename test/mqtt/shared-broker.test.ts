import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bahiaLedger } from '../support/bahia-fixture.js';
import { eventually } from '../support/eventually.js';
import type { LoneLedger } from '../support/single-mesh.js';
import { openReservations, repliesOn } from './door-fixture.js';
import { NO_MOSQUITTO } from './mosquitto.js';
import {
  closeSharedNodes,
  openSharedNode,
  type RunningBroker,
  SHARED_BROKERS,
  type SharedNode,
} from './shared-node.js';
import { connectVehicle, type VehicleClient } from './vehicle-client.js';

/** Long enough for a busy machine to move a role within it. */
const ELECTION_MS = 5_000;

let broker: RunningBroker;
let lone: LoneLedger;
let vehicle: VehicleClient;
let nodes: SharedNode[];

async function startNode(company: string, electionMs = ELECTION_MS): Promise<SharedNode> {
  const { port } = broker;
  const node = await openSharedNode({ lone, port, company, number: nodes.length + 1, electionMs });
  nodes.push(node);
  return node;
}

async function send(acao: string, origem = 'v1', more: object = {}): Promise<void> {
  const payload = JSON.stringify({ ponto_id: '2', empresa_id: '1', acao, origem, ...more });
  await vehicle.client.publishAsync('empresa/1/reserva', payload, { qos: 1 });
}

async function sendTrip(veiculo_id: string): Promise<void> {
  const payload = JSON.stringify({ veiculo_id, bateria: 50, local: 'Salvador', destino: 'Valente' });
  await vehicle.client.publishAsync('veiculos/solicitacao', payload, { qos: 1 });
}

const V1 = 'empresa/v1/resposta/2';

/** Requests that a node has heard; each has one line with its payload. */
function heardBy({ log }: SharedNode): number {
  return log.filter(({ message }) => message === 'MQTT: request').length;
}

function replies(topic = V1) {
  return repliesOn(vehicle, topic);
}

/** The door has heard everything that was published before: it hears this too, and answers it. */
async function settle(leader: SharedNode): Promise<void> {
  const before = replies('veiculos/resposta/fim').length;
  await sendTrip('fim');
  await eventually(() => replies('veiculos/resposta/fim').length === before + 1);
  expect(replies('veiculos/resposta/fim').at(-1)).toMatchObject({ no: leader.name });
}

if (NO_MOSQUITTO !== null) test.skip(`nodes share Mosquitto (${NO_MOSQUITTO})`);

describe.each(SHARED_BROKERS)('nodes share $name', ({ start }) => {
  beforeEach(async () => {
    lone = await bahiaLedger();
    broker = await start();
    vehicle = await connectVehicle(broker.port, ['veiculos/resposta/+', 'empresa/+/resposta/+']);
    nodes = [];
  });

  afterEach(async () => {
    await closeSharedNodes(nodes);
    await vehicle.close();
    await broker.stop();
  });

  describe('who answers', () => {
    test('the leader answers each request once, the others answer none', async () => {
      const a = await startNode('empresa_a');
      await startNode('empresa_b');
      await startNode('empresa_c');
      a.mesh.role = 'leader';
      const holders = Array.from({ length: 15 }, (_, i) => `v${i}`);

      for (const holder of holders) {
        await send('verificar', holder);
        await sendTrip(holder);
      }

      await eventually(() => vehicle.heard.length >= 2 * holders.length);
      await settle(a);
      for (const holder of holders) {
        for (const topic of [`empresa/${holder}/resposta/2`, `veiculos/resposta/${holder}`]) {
          expect(replies(topic)).toHaveLength(1);
          expect(replies(topic)[0]).toMatchObject({
            no: a.name,
            pedido: expect.stringMatching(/^[0-9a-f]{32}$/),
          });
        }
      }
    });

    test('what no leader answered is answered, in order, by the follower that becomes one', async () => {
      const b = await startNode('empresa_b');
      await send('reservar');
      await send('liberar');
      await send('verificar');
      await eventually(() => heardBy(b) === 3);
      expect(vehicle.heard).toEqual([]);

      b.mesh.role = 'leader';

      await eventually(() => replies().length === 3);
      await settle(b);
      expect(replies().map(({ mensagem }) => mensagem)).toEqual([
        'ponto reservado',
        'ponto liberado',
        'ponto disponível',
      ]);
    });

    test('a request that comes to a new leader before it looked does not overtake the kept ones', async () => {
      const b = await startNode('empresa_b');
      await send('reservar');
      await eventually(() => heardBy(b) === 1);

      b.mesh.role = 'leader';
      await send('liberar');

      await eventually(() => replies().length === 2);
      expect(replies().map(({ mensagem }) => mensagem)).toEqual(['ponto reservado', 'ponto liberado']);
      expect(openReservations(lone, 'v1')).toBe(0);
    });

    test('what the old leader answered is not answered again by the new one', async () => {
      const a = await startNode('empresa_a');
      const b = await startNode('empresa_b');
      a.mesh.role = 'leader';
      await send('reservar');
      await send('verificar');
      await eventually(() => replies().length === 2);
      await eventually(() => heardBy(b) === 2);

      a.mesh.role = 'follower';
      b.mesh.role = 'leader';
      await settle(b);

      expect(replies().map(({ no }) => no)).toEqual([a.name, a.name]);
    });

    test('a reply of another program strikes out the oldest request with its topic', async () => {
      const b = await startNode('empresa_b');
      await send('reservar');
      await send('verificar');
      await eventually(() => heardBy(b) === 2);
      await vehicle.client.publishAsync(V1, '{"reservado":true}', { qos: 1 });
      // Replies and requests come to the node over one connection, in order.
      await sendTrip('v9');
      await eventually(() => heardBy(b) === 3);

      b.mesh.role = 'leader';
      await eventually(() => replies('veiculos/resposta/v9').length === 1);
      await settle(b);

      expect(replies().map(({ mensagem }) => mensagem)).toEqual([undefined, 'ponto disponível']);
    });

    test('a request is kept for two election time-outs, then dropped and told in the log', async () => {
      const b = await startNode('empresa_b', 50);
      await send('reservar');
      await eventually(() => b.log.some(({ level, fields }) => level === 'warn' && fields.requests === 1));

      b.mesh.role = 'leader';
      await settle(b);

      expect(replies()).toEqual([]);
      expect(openReservations(lone, 'v1')).toBe(0);
    });
  });

  describe('two nodes that both act on a message around a change of leader', () => {
    async function startTwo(): Promise<readonly [SharedNode, SharedNode]> {
      const two = [await startNode('empresa_a'), await startNode('empresa_b')] as const;
      for (const { mesh } of two) mesh.role = 'leader';
      return two;
    }

    /** What the ledger carried out, repeats of a key not counted. */
    function countExecuted({ mesh }: SharedNode): () => number {
      let executed = 0;
      mesh.onApplied(({ repeated }) => {
        if (!repeated) executed += 1;
      });
      return () => executed;
    }

    /** Publishes, and lets nobody pass the gate before every node has come to it. */
    async function actAtOnce(acao: string, gate: 'submitsWait' | 'answersWait'): Promise<void> {
      let pass = (): void => {};
      const wait = new Promise<void>((resolve) => {
        pass = resolve;
      });
      const heard = nodes.map(heardBy);
      const submitted = nodes.map(({ mesh }) => mesh.submissions.length);
      for (const { mesh } of nodes) mesh[gate] = wait;
      await send(acao);
      await eventually(() =>
        gate === 'submitsWait'
          ? nodes.every((node, i) => heardBy(node) > heard[i]!)
          : nodes.every(({ mesh }, i) => mesh.submissions.length > submitted[i]!),
      );
      pass();
      for (const { mesh } of nodes) mesh[gate] = null;
    }

    test('use one key: the ledger decides once, and both have its answer', async () => {
      const [a, b] = await startTwo();
      const executed = countExecuted(a);

      await actAtOnce('reservar', 'submitsWait');
      await eventually(() => replies().length >= 1);
      await actAtOnce('liberar', 'submitsWait');
      await eventually(() => replies().some(({ mensagem }) => mensagem === 'ponto liberado'));
      await a.door.close();
      await b.door.close();

      expect(executed()).toBe(2);
      expect(openReservations(lone, 'v1')).toBe(0);
      const keys = nodes.map(({ mesh }) => mesh.submissions.map(({ requestKey }) => requestKey));
      expect(keys[0]).toEqual(keys[1]);
      for (const { mensagem } of replies()) expect(['ponto reservado', 'ponto liberado']).toContain(mensagem);
    });

    test('one that heard it only after the other’s decision finds it done', async () => {
      const [a, b] = await startTwo();

      await actAtOnce('reservar', 'answersWait');
      await eventually(() => replies().length >= 1);
      expect(openReservations(lone, 'v1')).toBe(1);
      expect(replies().every(({ reservado }) => reservado === true)).toBe(true);
      const before = replies().length;
      await actAtOnce('liberar', 'answersWait');
      await a.door.close();
      await b.door.close();
      await eventually(() => replies().some(({ disponivel }) => disponivel === true));

      expect(openReservations(lone, 'v1')).toBe(0);
      expect(before).toBeLessThanOrEqual(2);
      expect(replies().length).toBeLessThanOrEqual(4);
    });

    test('a node that sees the other’s reply keeps its own', async () => {
      const [a, b] = await startTwo();
      let answer = (): void => {};
      b.mesh.answersWait = new Promise<void>((resolve) => {
        answer = resolve;
      });

      await send('reservar');
      await eventually(() => replies().length === 1);
      await eventually(() => heardBy(b) === 1);
      b.mesh.role = 'follower';
      await settle(a);
      await eventually(() => heardBy(b) === 2);
      answer();
      await b.door.close();

      expect(replies().map(({ no }) => no)).toEqual([a.name]);
      expect(b.log.some(({ message }) => message === 'MQTT: request answered by another node')).toBe(true);
    });
  });

  describe('the same text sent again', () => {
    test('is a new request: it is never answered with what was decided before it came', async () => {
      const a = await startNode('empresa_a');
      a.mesh.role = 'leader';
      const rounds = 4;

      for (let i = 0; i < rounds; i += 1) {
        await send('reservar');
        await eventually(() => replies().length === 2 * i + 1);
        expect(replies().at(-1)).toMatchObject({ reservado: true, mensagem: 'ponto reservado' });
        expect(openReservations(lone, 'v1')).toBe(1);
        await send('liberar');
        await eventually(() => replies().length === 2 * i + 2);
        expect(replies().at(-1)).toMatchObject({ disponivel: true, mensagem: 'ponto liberado' });
        expect(openReservations(lone, 'v1')).toBe(0);
      }
    });

    test('many times over ends in keys of the node, not in ever longer chains', async () => {
      const a = await startNode('empresa_a');
      a.mesh.role = 'leader';
      const count = 12;

      for (let i = 0; i < count; i += 1) {
        await send('reservar');
        await eventually(() => replies().length === i + 1);
      }

      expect(replies().every(({ reservado }) => reservado === true)).toBe(true);
      expect(a.mesh.submissions.length).toBeLessThanOrEqual(count * 5);
      expect(openReservations(lone, 'v1')).toBe(1);
    });

    test('a key that somebody took for something else does not stand in the way', async () => {
      const a = await startNode('empresa_a');
      a.mesh.role = 'leader';
      await send('reservar');
      await eventually(() => replies().length === 1);
      const { requestKey } = a.mesh.submissions[0]!;
      await send('liberar', 'v1', { id: 'livre' });
      await eventually(() => replies().length === 2);
      // The key lives on in the ledger; another operation under it would be refused.
      lone.advance(600_000);
      await send('liberar', 'v1', { id: requestKey });
      await eventually(() => replies().length === 3);

      await send('reservar');

      await eventually(() => replies().length === 4);
      expect(replies().at(-1)).toMatchObject({ reservado: true, mensagem: 'ponto reservado' });
    });
  });
});

/**
 * What every MqttBus keeps, whatever broker is behind it. `open` gives a fresh bus on a fresh broker.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MqttBus, MqttMessage } from '../../src/mqtt/bus.js';
import { connectVehicle, type VehicleClient } from '../mqtt/vehicle-client.js';
import { eventually } from '../support/eventually.js';

export interface OpenedBus {
  readonly bus: MqttBus;
  /** Where other clients reach the same broker. */
  readonly port: number;
  /** Ends bus and broker. */
  close(): Promise<void>;
}

export function mqttBusContract(name: string, open: () => Promise<OpenedBus>): void {
  describe(`${name} keeps the contract of MqttBus`, () => {
    let opened: OpenedBus;
    let bus: MqttBus;
    let clients: VehicleClient[];

    beforeEach(async () => {
      opened = await open();
      bus = opened.bus;
      clients = [];
    });

    afterEach(async () => {
      for (const client of clients) await client.close();
      await opened.close();
    });

    async function connect(filters: readonly string[] = []): Promise<VehicleClient> {
      const client = await connectVehicle(opened.port, filters);
      clients.push(client);
      return client;
    }

    async function listen(filter: string): Promise<MqttMessage[]> {
      const heard: MqttMessage[] = [];
      await bus.subscribe(filter, (message) => heard.push(message)).granted;
      return heard;
    }

    test('a handler hears what a client publishes, byte for byte', async () => {
      const heard = await listen('veiculos/solicitacao');
      const vehicle = await connect();
      const payload = Buffer.from([0, 1, 254, 255, 0x7b]);

      await vehicle.client.publishAsync('veiculos/solicitacao', payload, { qos: 1 });

      await eventually(() => heard.length === 1);
      expect(heard[0]!.topic).toBe('veiculos/solicitacao');
      expect(Buffer.from(heard[0]!.payload)).toEqual(payload);
    });

    test('a client hears what the bus publishes, at either QoS', async () => {
      const vehicle = await connect(['veiculos/resposta/v1']);

      await bus.publish('veiculos/resposta/v1', 'one', { qos: 1, retain: false });
      await bus.publish('veiculos/resposta/v1', Buffer.from('two'), { qos: 0, retain: false });

      await eventually(() => vehicle.heard.length === 2);
      expect(vehicle.heard.map(({ text }) => text)).toEqual(['one', 'two']);
    });

    test('a filter matches its topics and no others', async () => {
      const heard = await listen('empresa/+/reserva');
      const vehicle = await connect();

      for (const topic of [
        'empresa/reserva',
        'empresa/a/b/reserva',
        'empresa/a/reserva/x',
        'empresa/a/reserva',
      ]) {
        await vehicle.client.publishAsync(topic, topic, { qos: 1 });
      }

      await eventually(() => heard.length > 0);
      expect(heard.map(({ topic }) => topic)).toEqual(['empresa/a/reserva']);
    });

    test('messages of one publisher arrive once each and in order', async () => {
      const heard = await listen('carga/#');
      const vehicle = await connect();
      const count = 200;

      for (let i = 0; i < count; i += 1)
        void vehicle.client.publishAsync(`carga/${i % 3}`, String(i), { qos: 0 });

      await eventually(() => heard.length >= count);
      const numbers = heard.map(({ payload }) => Number(Buffer.from(payload).toString()));
      expect(numbers).toEqual(Array.from({ length: count }, (_, i) => i));
    });

    test('many publishes at once all arrive', async () => {
      const vehicle = await connect(['muitos']);
      const count = 300;

      await Promise.all(
        Array.from({ length: count }, (_, i) => bus.publish('muitos', String(i), { qos: 1, retain: false })),
      );

      await eventually(() => vehicle.heard.length >= count);
      expect(vehicle.heard.map(({ text }) => Number(text))).toEqual(
        Array.from({ length: count }, (_, i) => i),
      );
    });

    test('messages of either QoS and retained ones, sent in one rush, all arrive', async () => {
      const heard = await listen('rajada/+');
      const vehicle = await connect(['rajada/+']);
      const publisher = await connect();
      const count = 20;

      for (let i = 0; i < count; i += 1) {
        void bus.publish('rajada/1', `no 1 ${i}`, { qos: 1, retain: false });
        void bus.publish('rajada/0', `no 0 ${i}`, { qos: 0, retain: false });
        void bus.publish('rajada/r', `no r ${i}`, { qos: 0, retain: true });
        publisher.client.publish('rajada/1', `cliente 1 ${i}`, { qos: 1 });
        publisher.client.publish('rajada/0', `cliente 0 ${i}`, { qos: 0 });
        publisher.client.publish('rajada/r', `cliente r ${i}`, { qos: 0, retain: true });
      }

      await eventually(() => heard.length >= 6 * count && vehicle.heard.length >= 6 * count);
      const texts = heard.map(({ payload }) => Buffer.from(payload).toString());
      for (const said of [texts, vehicle.heard.map(({ text }) => text)]) {
        expect(new Set(said).size).toBe(6 * count);
        for (const kind of ['no 1', 'no 0', 'no r', 'cliente 1', 'cliente 0', 'cliente r']) {
          const numbers = said
            .filter((text) => text.startsWith(kind))
            .map((text) => Number(text.split(' ')[2]));
          expect(numbers).toEqual(Array.from({ length: count }, (_, i) => i));
        }
      }
    });

    test('every handler of one filter hears each message once', async () => {
      const first = await listen('a/b');
      const second = await listen('a/b');

      await bus.publish('a/b', 'x', { qos: 1, retain: false });
      await bus.publish('a/b', 'y', { qos: 1, retain: false });

      await eventually(() => first.length >= 2 && second.length >= 2);
      expect([first.length, second.length]).toEqual([2, 2]);
    });

    test('an ended subscription hears no more, its neighbour does', async () => {
      const ended: MqttMessage[] = [];
      const subscription = bus.subscribe('a/b', (message) => ended.push(message));
      await subscription.granted;
      const kept = await listen('a/b');

      subscription.end();
      subscription.end();
      await bus.publish('a/b', 'x', { qos: 1, retain: false });

      await eventually(() => kept.length === 1);
      expect(ended).toEqual([]);
    });

    test('what was retained before a subscription is kept from its handler, not from clients', async () => {
      await bus.publish('veiculos/v1/conexao', 'online', { qos: 1, retain: true });

      const heard = await listen('veiculos/+/conexao');
      const vehicle = await connect(['veiculos/+/conexao']);
      await eventually(() => vehicle.heard.length === 1);
      expect(vehicle.heard[0]).toMatchObject({ text: 'online', retain: true });
      await bus.publish('veiculos/v2/conexao', 'online', { qos: 1, retain: true });

      await eventually(() => heard.length > 0);
      expect(heard.map(({ topic }) => topic)).toEqual(['veiculos/v2/conexao']);
    });

    test('what was retained before a subscription is handed to no handler unasked, and to none twice', async () => {
      await bus.publish('veiculos/v1/conexao', 'antes', { qos: 1, retain: true });
      const heard: MqttMessage[] = [];

      await bus.subscribe('veiculos/+/conexao', (message) => heard.push(message), { retained: true }).granted;
      await bus.publish('veiculos/v1/conexao', 'depois', { qos: 1, retain: true });

      await eventually(() => heard.length > 0);
      const texts = () => heard.map(({ payload }) => Buffer.from(payload).toString());
      await eventually(() => texts().includes('depois'));
      // Only a broker elsewhere hands over what it had.
      expect(texts()).toEqual(bus.shared ? ['antes', 'depois'] : ['depois']);
    });

    test('says whether a client may hear a topic, and by which filter one began to', async () => {
      const told: string[] = [];
      const stop = bus.onSubscribed((filter) => told.push(filter));
      const vehicle = await connect(['a/b']);
      const other = await connect(['c/+']);
      const asked = () => ['a/b', 'c/d', 'e/f'].map((topic) => bus.isHeard(topic));

      await eventually(() => expect(asked()).toEqual(bus.shared ? [true, true, true] : [true, true, false]));
      expect(told).toEqual(bus.shared ? [] : ['a/b', 'c/+']);
      await vehicle.client.unsubscribeAsync('a/b');
      await other.close();
      await eventually(() =>
        expect(asked()).toEqual(bus.shared ? [true, true, true] : [false, false, false]),
      );
      stop();
      await connect(['a/b']);
      expect(told).toEqual(bus.shared ? [] : ['a/b', 'c/+']);
    });

    test('a wildcard does not reach the topics of the broker itself', async () => {
      const heard = await listen('#');
      await connect();

      await bus.publish('a', 'x', { qos: 1, retain: false });

      await eventually(() => heard.length > 0);
      expect(heard.map(({ topic }) => topic)).toEqual(['a']);
    });

    test('after close it takes nothing, and closing again is no fault', async () => {
      await bus.close();
      await bus.close();

      await expect(bus.publish('a', 'x', { qos: 1, retain: false })).rejects.toMatchObject({
        code: 'UNAVAILABLE',
      });
      await expect(bus.subscribe('a', () => {}).granted).rejects.toThrow('closed');
    });
  });
}

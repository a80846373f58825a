import { type AddressInfo, createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type BrokerClientOptions, connectBroker } from '../../src/mqtt/broker-client.js';
import type { MqttBus } from '../../src/mqtt/bus.js';
import { type EmbeddedBroker, startEmbeddedBroker } from '../../src/mqtt/embedded-broker.js';
import { SILENT } from '../../src/observe/logger.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-ports.js';
import { splitPackets } from './raw-client.js';
import { recordingLogger } from './recorder.js';
import { connectVehicle } from './vehicle-client.js';

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

async function startBroker(port = 0): Promise<EmbeddedBroker> {
  const broker = await startEmbeddedBroker({ host: '127.0.0.1', port, logger: SILENT });
  open.push(broker);
  return broker;
}

function dial(port: number, more: Partial<BrokerClientOptions> = {}): MqttBus {
  const bus = connectBroker({
    url: `tcp://127.0.0.1:${port}`,
    clientId: 'node',
    logger: SILENT,
    random: () => 0.5,
    retryBaseMs: 10,
    retryCapMs: 50,
    ...more,
  });
  open.push(bus);
  return bus;
}

describe('a broker that is not there yet', () => {
  test('is dialled until it is; what was asked for meanwhile then happens', async () => {
    const port = await freePort();
    const { logger, lines } = recordingLogger();
    const bus = dial(port, { logger });
    const heard: string[] = [];
    const { granted } = bus.subscribe('a', ({ payload }) => heard.push(Buffer.from(payload).toString()));
    const published = bus.publish('a', 'early', { qos: 1, retain: false });
    await eventually(() => lines.filter(({ level }) => level === 'debug').length >= 3);

    await startBroker(port);

    await granted;
    await published;
    // The bus hears its own message only if it subscribed before it published.
    await eventually(() => heard.length === 1);
    expect(heard).toEqual(['early']);
    expect(lines.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual([
      'MQTT: the broker is out of reach; dialling until it answers',
    ]);
    expect(lines.filter(({ level }) => level === 'info').map(({ message }) => message)).toEqual([
      'MQTT: connected to the broker',
    ]);
  });

  test('may be given up', async () => {
    const bus = dial(await freePort());
    const published = bus.publish('a', 'x', { qos: 1, retain: false });
    const { granted } = bus.subscribe('a', () => {});

    await bus.close();

    await expect(published).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(granted).rejects.toThrow('closed');
  });
});

test('after a restart of the broker it hears again, and what was published meanwhile arrives', async () => {
  const first = await startBroker();
  const bus = dial(first.port);
  const heard: string[] = [];
  await bus.subscribe('pedidos', ({ payload }) => heard.push(Buffer.from(payload).toString())).granted;
  await first.close();

  const texts = Array.from({ length: 25 }, (_, i) => String(i));
  const published = texts.map((text) => bus.publish('pedidos', text, { qos: 1, retain: false }));
  const second = await startBroker(first.port);
  await Promise.all(published);

  await eventually(() => heard.length === texts.length);
  expect(heard).toEqual(texts);
  const vehicle = await connectVehicle(second.port);
  open.push(vehicle);
  await vehicle.client.publishAsync('pedidos', 'later', { qos: 1 });
  await eventually(() => heard.at(-1) === 'later');
});

/** A broker that takes one connection and acknowledges a PUBLISH only when the test lets it. */
async function startHoldingBroker() {
  const held: (() => void)[] = [];
  let heldMost = 0;
  const server = createServer((socket) => {
    let stream: Buffer = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      const { packets, rest } = splitPackets(Buffer.concat([stream, chunk]));
      stream = rest;
      for (const { first, body } of packets) {
        if (first >> 4 === 1) socket.write(Buffer.from([0x20, 2, 0, 0]));
        if (first >> 4 === 14) socket.end();
        if (first >> 4 !== 3) continue;
        const idAt = 2 + body.readUInt16BE(0);
        held.push(() => socket.write(Buffer.from([0x40, 2, body[idAt]!, body[idAt + 1]!])));
        heldMost = Math.max(heldMost, held.length);
      }
    });
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
  open.push({ close: () => new Promise((resolve) => server.close(() => resolve())) });
  return { port, held, heldMost: () => heldMost };
}

test('it never has more than ten messages in flight', async () => {
  const { port, held, heldMost } = await startHoldingBroker();
  const bus = dial(port);
  const count = 60;

  const published = Array.from({ length: count }, (_, i) =>
    bus.publish('a', String(i), { qos: 1, retain: false }),
  );
  for (let taken = 0; taken < count; ) {
    const expected = Math.min(10, count - taken);
    await eventually(() => held.length === expected);
    for (const acknowledge of held.splice(0)) acknowledge();
    taken += expected;
  }
  await Promise.all(published);

  expect(heldMost()).toBe(10);
});

test('a filter that the broker refuses is told, and the others work', async () => {
  const broker = await startBroker();
  const { logger, lines } = recordingLogger();
  const bus = dial(broker.port, { logger });
  const heard: string[] = [];

  const refused = bus.subscribe('$share/g/t', () => {});
  const granted = bus.subscribe('t', ({ topic }) => heard.push(topic));

  await expect(refused.granted).rejects.toThrow('refused $share/g/t');
  await granted.granted;
  await bus.publish('t', 'x', { qos: 1, retain: false });
  await eventually(() => heard.length === 1);
  expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1);
});

test.each(['', 'not a url', 'http://127.0.0.1:1883', 'mqtt://', '127.0.0.1:1883'])(
  '%j names no broker',
  (url) => {
    expect(() =>
      connectBroker({ url, clientId: 'x', logger: SILENT, random: () => 0, retryBaseMs: 1, retryCapMs: 1 }),
    ).toThrow(TypeError);
  },
);

test('user and password stay out of the log', async () => {
  const { logger, lines } = recordingLogger();
  dial(0, { logger, url: `mqtt://maria:s3gredo@127.0.0.1:${await freePort()}` });

  await eventually(() => lines.length > 0);

  expect(JSON.stringify(lines)).not.toMatch(/maria|s3gredo/);
});

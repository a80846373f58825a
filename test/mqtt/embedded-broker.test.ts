import mqtt from 'mqtt';
import { afterEach, describe, expect, test } from 'vitest';
import {
  type EmbeddedBroker,
  type EmbeddedBrokerOptions,
  startEmbeddedBroker,
} from '../../src/mqtt/embedded-broker.js';
import { eventually } from '../support/eventually.js';
import { connectPacket, connectRaw, publishPacket, remainingLength, subscribePacket } from './raw-client.js';
import { recordingLogger } from './recorder.js';
import { connectVehicle, type VehicleClient } from './vehicle-client.js';

const { logger, lines } = recordingLogger();
const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

async function start(options: Partial<EmbeddedBrokerOptions> = {}): Promise<EmbeddedBroker> {
  const broker = await startEmbeddedBroker({ host: '127.0.0.1', port: 0, logger, ...options });
  open.push(broker);
  return broker;
}

async function connect(broker: EmbeddedBroker, filters: readonly string[] = []): Promise<VehicleClient> {
  const client = await connectVehicle(broker.port, filters);
  open.push(client);
  return client;
}

/** Proves that a client still gets what another publishes. */
async function expectAlive(publisher: VehicleClient, subscriber: VehicleClient): Promise<void> {
  const before = subscriber.heard.length;
  await publisher.client.publishAsync('vivo', 'x', { qos: 1 });
  await eventually(() => subscriber.heard.length === before + 1);
}

describe('a hostile connection is closed, and no other', () => {
  const tooLarge = Buffer.concat([Buffer.from([0x30]), remainingLength(64 * 1024 + 1)]);

  test.each([
    ['a packet that only announces too much', [connectPacket('mal'), tooLarge]],
    ['a CONNECT that announces 200 MB', [Buffer.from([0x10]), remainingLength(200 * 1024 * 1024)]],
    ['a length without an end', [connectPacket('mal'), Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0xff])]],
    ['an HTTP request', [Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')]],
    ['a PUBLISH before CONNECT', [publishPacket('vivo', Buffer.from('x'))]],
    ['a second CONNECT', [connectPacket('mal'), connectPacket('mal')]],
    ['a publish below $SYS', [connectPacket('mal'), publishPacket('$SYS/x', Buffer.from('x'))]],
    ['a publish below $share', [connectPacket('mal'), publishPacket('$share/g/t', Buffer.from('x'))]],
    ['a wildcard in a publish', [connectPacket('mal'), publishPacket('a/#', Buffer.from('x'))]],
    ['noise', [Buffer.alloc(512, 0xf7)]],
  ])('%s', async (_name, packets) => {
    const broker = await start({ packetBytesMax: 64 * 1024 });
    const vehicle = await connect(broker, ['vivo']);

    const hostile = await connectRaw(broker.port);
    for (const packet of packets) hostile.socket.write(packet);

    await eventually(() => hostile.closed());
    expect(vehicle.heard).toEqual([]);
    await expectAlive(vehicle, vehicle);
  });

  test('a too large packet in single bytes', async () => {
    const broker = await start({ packetBytesMax: 64 * 1024 });
    const vehicle = await connect(broker, ['vivo']);

    const hostile = await connectRaw(broker.port);
    hostile.socket.setNoDelay(true);
    for (const byte of Buffer.concat([connectPacket('mal'), tooLarge])) {
      hostile.socket.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }

    await eventually(() => hostile.closed());
    await expectAlive(vehicle, vehicle);
  });

  test('one that never says CONNECT', async () => {
    const broker = await start({ connectTimeoutMs: 50 });

    const silent = await connectRaw(broker.port);

    await eventually(() => silent.closed());
  });
});

test('a packet as large as allowed passes', async () => {
  const packetBytesMax = 64 * 1024;
  const broker = await start({ packetBytesMax });
  const vehicle = await connect(broker, ['vivo']);
  // Topic with its length and the message id are part of the packet.
  const payload = 'x'.repeat(packetBytesMax - 'vivo'.length - 4);

  await vehicle.client.publishAsync('vivo', payload, { qos: 1 });

  await eventually(() => vehicle.heard.length === 1);
  expect(vehicle.heard[0]!.text).toBe(payload);
});

test('$share is refused, beside filters that are granted', async () => {
  const broker = await start();
  const vehicle = await connect(broker);

  await expect(vehicle.client.subscribeAsync('$share/grupo/vivo', { qos: 1 })).rejects.toMatchObject({
    packet: { granted: [128] },
  });
  await vehicle.client.subscribeAsync('vivo', { qos: 1 });
  await expectAlive(vehicle, vehicle);
});

test('a client has a bounded number of filters', async () => {
  const broker = await start({ filtersPerClientMax: 2 });
  const vehicle = await connect(broker, ['vivo', 'b']);

  await expect(vehicle.client.subscribeAsync('c')).rejects.toMatchObject({ packet: { granted: [128] } });
  await vehicle.client.subscribeAsync('b');
  await vehicle.client.unsubscribeAsync('b');
  await vehicle.client.subscribeAsync('c');
  await expectAlive(vehicle, vehicle);
});

test('there is room for a bounded number of clients, and again once one leaves', async () => {
  const broker = await start({ clientsMax: 2 });
  const first = await connect(broker);
  await connect(broker);

  const third = await connectRaw(broker.port);
  await eventually(() => third.closed());
  expect(lines.some(({ level, message }) => level === 'warn' && message.includes('no room'))).toBe(true);

  await first.close();
  await eventually(async () => {
    await connect(broker);
  });
});

test('what does not fit the budget for retained messages is delivered, not kept', async () => {
  const broker = await start({ retainedBytesMax: 100 });
  const vehicle = await connect(broker, ['r/+']);
  const text = 'x'.repeat(60);

  await vehicle.client.publishAsync('r/1', text, { qos: 1, retain: true });
  await vehicle.client.publishAsync('r/2', text, { qos: 1, retain: true });
  await eventually(() => vehicle.heard.length === 2);
  const late = await connect(broker, ['r/+']);
  await eventually(() => late.heard.length === 1);
  expect(late.heard[0]).toMatchObject({ topic: 'r/1', retain: true });

  // Clearing one makes room again.
  await vehicle.client.publishAsync('r/1', '', { qos: 1, retain: true });
  await vehicle.client.publishAsync('r/2', text, { qos: 1, retain: true });
  const later = await connect(broker, ['r/+']);
  await eventually(() => later.heard.length === 1);
  expect(later.heard[0]).toMatchObject({ topic: 'r/2', retain: true });
});

test('messages at QoS 2 are delivered once, and an offline client’s will is published', async () => {
  const broker = await start();
  const vehicle = await connect(broker, ['dois', 'fim']);
  const options = {
    clientId: 'breve',
    reconnectPeriod: 0,
    will: { topic: 'fim', payload: Buffer.from('!'), qos: 1 },
  };
  const brief = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`, {
    ...options,
  } as mqtt.IClientOptions);
  const texts = Array.from({ length: 30 }, (_, i) => String(i));

  await Promise.all(texts.map((text) => brief.publishAsync('dois', text, { qos: 2 })));
  brief.stream.destroy();

  await eventually(() => vehicle.heard.length === texts.length + 1);
  expect(vehicle.heard.map(({ text }) => text)).toEqual([...texts, '!']);
  await brief.endAsync(true);
});

test('a session ends with its connection, whatever the client asks for', async () => {
  const broker = await start();
  const options = { clientId: 'fiel', clean: false, reconnectPeriod: 0 };
  const url = `mqtt://127.0.0.1:${broker.port}`;
  const first = await mqtt.connectAsync(url, options);
  await first.subscribeAsync('vivo', { qos: 1 });
  await first.endAsync();
  await broker.publish('vivo', 'while away', { qos: 1, retain: false });

  const again = mqtt.connect(url, options);
  open.push({ close: () => again.endAsync(true) });
  const sessionPresent = await new Promise((resolve) =>
    again.once('connect', (ack) => resolve(ack.sessionPresent)),
  );

  expect(sessionPresent).toBe(false);
});

test('a subscriber that does not read loses its connection, and the others get everything', async () => {
  // Long enough that only who does not read at all is lost, also on a busy machine.
  const broker = await start({ drainTimeoutMs: 2_000 });
  const frozen = await connectRaw(broker.port);
  frozen.socket.write(Buffer.concat([connectPacket('frio'), subscribePacket('carga', 0)]));
  await eventually(() => frozen.received().includes(0x90));
  frozen.socket.pause();
  const vehicle = await connect(broker, ['carga']);
  const publisher = await connect(broker);
  // More than what the kernel takes for a connection that nobody reads.
  const count = 250;
  const payload = Buffer.alloc(64 * 1024, 1);

  await Promise.all(
    Array.from({ length: count }, () => publisher.client.publishAsync('carga', payload, { qos: 1 })),
  );

  await eventually(() => vehicle.heard.length === count);
  const lost = lines.filter(({ fields }) => fields.client === 'frio' && fields.error === 'drain timeout');
  expect(lost).toHaveLength(1);
  frozen.socket.destroy();
});

test('a taken port is named', async () => {
  const { port } = await start();

  await expect(start({ port })).rejects.toMatchObject({ name: 'AddressInUse', host: '127.0.0.1', port });
});

test('close ends every connection and gives the port back', async () => {
  const broker = await start();
  const vehicle = await connect(broker, ['vivo']);
  const raw = await connectRaw(broker.port);

  await broker.close();

  await eventually(() => raw.closed() && !vehicle.client.connected);
  expect((await start({ port: broker.port })).port).toBe(broker.port);
});

test('a handler is told who published', async () => {
  const broker = await start();
  const clients: string[] = [];
  await broker.subscribe('vivo', ({ clientId }) => clients.push(clientId)).granted;
  const vehicle = await connect(broker);

  await vehicle.client.publishAsync('vivo', 'x', { qos: 1 });
  await broker.publish('vivo', 'x', { qos: 1, retain: false });

  await eventually(() => clients.length === 2);
  expect(clients).toEqual([vehicle.client.options.clientId, '']);
});

import { afterEach, expect, test } from 'vitest';
import { connectBroker } from '../../src/mqtt/broker-client.js';
import type { MqttBus } from '../../src/mqtt/bus.js';
import { type EmbeddedBroker, startEmbeddedBroker } from '../../src/mqtt/embedded-broker.js';
import type { MessageTap } from '../../src/mqtt/tap.js';
import { SILENT } from '../../src/observe/logger.js';
import { eventually } from '../support/eventually.js';
import { connectVehicle, type VehicleClient } from './vehicle-client.js';

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

interface Tapped {
  readonly tap: MessageTap;
  readonly lines: string[];
}

/** A tap that keeps each message as one line. */
function recordingTap(): Tapped {
  const lines: string[] = [];
  const tap: MessageTap = ({ topic, clientId, bytes, qos, retain, payload }) => {
    const text = Buffer.from(payload).toString();
    lines.push(`${clientId} ${topic} ${bytes} q${qos}${retain ? ' retained' : ''}: ${text}`);
  };
  return { tap, lines };
}

async function startBroker(tap?: MessageTap): Promise<EmbeddedBroker> {
  const options = { host: '127.0.0.1', port: 0, logger: SILENT };
  const broker = await startEmbeddedBroker(tap === undefined ? options : { ...options, tap });
  open.push(broker);
  return broker;
}

function dial(port: number, tap: MessageTap): MqttBus {
  const bus = connectBroker({
    url: `tcp://127.0.0.1:${port}`,
    clientId: 'node',
    logger: SILENT,
    random: () => 0.5,
    retryBaseMs: 10,
    retryCapMs: 50,
    tap,
  });
  open.push(bus);
  return bus;
}

async function connect(broker: EmbeddedBroker, filters: readonly string[] = []): Promise<VehicleClient> {
  const client = await connectVehicle(broker.port, filters);
  open.push(client);
  return client;
}

test('an embedded broker shows each message once, with who sent it, and none of its own', async () => {
  const { tap, lines } = recordingTap();
  const broker = await startBroker(tap);
  await broker.subscribe('a/+', () => {}).granted;
  const { client } = await connect(broker, ['a/+', 'a/1']);

  await client.publishAsync('a/1', 'um', { qos: 1 });
  await client.publishAsync('a/2', 'dois', { qos: 2 });
  await broker.publish('a/3', 'três', { qos: 0, retain: true });
  await client.publishAsync('b', '', { qos: 0, retain: true });

  await eventually(() => lines.length === 4);
  const { clientId } = client.options;
  expect(lines.sort()).toEqual(
    [
      `${clientId} a/1 2 q1: um`,
      `${clientId} a/2 4 q2: dois`,
      ' a/3 5 q0 retained: três',
      `${clientId} b 0 q0 retained: `,
    ].sort(),
  );
});

test('what a client may not publish is not shown', async () => {
  const { tap, lines } = recordingTap();
  const broker = await startBroker(tap);
  const hostile = await connect(broker);
  const closed = new Promise<void>((resolve) => hostile.client.once('close', () => resolve()));
  hostile.client.publish('$SYS/x', 'x');
  await closed;

  const vehicle = await connect(broker);
  await vehicle.client.publishAsync('a', 'x', { qos: 1 });

  await eventually(() => lines.length > 0);
  expect(lines).toHaveLength(1);
});

test('of a shared broker this node shows what it hears and what it sends, its own echo once', async () => {
  const broker = await startBroker();
  const vehicle = await connect(broker);
  await vehicle.client.publishAsync('ouvido/antes', 'velho', { qos: 1, retain: true });
  const { tap, lines } = recordingTap();
  const bus = dial(broker.port, tap);
  const old: string[] = [];
  await bus.subscribe('ouvido/+', ({ topic }) => old.push(topic), { retained: true }).granted;
  await eventually(() => old.length === 1);

  await vehicle.client.publishAsync('ouvido/1', 'um', { qos: 1 });
  await vehicle.client.publishAsync('outro', 'não', { qos: 1 });
  await vehicle.client.publishAsync('ouvido/2', 'eco', { qos: 1 });
  await bus.publish('ouvido/2', 'eco', { qos: 1, retain: false });
  await bus.publish('enviado', 'dois', { qos: 0, retain: true });

  await eventually(() => lines.length >= 4);
  expect(lines.sort()).toEqual([
    ' ouvido/1 2 q1: um',
    ' ouvido/2 3 q1: eco',
    'node enviado 4 q0 retained: dois',
    'node ouvido/2 3 q1: eco',
  ]);
});

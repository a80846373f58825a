import { test } from 'vitest';
import { connectBroker } from '../../src/mqtt/broker-client.js';
import { startEmbeddedBroker } from '../../src/mqtt/embedded-broker.js';
import { SILENT } from '../../src/observe/logger.js';
import { mqttBusContract, type OpenedBus } from '../contracts/mqtt-bus.js';
import { NO_MOSQUITTO, startMosquitto } from './mosquitto.js';

const LISTEN = { host: '127.0.0.1', port: 0, logger: SILENT };

function clientOf(port: number, closeBroker: () => Promise<void>): OpenedBus {
  const url = `tcp://127.0.0.1:${port}`;
  const random = (): number => 0.5;
  const bus = connectBroker({
    url,
    clientId: 'node',
    logger: SILENT,
    random,
    retryBaseMs: 10,
    retryCapMs: 100,
  });
  return {
    bus,
    port,
    async close() {
      await bus.close();
      await closeBroker();
    },
  };
}

mqttBusContract('the embedded broker', async () => {
  const broker = await startEmbeddedBroker(LISTEN);
  return { bus: broker, port: broker.port, close: () => broker.close() };
});

mqttBusContract('the client of another broker', async () => {
  const broker = await startEmbeddedBroker(LISTEN);
  return clientOf(broker.port, () => broker.close());
});

if (NO_MOSQUITTO === null) {
  mqttBusContract('the client of Mosquitto', async () => {
    const broker = await startMosquitto();
    return clientOf(broker.port, () => broker.stop());
  });
} else {
  test.skip(`the client of Mosquitto keeps the contract of MqttBus (${NO_MOSQUITTO})`);
}

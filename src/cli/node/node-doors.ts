/**
 * The doors of a node: its REST gateway and its MQTT door, on the embedded broker or on one that nodes share.
 */
import { randomBytes } from 'node:crypto';
import { createGateway } from '../../gateway/gateway.js';
import { listenGateway } from '../../gateway/listen.js';
import type { GatewayLogs } from '../../gateway/logs.js';
import type { Observed } from '../../gateway/observed.js';
import { connectBroker } from '../../mqtt/broker-client.js';
import type { MqttBus } from '../../mqtt/bus.js';
import { startEmbeddedBroker } from '../../mqtt/embedded-broker.js';
import { openMqttDoor } from '../../mqtt/mqtt-door.js';
import type { MessageTap } from '../../mqtt/tap.js';
import { REAL_TIMERS } from '../../mqtt/timers.js';
import type { Logger } from '../../observe/logger.js';
import type { Mesh } from '../../replica/mesh.js';
import type { NodeSettings } from '../node-settings.js';
import { packageVersion } from '../world.js';

/** How long a documented read tries to be linearizable before it answers from this replica. */
const READ_TRY_MS = 500;

export interface NodeDoors {
  readonly rest: string;
  readonly mqtt: string | undefined;
  /** Clients of the embedded broker; null where there is none. */
  mqttClients(): number | null;
  close(): Promise<void>;
}

/** Opens all doors, or none: rejects with AddressInUse when a port is taken. Each of `taps` is shown the broker's messages. */
export async function openDoors(
  settings: NodeSettings,
  mesh: Mesh,
  logger: Logger,
  taps: readonly MessageTap[],
  observed: Observed,
  logs: GatewayLogs,
): Promise<NodeDoors> {
  const { company, companyName, requestTimeoutMs, legacyWindowMinutes } = settings;
  const shared = { company, requestTimeoutMs, legacyWindowMinutes, readTryMs: READ_TRY_MS };
  const app = createGateway({
    mesh,
    settings: {
      ...shared,
      version: packageVersion(),
      ...(companyName === undefined ? {} : { companyName }),
    },
    logger,
    random: randomBytes,
    observed,
    logs,
  });
  const restPort = await listenGateway(app, settings.rest.host, settings.rest.port);
  let broker: OpenBroker | undefined;
  try {
    broker = await openBroker(settings, logger, taps);
  } catch (error) {
    await app.close();
    throw error;
  }
  const door = broker
    ? openMqttDoor({
        bus: broker.bus,
        mesh,
        settings: { ...shared, electionMs: settings.electionMs },
        logger,
        random: randomBytes,
        timers: REAL_TIMERS,
      })
    : undefined;
  door?.ready.catch((error: unknown) => logger.error({ err: error }, 'the MQTT door did not open'));
  return {
    rest: `http://${settings.rest.host}:${restPort}`,
    mqtt: broker?.url,
    mqttClients: () => broker?.clients() ?? null,
    async close() {
      await app.close();
      await door?.close();
      await broker?.bus.close();
    },
  };
}

interface OpenBroker {
  readonly bus: MqttBus;
  readonly url: string;
  /** Null for a broker elsewhere. */
  readonly clients: () => number | null;
}

async function openBroker(
  settings: NodeSettings,
  logger: Logger,
  taps: readonly MessageTap[],
): Promise<OpenBroker | undefined> {
  const { mqtt, mqttBroker, company, retryBaseMs, retryCapMs } = settings;
  const tap: MessageTap = (message) => {
    for (const each of taps) each(message);
  };
  if (mqttBroker !== undefined) {
    const clientId = `malha-${company}-${randomBytes(4).toString('hex')}`;
    const bus = connectBroker({
      url: mqttBroker,
      clientId,
      logger,
      random: Math.random,
      retryBaseMs,
      retryCapMs,
      tap,
    });
    return { bus, url: withoutCredentials(mqttBroker), clients: () => null };
  }
  if (mqtt === 'off') return undefined;
  const bus = await startEmbeddedBroker({ host: mqtt.host, port: mqtt.port, logger, tap });
  return { bus, url: `mqtt://${mqtt.host}:${bus.port}`, clients: () => bus.clients() };
}

/** What may be shown of a broker's address. */
function withoutCredentials(brokerUrl: string): string {
  const url = new URL(brokerUrl);
  url.username = '';
  url.password = '';
  return url.href;
}

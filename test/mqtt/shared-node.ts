/** A node's door on a broker that it shares, over one ledger whose nodes have the roles that a test hands out. */
import { randomBytes } from 'node:crypto';
import { connectBroker } from '../../src/mqtt/broker-client.js';
import type { MqttBus } from '../../src/mqtt/bus.js';
import { startEmbeddedBroker } from '../../src/mqtt/embedded-broker.js';
import { type MqttDoor, openMqttDoor } from '../../src/mqtt/mqtt-door.js';
import { REAL_TIMERS } from '../../src/mqtt/timers.js';
import { SILENT } from '../../src/observe/logger.js';
import type { LoneLedger } from '../support/single-mesh.js';
import { DOOR_SETTINGS } from './door-fixture.js';
import { NO_MOSQUITTO, startMosquitto } from './mosquitto.js';
import { type LogLine, recordingLogger } from './recorder.js';
import { RoleMesh } from './role-mesh.js';

export interface SharedNode {
  /** As replies name it. */
  readonly name: string;
  readonly mesh: RoleMesh;
  readonly bus: MqttBus;
  readonly door: MqttDoor;
  readonly log: readonly LogLine[];
}

export interface SharedNodeOptions {
  readonly lone: LoneLedger;
  readonly port: number;
  readonly company: string;
  /** Tells the nodes of one mesh apart. */
  readonly number: number;
  readonly electionMs: number;
}

export async function openSharedNode(options: SharedNodeOptions): Promise<SharedNode> {
  const { lone, port, company, number, electionMs } = options;
  const mesh = new RoleMesh(lone, company, number);
  const bus = connectBroker({
    url: `mqtt://127.0.0.1:${port}`,
    clientId: company,
    logger: SILENT,
    random: Math.random,
    retryBaseMs: 10,
    retryCapMs: 100,
  });
  const { logger, lines } = recordingLogger();
  const settings = { ...DOOR_SETTINGS, company, electionMs };
  const door = openMqttDoor({ bus, mesh, settings, logger, random: randomBytes, timers: REAL_TIMERS });
  await door.ready;
  return { name: `${company}/${String(number).padStart(16, '0')}`, mesh, bus, door, log: lines };
}

export async function closeSharedNodes(nodes: readonly SharedNode[]): Promise<void> {
  for (const { door, bus } of nodes) {
    await door.close();
    await bus.close();
  }
}

export interface RunningBroker {
  readonly port: number;
  stop(): Promise<void>;
}

export interface BrokerKind {
  readonly name: string;
  start(port?: number): Promise<RunningBroker>;
}

const AEDES: BrokerKind = {
  name: 'aedes',
  async start(port = 0) {
    const embedded = await startEmbeddedBroker({ host: '127.0.0.1', port, logger: SILENT });
    return { port: embedded.port, stop: () => embedded.close() };
  },
};

/** The brokers that nodes can share here. */
export const SHARED_BROKERS: readonly BrokerKind[] =
  NO_MOSQUITTO === null ? [AEDES, { name: 'Mosquitto', start: startMosquitto }] : [AEDES];

/**
 * A mesh for vehicles to live in: the packaged data set in one real ledger on scaled time, with the real gateways and
 * embedded brokers of three companies on ephemeral ports.
 */
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { createGateway } from '../../src/gateway/gateway.js';
import { listenGateway } from '../../src/gateway/listen.js';
import { startEmbeddedBroker } from '../../src/mqtt/embedded-broker.js';
import { openMqttDoor } from '../../src/mqtt/mqtt-door.js';
import { REAL_TIMERS } from '../../src/mqtt/timers.js';
import { SILENT } from '../../src/observe/logger.js';
import { type VehicleClock, vehicleClock } from '../../src/vehicle/clock.js';
import { bahiaLedger } from '../support/bahia-fixture.js';
import { type LoneLedger, SingleMesh } from '../support/single-mesh.js';

export const MODELS_PATH = fileURLToPath(new URL('../../data/models.json', import.meta.url));
export const WINDOW_MINUTES = 240;

const COMPANIES = ['empresa_a', 'empresa_b', 'empresa_c'];
const TICK_REAL_MS = 2;

export interface WorldNode {
  readonly company: string;
  readonly url: string;
  readonly broker: string;
  readonly mesh: SingleMesh;
  /** Ends gateway and broker, as when the process dies. */
  kill(): Promise<void>;
}

export interface World {
  readonly nodes: readonly WorldNode[];
  readonly urls: readonly string[];
  readonly brokers: readonly string[];
  readonly clock: VehicleClock;
  readonly lone: LoneLedger;
  /** Every point that the ledger says is held now, as `vehicle:point`, sorted. */
  held(vehicleIds: readonly string[]): readonly string[];
  close(): Promise<void>;
}

/** `raised`: whether the mesh runs the newest version of the ledger from the beginning. */
export async function openWorld(speed: number, raised = true): Promise<World> {
  const lone = await bahiaLedger();
  if (raised) lone.raise();
  const epochMs = lone.nowMs;
  const began = performance.now();
  const clock = vehicleClock(() => epochMs + (performance.now() - began) * speed, speed);
  const ticking = setInterval(() => lone.advance(Math.max(0, clock.nowMs() - lone.nowMs)), TICK_REAL_MS);
  const nodes: WorldNode[] = [];
  for (const company of COMPANIES) nodes.push(await openNode(lone, company));
  return {
    nodes,
    urls: nodes.map((node) => node.url),
    brokers: nodes.map((node) => node.broker),
    clock,
    lone,
    held(vehicleIds) {
      lone.advance(Math.max(0, clock.nowMs() - lone.nowMs));
      return vehicleIds
        .flatMap((holder) =>
          lone.ledger
            .query({ kind: 'open-reservations', holder }, lone.nowMs)
            .flatMap((reservation) => reservation.stops)
            .filter((stop) => stop.state === 'PLANNED' || stop.state === 'ACTIVE')
            .map((stop) => `${holder}:${stop.pointId}`),
        )
        .sort();
    },
    async close() {
      await Promise.all(nodes.map((node) => node.kill()));
      clearInterval(ticking);
    },
  };
}

async function openNode(lone: LoneLedger, company: string): Promise<WorldNode> {
  const mesh = new SingleMesh(lone, company);
  const settings = {
    company,
    requestTimeoutMs: 2_000,
    legacyWindowMinutes: WINDOW_MINUTES,
    readTryMs: 500,
  };
  const app = createGateway({ mesh, settings, logger: SILENT, random: randomBytes });
  const port = await listenGateway(app, '127.0.0.1', 0);
  const broker = await startEmbeddedBroker({ host: '127.0.0.1', port: 0, logger: SILENT });
  const door = openMqttDoor({
    bus: broker,
    mesh,
    settings: { ...settings, electionMs: 1_000 },
    logger: SILENT,
    random: randomBytes,
    timers: REAL_TIMERS,
  });
  await door.ready;
  let killed: Promise<void> | null = null;
  const kill = async (): Promise<void> => {
    await door.close();
    await broker.close();
    app.server.closeAllConnections();
    await app.close();
  };
  return {
    company,
    url: `http://127.0.0.1:${port}`,
    broker: `mqtt://127.0.0.1:${broker.port}`,
    mesh,
    kill() {
      killed ??= kill();
      return killed;
    },
  };
}

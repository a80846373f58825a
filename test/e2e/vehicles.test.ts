/**
 * Vehicles on the road while a leader dies: every third reserves as documented, the others book their trips with windows over
 * MQTT, on scaled time, with real brokers and nodes; and what they believe to hold is what every ledger says.
 */
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { checkHoldings } from '../../src/cli/demo/holdings.js';
import { systemClock } from '../../src/cli/node/system-clock.js';
import { ENDED_KEPT_MS } from '../../src/ledger/limits.js';
import { vehicleClock } from '../../src/vehicle/clock.js';
import type { VehicleEvent } from '../../src/vehicle/events.js';
import { type Fleet, startFleet } from '../../src/vehicle/fleet.js';
import { loadModels } from '../../src/vehicle/models.js';
import { seededRandom } from '../../src/vehicle/random.js';
import { eventually } from '../support/eventually.js';
import { type NodeProcess, ProcessMesh } from '../support/node-process.js';
import { ask } from './client.js';

const VEHICLES = 6;
/** A trip takes seconds, and the window of a documented reservation several of them. */
const SPEED = 1_800;
const WINDOW_MINUTES = 240;
/** Real time within which the end of a window is seen by vehicles and all ledgers. */
const END_TOLERANCE_MS = 500;
const PATIENCE = { timeoutMs: 60_000, everyMs: 50 };
const MODELS = fileURLToPath(new URL('../../data/models.json', import.meta.url));

interface Stop {
  readonly pointId: string;
  readonly start: string;
  readonly end: string;
  readonly state: string;
}

interface Totals {
  readonly openReservations: number;
  readonly endedReservations: number;
}

let mesh: ProcessMesh | null = null;
let fleet: Fleet | null = null;
afterEach(async () => {
  await fleet?.stop();
  await mesh?.stop();
  fleet = null;
  mesh = null;
});

/** Every stop that the vehicles' open reservations have in a node's ledger and that has not ended. */
async function openStops(node: NodeProcess, vehicleIds: readonly string[]): Promise<readonly Stop[]> {
  const lists = await Promise.all(
    vehicleIds.map(async (id) => {
      const { json } = await ask(node, `/v1/reservations?vehicle=${id}`);
      return (json as { items: { stops: Stop[] }[] }).items.flatMap(({ stops }) => stops);
    }),
  );
  return lists.flat().filter(({ state }) => state === 'PLANNED' || state === 'ACTIVE');
}

/** How many reservations a node's ledger ever made. */
async function bookedEver(node: NodeProcess): Promise<number> {
  const { openReservations, endedReservations } = (await node.status()).totals as Totals;
  return openReservations + endedReservations;
}

/** No two stops at one point share an instant. */
function expectNoOverlap(stops: readonly Stop[]): void {
  const sorted = [...stops].sort(
    (a, b) => a.pointId.localeCompare(b.pointId) || (a.start < b.start ? -1 : 1),
  );
  for (const [at, stop] of sorted.entries()) {
    const next = sorted[at + 1];
    if (next?.pointId === stop.pointId) expect(next.start >= stop.end).toBe(true);
  }
}

describe('six vehicles on three real nodes', () => {
  it('end their trips although the leader is killed, and hold what every ledger says', {
    timeout: 150_000,
  }, async () => {
    const epochMs = Date.now();
    const scale = { speed: SPEED, realEpochMs: epochMs, epochMs };
    const clock = systemClock(scale);
    const running = await ProcessMesh.start(3, ['--clock', `${SPEED}:${epochMs}:${epochMs}`]);
    mesh = running;
    await running.registered();

    const events: VehicleEvent[] = [];
    const reservedAt = (node?: NodeProcess) =>
      events.filter(
        (event) =>
          event.kind === 'reserved' &&
          (node === undefined || event.node === node.url || event.node === node.mqttUrl),
      );
    fleet = startFleet({
      count: VEHICLES,
      nodes: running.nodes.map(({ url }) => url),
      brokers: running.nodes.map(({ mqttUrl }) => mqttUrl),
      clock: vehicleClock(() => clock.wallMs(), SPEED),
      random: seededRandom(11),
      models: await loadModels(MODELS),
      onEvent: (event) => events.push(event),
      chargeMinutes: 30,
      chargeGraceMinutes: 5,
      legacyWindowMinutes: WINDOW_MINUTES,
      signal: new AbortController().signal,
    });
    const vehicles = fleet;

    await eventually(() => reservedAt().length >= VEHICLES, PATIENCE);
    const leader = await running.leader();
    await leader.end('SIGKILL');
    const whenKilled = reservedAt().length;
    // The others go on without it.
    await eventually(() => reservedAt().length >= whenKilled + VEHICLES, PATIENCE);
    const servedBefore = reservedAt(leader).length;
    leader.start();
    await leader.ready();
    await eventually(() => reservedAt(leader).length > servedBefore, PATIENCE);
    await eventually(() => vehicles.snapshot().every(({ tripsEnded }) => tripsEnded >= 1), PATIENCE);

    await vehicles.halt();
    const snapshots = vehicles.snapshot();
    expect(snapshots.map(({ id, strandings, troubles }) => ({ id, strandings, troubles }))).toEqual(
      snapshots.map(({ id }) => ({ id, strandings: 0, troubles: 0 })),
    );
    expect(snapshots.every(({ socPct }) => socPct > 0)).toBe(true);
    expect(vehicles.heldPoints().unsure).toEqual([]);
    const ids = snapshots.map(({ id }) => id);
    const question = {
      vehicleIds: ids,
      urls: running.nodes.map(({ url }) => url),
      nowMs: () => clock.wallMs(),
      toleranceMs: END_TOLERANCE_MS * SPEED,
      patienceMs: 15_000,
    };
    const check = await checkHoldings({ ...question, beliefs: () => vehicles.heldPoints() });
    expect(check.differences).toEqual([]);

    for (const node of running.nodes) {
      expectNoOverlap(await openStops(node, ids));
      // Whatever a ledger ever booked is what a vehicle was told, once; as long as none has left its memory.
      await eventually(async () => {
        const booked = await bookedEver(node);
        expect(booked).toBeLessThanOrEqual(reservedAt().length);
        if (clock.wallMs() - epochMs < ENDED_KEPT_MS) expect(booked).toBe(reservedAt().length);
      });
    }

    await vehicles.stop();
    for (const node of running.nodes) {
      await eventually(async () => (await openStops(node, ids)).length === 0);
    }
    await running.agree();
  });
});

/**
 * Fleets in a world of their own, and what is compared with the ledger once they halt.
 */
import { expect } from 'vitest';
import type { VehicleEvent } from '../../src/vehicle/events.js';
import { type Fleet, type FleetOptions, startFleet } from '../../src/vehicle/fleet.js';
import { loadModels } from '../../src/vehicle/models.js';
import { seededRandom } from '../../src/vehicle/random.js';
import { eventually } from '../support/eventually.js';
import { MODELS_PATH, openWorld, WINDOW_MINUTES, type World } from './world.js';

/** What is open, closed in the opposite order. */
export const closing: (() => Promise<void>)[] = [];

export async function closeAll(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close();
}

export async function world(speed: number, raised = true): Promise<World> {
  const opened = await openWorld(speed, raised);
  closing.push(() => opened.close());
  return opened;
}

export interface Run {
  readonly fleet: Fleet;
  readonly events: VehicleEvent[];
  readonly ids: () => readonly string[];
  of<K extends VehicleEvent['kind']>(kind: K): readonly Extract<VehicleEvent, { kind: K }>[];
}

export async function start(place: World, options: Partial<FleetOptions> & { count: number }): Promise<Run> {
  const events: VehicleEvent[] = [];
  const fleet = startFleet({
    nodes: place.urls,
    brokers: place.brokers,
    clock: place.clock,
    random: seededRandom(7),
    models: await loadModels(MODELS_PATH),
    onEvent: (event) => events.push(event),
    chargeMinutes: 30,
    chargeGraceMinutes: 5,
    legacyWindowMinutes: WINDOW_MINUTES,
    signal: new AbortController().signal,
    ...options,
  });
  closing.push(() => fleet.stop());
  return {
    fleet,
    events,
    ids: () => fleet.snapshot().map((vehicle) => vehicle.id),
    of: <K extends VehicleEvent['kind']>(kind: K) =>
      events.filter((event): event is Extract<VehicleEvent, { kind: K }> => event.kind === kind),
  };
}

export const tripsOf = (fleet: Fleet) => fleet.snapshot().map((vehicle) => vehicle.tripsEnded);
const believed = (fleet: Fleet) =>
  fleet
    .heldPoints()
    .held.map(({ vehicleId, pointId }) => `${vehicleId}:${pointId}`)
    .sort();

/** Halts, compares what vehicles believe with what the ledger says, stops, and finds nothing held. */
export async function audit(place: World, { fleet, ids }: Run): Promise<void> {
  await fleet.halt();
  expect(fleet.heldPoints().unsure).toEqual([]);
  // Windows end while we look: what one side lost in between the other loses, too.
  await eventually(() => expect(believed(fleet)).toEqual(place.held(ids())));
  await fleet.stop();
  expect(place.held(ids())).toEqual([]);
  expect(fleet.snapshot().every((vehicle) => vehicle.state === 'stopped')).toBe(true);
}

/** Every charge happened within a window that the vehicle held. */
export function expectChargesHeld({ events }: Run): void {
  const untilMs = new Map<string, number>();
  for (const event of events) {
    if (event.kind === 'put-off') {
      for (const [stop, until] of untilMs) {
        if (stop.startsWith(`${event.vehicleId}:`)) untilMs.set(stop, until + event.byMs);
      }
    } else if (event.kind === 'reserved' || event.kind === 'rebooked') {
      for (const pointId of event.pointIds) untilMs.set(`${event.vehicleId}:${pointId}`, event.untilMs);
    } else if (event.kind === 'charging') {
      expect(untilMs.get(`${event.vehicleId}:${event.pointId}`) ?? 0).toBeGreaterThan(event.atMs);
    } else if (event.kind === 'freed' || event.kind === 'ended') {
      untilMs.delete(`${event.vehicleId}:${event.pointId}`);
    }
  }
}

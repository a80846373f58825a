import { afterEach, describe, expect, it } from 'vitest';
import type { AppliedEvent } from '../../src/replica/mesh.js';
import { eventually } from '../support/eventually.js';
import { openLossyProxy } from './lossy-proxy.js';
import { audit, closeAll, closing, expectChargesHeld, start as startAny, tripsOf, world } from './runs.js';

/** For a dozen vehicles, and for a few: the less is going on, the faster it may go. */
const SPEED = 5_000;
const BRISK = 10_000;
const PATIENCE = { timeoutMs: 60_000 };
const TEST_MS = 90_000;

afterEach(closeAll);

/** All by the documented routes and topics. */
const start: typeof startAny = (place, options) => startAny(place, { documentedEvery: 1, ...options });

describe('a documented fleet', () => {
  it(
    'of a dozen ends a trip each, strands nowhere, and holds what the ledger says',
    async () => {
      const place = await world(SPEED);
      const run = await start(place, { count: 12 });
      await eventually(() => tripsOf(run.fleet).every((trips) => trips >= 1), PATIENCE);
      const snapshots = run.fleet.snapshot();
      expect(snapshots.map((vehicle) => vehicle.strandings + vehicle.troubles)).toEqual(Array(12).fill(0));
      expect(snapshots.every((vehicle) => vehicle.socPct > 0)).toBe(true);
      expect(run.of('asked').every((event) => event.offered.length <= 14)).toBe(true);
      expect(run.of('charging').length).toBeGreaterThanOrEqual(12);
      expectChargesHeld(run);
      await audit(place, run);
    },
    TEST_MS,
  );

  it(
    'that wants one and the same point takes it in turns',
    async () => {
      const place = await world(SPEED);
      // Nobody gets to Porto Seguro without a charge at Ilhéus, which has one point.
      const run = await start(place, {
        count: 5,
        from: 'ilhéus',
        to: 'PORTO SEGURO',
        modelId: 'hyundai-ioniq-5',
      });
      await eventually(() => tripsOf(run.fleet).every((trips) => trips >= 1), PATIENCE);
      expect(run.of('waiting').length).toBeGreaterThan(0);
      expectChargesHeld(run);
      // One at a time: whoever charges at Ilhéus leaves before the next begins.
      let charging: string | null = null;
      for (const event of run.events) {
        if (event.kind === 'charging' && event.pointId === '12') {
          expect(charging).toBeNull();
          charging = event.vehicleId;
        } else if (event.kind === 'charged' && event.pointId === '12') {
          expect(charging).toBe(event.vehicleId);
          charging = null;
        }
      }
      await audit(place, run);
    },
    TEST_MS,
  );

  it(
    'frees what it holds when it is stopped in the middle',
    async () => {
      const place = await world(SPEED);
      const ending = new AbortController();
      const run = await start(place, { count: 6, signal: ending.signal });
      await eventually(() => place.held(run.ids()).length >= 3, PATIENCE);
      ending.abort();
      await eventually(() => run.of('stopped').length === 6, PATIENCE);
      expect(place.held(run.ids())).toEqual([]);
      expect(run.of('stopped').flatMap((event) => event.unsure)).toEqual([]);
    },
    TEST_MS,
  );

  it(
    'says what it cannot know when no node answers before it has to go',
    async () => {
      const place = await world(BRISK);
      for (const node of place.nodes) node.mesh.loseAnswers = true;
      const run = await start(place, { count: 1, tuning: { stopRealMs: 300 } });
      const unsure = () => run.fleet.heldPoints().unsure;
      await eventually(() => unsure().length > 0, PATIENCE);
      const points = unsure().map(({ pointId }) => pointId);
      await run.fleet.stop();
      expect(unsure().map(({ pointId }) => pointId)).toEqual(points);
      expect(run.of('stopped')).toMatchObject([{ unsure: points }]);
      expect(run.of('reserved')).toEqual([]);
    },
    TEST_MS,
  );

  it('names the models it knows when it is asked for another', async () => {
    const place = await world(SPEED);
    await expect(start(place, { count: 1, modelId: 'fusca' })).rejects.toThrow(
      'unknown model "fusca"; known are: byd-dolphin-mini,',
    );
  });
});

describe('a documented vehicle', () => {
  it(
    'reserves with one request all stops that fit the window',
    async () => {
      const place = await world(BRISK);
      const run = await start(place, {
        count: 1,
        from: 'Santaluz',
        to: 'Amargosa',
        modelId: 'byd-dolphin-mini',
        tuning: { startSocPct: [35, 35] },
      });
      await eventually(() => run.of('reserved').length >= 1, PATIENCE);
      expect(run.of('planned')[0]!.pointIds).toHaveLength(2);
      expect(run.of('reserved')[0]!.pointIds).toEqual(run.of('planned')[0]!.pointIds);
    },
    TEST_MS,
  );

  it(
    'reserves on the way what does not fit the window at first',
    async () => {
      const place = await world(BRISK);
      const run = await start(place, {
        count: 1,
        from: 'Salvador',
        to: 'Porto Seguro',
        modelId: 'hyundai-ioniq-5',
        tuning: { startSocPct: [40, 40] },
      });
      await eventually(() => run.of('arrived').length >= 1, PATIENCE);
      const planned = run.of('planned')[0]!.pointIds;
      const first = run.of('reserved')[0]!;
      expect(first.pointIds.length).toBeLessThan(planned.length);
      expect(first.pointIds).toEqual(planned.slice(0, first.pointIds.length));
      const later = run.of('reserved').filter((event) => event.atMs > run.of('departed')[0]!.atMs);
      expect(later.length).toBeGreaterThan(0);
      expect(run.of('arrived')[0]!.charges).toBe(planned.length);
      expectChargesHeld(run);
      await audit(place, run);
    },
    TEST_MS,
  );

  it(
    'whose answers are lost asks again under the same key and never books twice',
    async () => {
      const place = await world(3_000);
      const applied: AppliedEvent[] = [];
      place.nodes[0]!.mesh.onApplied((event) => applied.push(event));
      const heard = new Set<string>();
      const proxies = await Promise.all(
        place.urls.map((url) =>
          openLossyProxy(url, (_path, requestKey) => {
            const first = !heard.has(requestKey);
            heard.add(requestKey);
            return first;
          }),
        ),
      );
      closing.push(async () => {
        await Promise.all(proxies.map((proxy) => proxy.close()));
      });
      const run = await start(place, { count: 3, nodes: proxies.map((proxy) => proxy.url) });
      await eventually(() => tripsOf(run.fleet).every((trips) => trips >= 1), PATIENCE);
      await run.fleet.halt();
      const decided = applied.filter(({ repeated }) => !repeated).map(({ answer }) => answer.result.kind);
      const reserved = decided.filter((kind) => kind === 'reserved').length;
      expect(reserved).toBeGreaterThan(0);
      expect(reserved).toBe(run.of('reserved').length);
      expect(decided.filter((kind) => kind === 'released').length).toBe(run.of('freed').length);
      expect(applied.filter(({ repeated }) => repeated).length).toBeGreaterThanOrEqual(heard.size);
      expect(proxies.reduce((sum, proxy) => sum + proxy.lost(), 0)).toBe(heard.size);
      expect(run.fleet.snapshot().every((vehicle) => vehicle.troubles === 0)).toBe(true);
      await audit(place, run);
    },
    TEST_MS,
  );

  it(
    'goes on with the nodes and brokers that are left',
    async () => {
      const place = await world(SPEED);
      const run = await start(place, { count: 4 });
      await eventually(() => run.of('departed').length >= 2, PATIENCE);
      await place.nodes[0]!.kill();
      await place.nodes[1]!.kill();
      const before = tripsOf(run.fleet);
      await eventually(() => tripsOf(run.fleet).every((trips, at) => trips >= before[at]! + 2), PATIENCE);
      const left = place.nodes[2]!;
      expect(run.of('node-failed').length).toBeGreaterThan(0);
      expect(run.of('node-failed').every((event) => event.node !== left.url)).toBe(true);
      const last = new Map(run.of('connected').map((event) => [event.vehicleId, event.broker]));
      expect([...last.values()]).toEqual(Array(4).fill(left.broker));
      expect(run.fleet.snapshot().every((vehicle) => vehicle.troubles === 0)).toBe(true);
      await audit(place, run);
    },
    TEST_MS,
  );

  it(
    'that meets a mesh which cannot decide waits and keeps its key',
    async () => {
      const place = await world(BRISK);
      for (const node of place.nodes) node.mesh.refuseSubmits = 'UNAVAILABLE';
      const run = await start(place, { count: 1 });
      const submissions = () => place.nodes.flatMap((node) => node.mesh.submissions);
      await eventually(
        () => submissions().filter(({ door }) => door === 'legacy-rest').length >= 4,
        PATIENCE,
      );
      expect(new Set(submissions().map(({ requestKey }) => requestKey)).size).toBe(1);
      for (const node of place.nodes) node.mesh.refuseSubmits = null;
      await eventually(() => run.of('arrived').length >= 1, PATIENCE);
      await audit(place, run);
    },
    TEST_MS,
  );

  it(
    'that runs empty is towed, charged, and starts anew, holding nothing',
    async () => {
      const place = await world(BRISK);
      const run = await start(place, {
        count: 2,
        from: 'Salvador',
        to: 'Porto Seguro',
        modelId: 'byd-seal',
        tuning: { loadFactor: [2.5, 2.5], towMinutes: 600 },
      });
      await eventually(() => run.of('stranded').length >= 1, PATIENCE);
      const { vehicleId } = run.of('stranded')[0]!;
      const stranded = () => run.fleet.snapshot().find((vehicle) => vehicle.id === vehicleId)!;
      expect(stranded()).toMatchObject({ state: 'stranded', strandings: 1, holds: [] });
      expect(stranded().socPct).toBeLessThan(1);
      expect(place.held([vehicleId])).toEqual([]);
      await eventually(() => run.of('towed').some((event) => event.vehicleId === vehicleId), PATIENCE);
      const asked = () => run.of('asked').filter((event) => event.vehicleId === vehicleId);
      await eventually(() => asked().length >= 2, PATIENCE);
      expect(asked().at(-1)!.socPct).toBeGreaterThanOrEqual(34);
      await audit(place, run);
    },
    TEST_MS,
  );

  it(
    'that comes after its window is over reserves again before it charges',
    async () => {
      const place = await world(BRISK);
      // Reckons with 80 km/h, crawls at 25: no window lasts until it gets to the next point.
      const run = await start(place, {
        count: 1,
        from: 'Salvador',
        to: 'Santo Antonio de Jesus',
        modelId: 'byd-dolphin-mini',
        tuning: { speedKmh: [25, 25], startSocPct: [75, 75], arrivalSocPct: 70 },
      });
      await eventually(() => run.of('arrived').length >= 1, PATIENCE);
      const upTo = run.events.findIndex((event) => event.kind === 'arrived');
      const reservations = run.events
        .slice(0, upTo)
        .flatMap((event) => (event.kind === 'reserved' ? event.pointIds : []));
      expect(reservations.filter((pointId) => pointId === '9').length).toBeGreaterThanOrEqual(2);
      expectChargesHeld(run);
      await audit(place, run);
    },
    TEST_MS,
  );
});

import { afterEach, describe, expect, it } from 'vitest';
import type { Stop } from '../../src/ledger/state.js';
import type { AppliedEvent } from '../../src/replica/mesh.js';
import { companySays } from '../mqtt/wishes.js';
import { eventually } from '../support/eventually.js';
import { audit, closeAll, expectChargesHeld, type Run, start as startAny, tripsOf, world } from './runs.js';
import type { World } from './world.js';

const SPEED = 3_000;
const PATIENCE = { timeoutMs: 60_000 };
const TEST_MS = 90_000;

afterEach(closeAll);

/** All by malha's own requests. */
const start: typeof startAny = (place, options) => startAny(place, { documentedEvery: 0, ...options });

/** Everything that the ledger decided. */
function record(place: World): AppliedEvent[] {
  const applied: AppliedEvent[] = [];
  place.nodes[0]!.mesh.onApplied((event) => applied.push(event));
  return applied;
}

const kindsOf = (applied: readonly AppliedEvent[]) =>
  new Set(applied.filter(({ door }) => door === 'mqtt').map(({ operation }) => operation.kind));

/** The stops of a vehicle's reservation that have not ended. */
function openStops(place: World, holder: string): readonly Stop[] {
  const { lone } = place;
  const open = lone.ledger.query({ kind: 'open-reservations', holder }, lone.nowMs);
  return open.flatMap(({ stops }) => stops).filter(({ state }) => state === 'PLANNED' || state === 'ACTIVE');
}

function expectNoTrouble(run: Run): void {
  expect(run.of('trouble')).toEqual([]);
  expect(run.fleet.snapshot().map(({ strandings }) => strandings)).toEqual(run.fleet.snapshot().map(() => 0));
}

describe('a fleet that books its trips', () => {
  it(
    'of a dozen ends a trip each, begins and ends every charge by its word, and holds what the ledger says',
    async () => {
      const place = await world(SPEED);
      const applied = record(place);
      const run = await start(place, { count: 12 });
      await eventually(() => tripsOf(run.fleet).every((trips) => trips >= 1), PATIENCE);
      expectNoTrouble(run);
      expectChargesHeld(run);
      const kinds = kindsOf(applied);
      for (const kind of ['reserve', 'confirm', 'start-stop', 'finish-stop'] as const) {
        expect(kinds).toContain(kind);
      }
      const charged = run.of('charged').length;
      const finished = applied.filter(
        ({ operation, answer }) => operation.kind === 'finish-stop' && answer.result.kind === 'updated',
      );
      expect(charged).toBeGreaterThanOrEqual(12);
      expect(finished.length).toBeGreaterThanOrEqual(charged - 12);
      expect(applied.some(({ door }) => door === 'legacy-rest' || door === 'legacy-mqtt')).toBe(false);
      await audit(place, run);
    },
    TEST_MS,
  );

  it(
    'shares the mesh with vehicles that do as documented',
    async () => {
      const place = await world(SPEED);
      const applied = record(place);
      const run = await start(place, { count: 6, documentedEvery: 3 });
      await eventually(() => tripsOf(run.fleet).every((trips) => trips >= 1), PATIENCE);
      expectNoTrouble(run);
      const documented = new Set(
        applied.filter(({ door }) => door === 'legacy-rest').map(({ holder }) => holder),
      );
      expect([...documented].sort()).toEqual(['veiculo-03', 'veiculo-06']);
      await audit(place, run);
    },
    TEST_MS,
  );
});

describe('a vehicle that books its trip', () => {
  /** Nobody gets from Salvador to Porto Seguro without charging, several times. */
  const LONG = { count: 1, from: 'Salvador', to: 'Porto Seguro', modelId: 'byd-yuan-plus' };

  it(
    'has all of its stops in one reservation before it departs, each in its window',
    async () => {
      const place = await world(SPEED);
      const run = await start(place, LONG);
      await eventually(() => run.of('departed').length === 1, PATIENCE);
      const planned = run.of('planned').at(-1)!.pointIds;
      expect(run.of('reserved')).toHaveLength(1);
      expect(run.of('reserved')[0]!.pointIds).toEqual(planned);
      expect(planned.length).toBeGreaterThan(1);
      const stops = openStops(place, run.ids()[0]!);
      expect(stops.map(({ pointId }) => pointId)).toEqual(planned.slice(-stops.length));
      for (const [at, stop] of stops.entries()) {
        if (at > 0) expect(stop.startMs).toBeGreaterThan(stops[at - 1]!.startMs);
      }
      await audit(place, run);
    },
    TEST_MS,
  );

  it(
    'that loses a stop on the way takes another point for it, and acknowledges what it was told',
    async () => {
      const place = await world(SPEED);
      const applied = record(place);
      const run = await start(place, LONG);
      const [id] = run.ids();
      await eventually(() => run.of('departed').length === 1, PATIENCE);
      // The last stop is the farthest away: the vehicle is not there yet.
      const lost = openStops(place, id!).at(-1)!;
      const owner = place.lone.ledger.query({ kind: 'point', pointId: lost.pointId, windowMs: 60_000 }, 1)!;
      const untilMs = place.lone.nowMs + 48 * 3_600_000;
      await companySays(place.lone, owner.point.company, {
        kind: 'report-status',
        pointId: lost.pointId,
        status: 'faulted',
        untilMs,
      });
      await eventually(() => run.of('noticed').length >= 1, PATIENCE);
      expect(run.of('noticed')[0]).toMatchObject({ notice: 'parada_deslocada', pointId: lost.pointId });
      await eventually(() => {
        const { lone } = place;
        return lone.ledger.query({ kind: 'notices', holder: id! }, lone.nowMs).length === 0;
      }, PATIENCE);
      await eventually(() => run.of('rebooked').length >= 1, PATIENCE);
      // The point next to it will do: the stop keeps its number, and the others their windows.
      expect(kindsOf(applied)).toContain('substitute');
      expect(openStops(place, id!).map(({ pointId }) => pointId)).not.toContain(lost.pointId);
      expect(run.of('trouble')).toEqual([]);
      await audit(place, run);
    },
    TEST_MS,
  );

  it(
    'that is late puts off its stops, and charges all the same',
    async () => {
      const place = await world(SPEED);
      const applied = record(place);
      // Reckons with 80 km/h, and drives 62: on a long leg later than what a company waits for.
      const run = await start(place, {
        ...LONG,
        tuning: { speedKmh: [62, 62], startSocPct: [60, 60] },
      });
      await eventually(() => run.of('arrived').length >= 1, PATIENCE);
      const moved = applied.filter(
        ({ operation, answer }) => operation.kind === 'shift' && answer.result.kind === 'updated',
      );
      expect(run.of('put-off').length).toBeGreaterThan(0);
      expect(moved.length).toBeGreaterThanOrEqual(run.of('put-off').length);
      expect(run.of('noticed').filter(({ notice }) => notice === 'falta')).toEqual([]);
      expect(run.of('trouble')).toEqual([]);
      await audit(place, run);
    },
    TEST_MS,
  );

  it(
    'whose broker dies on the way goes on with another, and asks nothing twice',
    async () => {
      const place = await world(SPEED);
      const applied = record(place);
      const run = await start(place, LONG);
      const [id] = run.ids();
      await eventually(() => run.of('departed').length === 1, PATIENCE);
      const at = run.of('connected').at(-1)!.broker;
      await place.nodes.find(({ broker }) => broker === at)!.kill();
      await eventually(() => run.of('connected').length >= 2, PATIENCE);
      expect(run.of('connected').at(-1)!.broker).not.toBe(at);
      await eventually(() => run.of('arrived').length >= 1, PATIENCE);
      expectNoTrouble(run);
      const reserved = applied.filter(
        ({ answer, repeated }) => answer.result.kind === 'reserved' && !repeated,
      );
      expect(reserved.length).toBe(run.of('reserved').length);
      expect(reserved.every(({ holder }) => holder === id)).toBe(true);
      await audit(place, run);
    },
    TEST_MS,
  );

  it(
    'that meets a mesh which does not know the newer requests yet tries until it does, under one id',
    async () => {
      const place = await world(SPEED, false);
      for (const node of place.nodes) node.mesh.refuseSubmits = 'UNAVAILABLE';
      const run = await start(place, LONG);
      const reserves = () =>
        place.nodes
          .flatMap(({ mesh }) => mesh.submissions)
          .filter(({ operation }) => operation.kind === 'reserve');
      await eventually(() => reserves().length >= 4, PATIENCE);
      expect(new Set(reserves().map(({ requestKey }) => requestKey)).size).toBe(1);
      for (const node of place.nodes) node.mesh.refuseSubmits = null;
      const before = reserves().length;
      // Now it is answered that the ledger does not know this yet.
      await eventually(() => reserves().length >= before + 3, PATIENCE);
      expect(new Set(reserves().map(({ requestKey }) => requestKey)).size).toBe(1);
      place.lone.raise();
      await eventually(() => run.of('departed').length >= 1, PATIENCE);
      await audit(place, run);
    },
    TEST_MS,
  );

  it(
    'whose answers are lost asks again under the same id, and books once',
    async () => {
      const place = await world(SPEED);
      const applied = record(place);
      const reserves = () => applied.filter(({ operation }) => operation.kind === 'reserve');
      for (const node of place.nodes) node.mesh.loseAnswers = true;
      const run = await start(place, LONG);
      await eventually(() => reserves().filter(({ repeated }) => repeated).length >= 3, PATIENCE);
      expect(run.of('reserved')).toEqual([]);
      expect(run.fleet.heldPoints().unsure.length).toBeGreaterThan(0);
      for (const node of place.nodes) node.mesh.loseAnswers = false;
      await eventually(() => run.of('reserved').length === 1, PATIENCE);
      expect(reserves().filter(({ repeated }) => !repeated)).toHaveLength(1);
      await audit(place, run);
    },
    TEST_MS,
  );

  it(
    'says what it cannot know when its last request is not answered',
    async () => {
      const place = await world(SPEED);
      for (const node of place.nodes) node.mesh.loseAnswers = true;
      const run = await start(place, { ...LONG, tuning: { stopRealMs: 500 } });
      const unsure = () => run.fleet.heldPoints().unsure;
      await eventually(() => unsure().length > 0, PATIENCE);
      const points = unsure().map(({ pointId }) => pointId);
      await run.fleet.stop();
      expect(run.of('stopped')[0]!.unsure).toEqual(points);
      expect(run.of('reserved')).toEqual([]);
    },
    TEST_MS,
  );
});

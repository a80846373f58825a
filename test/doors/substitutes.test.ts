import { beforeEach, describe, expect, it } from 'vitest';
import { BadRequest } from '../../src/doors/bad-request.js';
import { findSubstitutes, type SubstituteQuestion } from '../../src/doors/substitutes.js';
import { Failure } from '../../src/replica/failure.js';
import { CompanyWorld, FRESH, HOUR_MS, type PlacedPoint } from './company-world.js';

/** About 1.1 km a hundredth of a degree. Stops lie on a road along the equator, from west to east. */
const POINTS: readonly PlacedPoint[] = [
  { id: 'before', company: 'one', place: 'A', at: [0, -0.5] },
  { id: 'own', company: 'one', place: 'Town', at: [0, 0] },
  { id: 'after', company: 'two', place: 'B', at: [0, 0.5] },
];

describe('substitutes', () => {
  let world: CompanyWorld;
  beforeEach(async () => {
    world = new CompanyWorld();
    await world.register(...POINTS);
  });

  const ask = (reservationId: string, changes: Partial<SubstituteQuestion> = {}) =>
    findSubstitutes(world.mesh, { reservationId, stop: 1, holder: 'v', options: FRESH, ...changes });

  /** Those of a trip over all three points, its middle stop displaced. */
  const found = async (changes: Partial<SubstituteQuestion> = {}) => {
    const reservationId = await world.reserve('v', 'before', 'own', 'after');
    await world.as('one', { kind: 'displace-stop', reservationId, stop: 1, ifIndex: 0, reason: 'faulted' });
    await world.as('one', {
      kind: 'report-status',
      pointId: 'own',
      status: 'faulted',
      untilMs: world.nowMs + 9 * HOUR_MS,
    });
    const answer = await ask(reservationId, changes);
    if (answer.kind !== 'found') throw new Error(answer.reason);
    return answer.candidates;
  };
  const ids = (candidates: readonly { readonly pointId: string }[]) =>
    candidates.map(({ pointId }) => pointId);

  it('come from the same place first, then by the extra way, then by power', async () => {
    await world.register(
      { id: 'town-far', company: 'two', place: ' TOWN ', at: [0.05, 0] },
      { id: 'on-the-way-weak', company: 'two', at: [0, 0.1] },
      { id: 'on-the-way-strong', company: 'two', at: [0, -0.1], powerKw: 150 },
      { id: 'aside', company: 'two', at: [0.1, 0.01] },
    );
    expect(ids(await found())).toEqual(['town-far', 'on-the-way-strong', 'on-the-way-weak', 'aside']);
  });

  it('are the point itself where that can be had again, unless its company took just this stop away from it', async () => {
    const candidates = async (reason: string) => {
      const reservationId = await world.reserve('v', 'before', 'own', 'after');
      await world.as('one', { kind: 'displace-stop', reservationId, stop: 1, ifIndex: 0, reason });
      const answer = await ask(reservationId);
      await world.as(
        'one',
        { kind: 'cancel', reservationId, stops: [], as: 'holder', reason: '', ifIndex: 0 },
        'v',
      );
      return answer.kind === 'found' ? ids(answer.candidates) : answer.reason;
    };
    expect(await candidates('offline')).toEqual(['own']);
    expect(await candidates('the fair needs it')).toEqual([]);
  });

  it('say whose they are, how strong, how far, and for which window', async () => {
    await world.register({ id: 'aside', company: 'two', place: 'Aside', at: [0.1, 0], powerKw: 150 });
    expect(await found()).toEqual([
      {
        ...{ pointId: 'aside', company: 'two', place: 'Aside', connector: 'ccs2', powerKw: 150 },
        detourKm: expect.closeTo(2.2, 1),
        startMs: world.nowMs + 2 * HOUR_MS,
        endMs: world.nowMs + 3 * HOUR_MS,
      },
    ]);
  });

  it('have the right connector, the power at least, and are free for the whole window', async () => {
    await world.register(
      { id: 'other-plug', company: 'two', at: [0, 0.01], connector: 'type2' },
      { id: 'weak', company: 'two', at: [0, 0.01], powerKw: 50 },
      { id: 'taken', company: 'two', at: [0, 0.01] },
      { id: 'right', company: 'two', at: [0, 0.01] },
    );
    const startMs = world.nowMs + 2.5 * HOUR_MS;
    const stops = [{ pointId: 'taken', company: '', startMs, durationMs: HOUR_MS }];
    await world.as('one', { kind: 'reserve', stops, holdMs: 0 }, 'other');
    expect(ids(await found())).toEqual(['right']);
  });

  it('are within the detour, there and back where the stop has no neighbours', async () => {
    await world.register({ id: 'aside', company: 'two', at: [0.1, 0] });
    const alone = await world.reserve('v', 'own');
    const within = async (maxDetourKm: number) => {
      const answer = await ask(alone, { stop: 0, maxDetourKm });
      return answer.kind === 'found' ? answer.candidates.map(({ detourKm }) => detourKm) : answer;
    };
    expect(await within(23)).toEqual([expect.closeTo(22.2, 1)]);
    expect(await within(22)).toEqual([]);
    expect(await within(0)).toEqual([]);
  });

  it('count the way over unsettled stops alone', async () => {
    await world.register({ id: 'aside', company: 'two', at: [0.1, 0] });
    const reservationId = await world.reserve('v', 'before', 'own', 'after');
    const detour = async () => {
      const answer = await ask(reservationId, { maxDetourKm: 100 });
      return answer.kind === 'found' ? answer.candidates[0]?.detourKm : answer;
    };
    expect(await detour()).toBeCloseTo(2.2, 1);
    const cancel = { kind: 'cancel', reservationId, ifIndex: 0, as: 'holder', reason: '' } as const;
    await world.as('one', { ...cancel, stops: [0, 2] }, 'v');
    expect(await detour()).toBeCloseTo(22.2, 1);
  });

  it('are for what is left of a window that has begun', async () => {
    await world.register({ id: 'near', company: 'two', at: [0, 0.01] });
    const reservationId = await world.reserve('v', 'own', 'after');
    await world.as('one', { kind: 'displace-stop', reservationId, stop: 0, ifIndex: 0, reason: 'faulted' });
    world.lone.advance(1.5 * HOUR_MS);
    const answer = await ask(reservationId, { stop: 0 });
    const window = { startMs: world.nowMs + 60_000, endMs: world.nowMs + HOUR_MS / 2 };
    expect(answer).toMatchObject({ kind: 'found', candidates: [window, window] });
    world.lone.advance(HOUR_MS / 2 - 119_000);
    expect(await ask(reservationId, { stop: 0 })).toMatchObject({ reason: 'WRONG_STOP_STATE' });
  });

  it('are no more than a command may name, the best of them', async () => {
    const many = Array.from({ length: 12 }, (_, k) => k);
    await world.register(
      ...many.map((k): PlacedPoint => ({ id: `p${k}`, company: 'two', at: [0, (12 - k) / 100] })),
    );
    const alone = await world.reserve('v', 'own');
    const answer = await ask(alone, { stop: 0, maxDetourKm: 100 });
    expect(answer.kind === 'found' && ids(answer.candidates)).toEqual([
      'p11',
      'p10',
      'p9',
      'p8',
      'p7',
      'p6',
      'p5',
      'p4',
    ]);
  });

  it('are the nearest where more points would do than are looked at', async () => {
    const many = Array.from({ length: 300 }, (_, k) => k);
    await world.register(
      ...many.map((k): PlacedPoint => ({ id: `p${k}`, company: 'two', at: [0.5 - k / 1_000, 0] })),
    );
    const alone = await world.reserve('v', 'own');
    const answer = await ask(alone, { stop: 0, maxDetourKm: 200 });
    expect(answer.kind === 'found' && ids(answer.candidates).slice(0, 3)).toEqual(
      ['p299', 'p298', 'p297'].sort().reverse(),
    );
  });

  it('are what the ledger grants', async () => {
    await world.register({ id: 'near', company: 'two', at: [0, 0.01] });
    const reservationId = await world.reserve('v', 'before', 'own', 'after');
    await world.as('one', {
      kind: 'report-status',
      pointId: 'own',
      status: 'faulted',
      untilMs: world.nowMs + 9 * HOUR_MS,
    });
    const answer = await ask(reservationId);
    if (answer.kind !== 'found') throw new Error(answer.reason);
    const candidates = answer.candidates.map(({ pointId, startMs, endMs }) => ({
      ...{ pointId, company: '', startMs, durationMs: endMs - startMs },
    }));
    const operation = { kind: 'substitute', reservationId, stop: 1, ifIndex: 0, candidates } as const;
    expect(await world.as('one', operation, 'v')).toMatchObject({
      kind: 'updated',
      stops: [{}, { pointId: 'near' }, {}],
    });
  });

  it('are refused as the command would refuse', async () => {
    const reservationId = await world.reserve('v', 'own');
    expect(await ask('r99')).toMatchObject({ kind: 'refused', reason: 'UNKNOWN_RESERVATION' });
    expect(await ask(reservationId, { holder: 'w' })).toMatchObject({ reason: 'UNKNOWN_RESERVATION' });
    expect(await ask(reservationId, { stop: 1 })).toMatchObject({ reason: 'UNKNOWN_STOP' });
    world.lone.advance(HOUR_MS);
    await world.as('one', { kind: 'start-stop', reservationId, stop: 0, ifIndex: 0, as: 'holder' }, 'v');
    expect(await ask(reservationId, { stop: 0 })).toMatchObject({ reason: 'WRONG_STOP_STATE' });
    await world.as('one', { kind: 'finish-stop', reservationId, stop: 0, ifIndex: 0, as: 'holder' }, 'v');
    expect(await ask(reservationId, { stop: 0 })).toMatchObject({ reason: 'ALREADY_ENDED' });
  });

  it('are not looked for beyond 200 km, nor for less than nothing', async () => {
    const reservationId = await world.reserve('v', 'own');
    for (const maxDetourKm of [-1, 200.1, Number.NaN]) {
      await expect(ask(reservationId, { stop: 0, maxDetourKm })).rejects.toBeInstanceOf(BadRequest);
    }
  });

  it('are read as freshly as the caller asks, once, and fail with what the read fails', async () => {
    const reservationId = await world.reserve('v', 'own');
    await ask(reservationId, { stop: 0 });
    expect(world.mesh.queries.map(({ options }) => options.consistency)).toEqual([
      'linearizable',
      'stale',
      'stale',
    ]);
    world.mesh.failFreshReads = 'UNAVAILABLE';
    await expect(ask(reservationId, { stop: 0 })).rejects.toBeInstanceOf(Failure);
    world.mesh.ageMs = 7;
    const stale = { ...FRESH, consistency: 'stale' } as const;
    expect(await ask(reservationId, { stop: 0, options: stale })).toMatchObject({ kind: 'found', ageMs: 7 });
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { type HistoryQuestion, historyOf } from '../../src/doors/history.js';
import { ENDED_KEPT_MS } from '../../src/ledger/limits.js';
import { Failure } from '../../src/replica/failure.js';
import { CompanyWorld, FRESH, HOUR_MS } from './company-world.js';

describe('the history of a reservation', () => {
  let world: CompanyWorld;
  let id: string;
  beforeEach(async () => {
    world = new CompanyWorld();
    await world.register({ id: 'p1', company: 'one', at: [0, 0] }, { id: 'p2', company: 'two', at: [0, 1] });
    id = await world.reserve('v', 'p1', 'p2');
  });

  const asHolder = { kind: 'holder', holder: 'v' } as const;
  const asCompany = (company: string) => ({ kind: 'company', company }) as const;
  const ask = (viewer: HistoryQuestion['viewer'], changes: Partial<HistoryQuestion> = {}) =>
    historyOf(world.mesh, {
      reservationId: id,
      viewer,
      afterIndex: 0,
      limit: 200,
      options: FRESH,
      ...changes,
    });
  const itemsOf = async (viewer: HistoryQuestion['viewer']) => (await ask(viewer))?.items ?? [];

  it('tells its holder who did what, when, through which door, and what came of it', async () => {
    const [made, ...more] = await itemsOf(asHolder);
    expect(more).toEqual([]);
    const window = (k: number) => ({
      startMs: world.nowMs + k * HOUR_MS,
      endMs: world.nowMs + (k + 1) * HOUR_MS,
    });
    const base = { reservationId: id, holder: 'v', from: '', reason: '' };
    expect(made).toEqual({
      ...{ index: world.lone.index, atMs: world.nowMs, door: 'rest', originCompany: 'one' },
      ...{ traceId: 'a'.repeat(32), kind: 'reserve', who: 'v' },
      result: {
        ...{ kind: 'reserved', reservationId: id },
        stops: [
          { pointId: 'p1', ...window(1) },
          { pointId: 'p2', ...window(2) },
        ],
      },
      events: [
        { kind: 'reservation', ...base, to: 'CONFIRMED', who: '' },
        { kind: 'stop', ...base, stop: 0, pointId: 'p1', company: 'one', ...window(1), to: 'PLANNED' },
        { kind: 'stop', ...base, stop: 1, pointId: 'p2', company: 'two', ...window(2), to: 'PLANNED' },
      ],
    });
  });

  it('shows a company its own stops in full, and of others only that there is one', async () => {
    const [made] = await itemsOf(asCompany('two'));
    expect(made).toMatchObject({ who: 'v', originCompany: 'one', result: { kind: 'reserved' } });
    expect(made?.result).toEqual({ kind: 'reserved' });
    expect(made?.events).toEqual([
      expect.objectContaining({ kind: 'reservation', to: 'CONFIRMED', holder: '' }),
      { kind: 'stop', reservationId: id, stop: 0, company: 'another company', from: '', to: 'PLANNED' },
      expect.objectContaining({ kind: 'stop', stop: 1, holder: 'v', pointId: 'p2', company: 'two' }),
    ]);
  });

  it('names no holder, point or time to a company that has no stop in it', async () => {
    const text = JSON.stringify(await itemsOf(asCompany('three')));
    expect(text).toContain('another company');
    expect(text).not.toMatch(/"v"|p1|p2|startMs/);
  });

  it('does not exist for another holder, like one that never was', async () => {
    expect(await ask({ kind: 'holder', holder: 'w' })).toBeNull();
    expect(await ask(asHolder, { reservationId: 'r99999' })).toBeNull();
    expect(await ask(asCompany('one'), { reservationId: 'r99999' })).toBeNull();
  });

  it('leaves out what the same entries did to others', async () => {
    const other = await world.reserve('w', 'p2');
    const untilMs = world.nowMs + 9 * HOUR_MS;
    await world.as('two', { kind: 'report-status', pointId: 'p2', status: 'faulted', untilMs });
    const mine = (await itemsOf(asHolder)).at(-1);
    expect(mine).toMatchObject({
      kind: 'report-status',
      originCompany: 'two',
      who: '',
      result: { kind: 'point-updated' },
    });
    expect(mine?.result).toEqual({ kind: 'point-updated' });
    expect(mine?.events.map((event) => event.kind)).toEqual(['stop', 'notice']);
    expect(JSON.stringify(mine)).not.toContain(other);
  });

  it('tells whom an offer was made to nothing of whose cancellation made it possible', async () => {
    const stop = { pointId: 'p1', company: '', startMs: world.nowMs + HOUR_MS, durationMs: HOUR_MS } as const;
    await world.as('one', { kind: 'join-waitlist', stops: [stop], afterNoShow: 'keep' }, 'waiting');
    const cancel = {
      kind: 'cancel',
      reservationId: id,
      stops: [],
      ifIndex: 0,
      as: 'holder',
      reason: '',
    } as const;
    await world.as('two', cancel, 'v');
    const offer = `r${world.lone.index}.1`;
    const history = await ask({ kind: 'holder', holder: 'waiting' }, { reservationId: offer });
    expect(history?.items).toMatchObject([{ kind: 'cancel', who: '', result: { kind: 'updated' } }]);
    expect(JSON.stringify(history)).not.toMatch(new RegExp(`"v"|"${id}"`));
  });

  it('goes on after it was pruned', async () => {
    world.lone.advance(10 * HOUR_MS);
    world.lone.advance(ENDED_KEPT_MS);
    world.prune();
    const { reply } = await world.mesh.query({ kind: 'reservation', reservationId: id }, FRESH);
    expect(reply).toBeNull();
    const items = await itemsOf(asHolder);
    expect(items.map(({ kind }) => kind)).toEqual(['reserve', 'expire', 'prune']);
    expect(items.at(-1)).toMatchObject({
      who: '',
      door: 'node',
      events: [{ kind: 'pruned', reservationId: id }],
    });
    expect(await ask({ kind: 'holder', holder: 'w' })).toBeNull();
    expect(await ask(asHolder, { afterIndex: items[0]!.index })).toMatchObject({ items: items.slice(1) });
  });

  it('comes in pages, in order, without an end before the last', async () => {
    for (let k = 0; k < 4; k++) {
      await world.as('one', { kind: 'shift', reservationId: id, stop: 0, ifIndex: 0, byMs: 60_000 }, 'v');
    }
    const all = (await itemsOf(asHolder)).map(({ index }) => index);
    expect(all).toHaveLength(5);
    const paged: number[] = [];
    let after: number | null = 0;
    let pages = 0;
    while (after !== null) {
      const page = await ask(asHolder, { afterIndex: after, limit: 2 });
      paged.push(...page!.items.map(({ index }) => index));
      after = page!.after;
      pages += 1;
    }
    expect(paged).toEqual(all);
    expect(pages).toBe(3);
  });

  it('says from where on it is complete, and how fresh it is', async () => {
    world.mesh.ageMs = 9;
    const stale = { ...FRESH, consistency: 'stale' } as const;
    const { firstIndex } = world.lone.trail;
    expect(await ask(asHolder)).toMatchObject({
      completeFrom: firstIndex,
      index: world.lone.index,
      ageMs: 0,
    });
    expect(await ask(asHolder, { options: stale })).toMatchObject({ ageMs: 9 });
    world.mesh.failFreshReads = 'UNAVAILABLE';
    await expect(ask(asHolder)).rejects.toBeInstanceOf(Failure);
  });
});

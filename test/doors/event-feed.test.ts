import { beforeEach, describe, expect, it } from 'vitest';
import { EventFeed, FEED_BOUNDS, type FeedMesh } from '../../src/doors/event-feed.js';
import type { EventFilter } from '../../src/doors/event-filter.js';
import type { EventFollower, FeedItem } from '../../src/doors/event-follower.js';
import { parsePosition } from '../../src/doors/event-position.js';
import { Failure } from '../../src/replica/failure.js';
import type { Submission, TrailAnswer, TrailQuery } from '../../src/replica/mesh.js';
import { eventually } from '../support/eventually.js';
import { CompanyWorld, HOUR_MS } from './company-world.js';

/** The node's mesh, with snapshots, trails that answer late, and known indexes as a test wants them. */
class FedMesh implements FeedMesh {
  completeFrom: number | null = null;
  commitIndex: number | null = null;
  /** Resolves before a trail answers. */
  beforeTrail: () => void | Promise<void> = () => {};
  readonly trailReads: TrailQuery[] = [];
  readonly #resets = new Set<(index: number) => void>();

  constructor(readonly world: CompanyWorld) {}

  status: FeedMesh['status'] = () => {
    const status = this.world.mesh.status();
    return this.commitIndex === null ? status : { ...status, commitIndex: this.commitIndex };
  };
  query: FeedMesh['query'] = (query, options) => this.world.mesh.query(query, options);
  onApplied: FeedMesh['onApplied'] = (listener, onReset = () => {}) => {
    const stop = this.world.mesh.onApplied(listener);
    this.#resets.add(onReset);
    return () => {
      stop();
      this.#resets.delete(onReset);
    };
  };

  async readTrail(query: TrailQuery): Promise<TrailAnswer> {
    this.trailReads.push(query);
    const answer = await this.world.mesh.readTrail(query);
    await this.beforeTrail();
    return this.completeFrom === null ? answer : { ...answer, completeFrom: this.completeFrom };
  }

  takeSnapshot(index: number): void {
    for (const onReset of this.#resets) onReset(index);
  }

  get listeners(): number {
    return this.#resets.size;
  }
}

/** Takes what a follower tells, as fast as it comes. */
class Reader {
  readonly items: FeedItem[] = [];
  readonly ended: Promise<void>;

  constructor(readonly follower: EventFollower) {
    this.ended = (async () => {
      for await (const item of follower) this.items.push(item);
    })();
  }

  get ids(): readonly string[] {
    return this.items.map((item) => (item.kind === 'reset' ? `reset ${item.id}` : item.id));
  }

  /** Waits until it was told `count` items, and then that nothing more comes by itself. */
  async told(count: number): Promise<readonly string[]> {
    await eventually(() => this.items.length >= count);
    await new Promise((resolve) => setImmediate(resolve));
    return this.ids;
  }
}

describe('the event feed', () => {
  let world: CompanyWorld;
  let mesh: FedMesh;
  let feed: EventFeed;
  beforeEach(async () => {
    world = new CompanyWorld();
    await world.register({ id: 'p1', company: 'one', at: [0, 0] }, { id: 'p2', company: 'two', at: [0, 1] });
    mesh = new FedMesh(world);
    feed = new EventFeed(mesh);
  });

  const read = async (
    after: string | null,
    filter: EventFilter = {},
    viewer = { company: 'one', holder: '' },
    of = feed,
  ): Promise<Reader> =>
    new Reader(await of.follow({ after: after === null ? null : parsePosition(after), filter, viewer }));

  /** Ids of all events there ever were, from the trail. */
  const allIds = async (): Promise<readonly string[]> => {
    const { records } = await world.mesh.readTrail({ kind: 'from', index: 1, limit: 100_000 });
    return records.flatMap(({ text }) => {
      const { index, events } = JSON.parse(text) as { index: number; events: readonly object[] };
      return events.map((_, k) => `${index}.${k}`);
    });
  };
  const idsAfter = async (id: string): Promise<readonly string[]> => {
    const all = await allIds();
    return all.slice(all.indexOf(id) + 1);
  };
  const applied = (): number => world.lone.index;
  /** An entry with one event. */
  const rename = (name: string) => world.as('one', { kind: 'register-company', name, displayId: 'one' });

  it('tells what happens from now on, each event of an entry under its number', async () => {
    const reader = await read(null);
    await world.reserve('v', 'p1', 'p2');
    const index = applied();
    expect(await reader.told(3)).toEqual([`${index}.0`, `${index}.1`, `${index}.2`]);
    expect(reader.items).toMatchObject([
      { atMs: world.nowMs, event: { kind: 'reservation', to: 'CONFIRMED' } },
      { event: { kind: 'stop', stop: 0 } },
      { event: { kind: 'stop', stop: 1 } },
    ]);
    expect(mesh.trailReads).toEqual([]);
  });

  it('says nothing of refusals and of repeats of a request', async () => {
    const reader = await read(null);
    await expect(world.reserve('v', 'nowhere')).rejects.toThrow('STOPS_UNAVAILABLE');
    const operation = {
      kind: 'report-status',
      pointId: 'p1',
      status: 'occupied',
      untilMs: world.nowMs + 1_000,
    } as const;
    const submission: Submission = {
      ...{ door: 'rest', holder: 'v', requestKey: 'same', keyKind: 'client', traceId: 'b'.repeat(32) },
      operation,
    };
    await world.mesh.submit(submission, { timeoutMs: 1_000 });
    const index = applied();
    await world.mesh.submit(submission, { timeoutMs: 1_000 });
    expect(await reader.told(1)).toEqual([`${index}.0`]);
  });

  it('begins now for a new reader, also after the repeat of an old request', async () => {
    const first = await read(null);
    const operation = { kind: 'register-company', name: 'x', displayId: 'one' } as const;
    const again: Submission = {
      ...{ door: 'rest', holder: 'v', requestKey: 'same', keyKind: 'client', traceId: 'b'.repeat(32) },
      operation,
    };
    await world.mesh.submit(again, { timeoutMs: 1_000 });
    await world.reserve('v', 'p1');
    await world.mesh.submit(again, { timeoutMs: 1_000 });
    await first.told(3);
    const second = await read(null);
    await rename('y');
    expect(await second.told(1)).toEqual([`${applied()}.0`]);
  });

  it('goes on behind any event, from the trail into what happens now, without a gap or a repeat', async () => {
    for (const holder of ['v', 'w', 'x']) {
      await world.reserve(holder, 'p1', 'p2');
      world.lone.advance(4 * HOUR_MS);
    }
    for (const id of await allIds()) {
      const reader = await read(id);
      const before = await idsAfter(id);
      await reader.told(before.length);
      await world.as('one', { kind: 'report-status', pointId: 'p1', status: 'available', untilMs: 0 });
      await rename(id);
      const wanted = await idsAfter(id);
      expect(await reader.told(wanted.length)).toEqual(wanted);
      feed.leave(reader.follower);
    }
  });

  it.each([FEED_BOUNDS.recentMax, 1])(
    'meets what is applied while it reads the trail exactly once, with %i kept',
    async (recentMax) => {
      const id = (await allIds())[0]!;
      const slow = new EventFeed(mesh, { ...FEED_BOUNDS, recentMax, pageRecords: 1 });
      let more = 3;
      mesh.beforeTrail = async () => {
        if (more-- > 0) await rename(`n${more}`);
      };
      const reader = await read(id, {}, undefined, slow);
      await eventually(() => more <= 0);
      const wanted = await idsAfter(id);
      expect(await reader.told(wanted.length)).toEqual(wanted);
    },
  );

  it('reads the trail no further than to its end, also where the last entries have no record', async () => {
    const begin = (await allIds()).at(-1)!;
    for (let k = 0; k < 3; k++) {
      world.lone.index += 1;
      world.lone.ledger.skip(world.lone.index, 1);
    }
    const reader = await read(begin);
    await eventually(() => reader.follower.place === String(applied()));
    expect(mesh.trailReads).toHaveLength(1);
    await rename('x');
    expect(await reader.told(1)).toEqual([`${applied()}.0`]);
  });

  it('follows an index from behind all of its events: what was read as of it is not told again', async () => {
    await world.reserve('v', 'p1');
    const index = applied();
    const reader = await read(String(index));
    await world.reserve('w', 'p2');
    expect(await reader.told(2)).toEqual([`${index + 1}.0`, `${index + 1}.1`]);
  });

  it('lets a reader that is slower than the ledger catch up from the trail', async () => {
    const small = new EventFeed(mesh, { ...FEED_BOUNDS, recentMax: 4, pageRecords: 2 });
    const follower = await small.follow({ after: null, filter: {}, viewer: { company: 'one', holder: '' } });
    const begin = applied();
    for (let k = 0; k < 20; k++) {
      await rename(`n${k}`);
    }
    const reader = new Reader(follower);
    const wanted = Array.from({ length: 20 }, (_, k) => `${begin + k + 1}.0`);
    expect(await reader.told(20)).toEqual(wanted);
    expect(mesh.trailReads.length).toBeGreaterThan(5);
  });

  it('tells an entry with more events than it keeps to all that wait for it', async () => {
    const small = new EventFeed(mesh, { ...FEED_BOUNDS, recentMax: 2 });
    const reader = await read(null, {}, undefined, small);
    await world.reserve('v', 'p1', 'p2');
    expect(await reader.told(3)).toHaveLength(3);
    await world.reserve('w', 'p1').catch(() => rename('x'));
    expect(await reader.told(4)).toHaveLength(4);
    expect(mesh.trailReads).toEqual([]);
  });

  describe('resets a reader', () => {
    it('whose events are not in the trail any more', async () => {
      await world.reserve('v', 'p1');
      mesh.completeFrom = applied();
      const reader = await read(`${applied() - 2}.0`);
      expect(await reader.told(1)).toEqual([`reset ${applied()}`]);
      const reachable = await read(String(applied() - 1));
      expect(await reachable.told(2)).toEqual([`${applied()}.0`, `${applied()}.1`]);
    });

    it('that knows what nobody committed, and tells it what comes then', async () => {
      const reader = await read(`${applied() + 1}.0`);
      expect(await reader.told(1)).toEqual([`reset ${applied()}`]);
      await world.reserve('v', 'p1');
      expect(await reader.told(3)).toEqual([`reset ${applied() - 1}`, `${applied()}.0`, `${applied()}.1`]);
    });

    it('that is too far behind, at once or when it has been slow', async () => {
      const small = new EventFeed(mesh, { ...FEED_BOUNDS, recentMax: 1, behindMax: 3 });
      const slow = await small.follow({ after: null, filter: {}, viewer: { company: 'one', holder: '' } });
      for (let k = 0; k < 4; k++) await rename(`n${k}`);
      const late = await read(String(applied() - 4), {}, undefined, small);
      expect(await late.told(1)).toEqual([`reset ${applied()}`]);
      expect(await new Reader(slow).told(1)).toEqual([`reset ${applied()}`]);
      const near = await read(String(applied() - 3), {}, undefined, small);
      expect(await near.told(3)).toHaveLength(3);
      expect(near.ids[0]).toBe(`${applied() - 2}.0`);
    });

    it('when a snapshot took the place of entries, also one that waits or reads the trail', async () => {
      const waiting = await read(null);
      const slow = await feed.follow({ after: null, filter: {}, viewer: { company: 'one', holder: '' } });
      await world.reserve('v', 'p1');
      await waiting.told(2);
      const first = (await allIds())[0]!;
      mesh.beforeTrail = () => {
        mesh.beforeTrail = () => {};
        mesh.takeSnapshot(500);
      };
      const reading = await read(first);
      expect(await reading.told(1)).toEqual(['reset 500']);
      expect((await waiting.told(3)).slice(2)).toEqual(['reset 500']);
      expect(await new Reader(slow).told(1)).toEqual(['reset 500']);
      for (let index = applied() + 1; index <= 500; index++) world.lone.ledger.skip(index, 1);
      world.lone.index = 500;
      await world.reserve('w', 'p2');
      expect((await waiting.told(5)).slice(3)).toEqual(['501.0', '501.1']);
    });
  });

  it('takes over a reader from a node that is ahead, once it has caught up', async () => {
    mesh.commitIndex = applied();
    const fresh = mesh.query;
    mesh.query = async (query, options) => {
      await world.reserve('v', 'p1');
      mesh.commitIndex = applied();
      return fresh(query, options);
    };
    const reader = await read(`${applied() + 1}.0`);
    expect(await reader.told(1)).toEqual([`${applied()}.1`]);
    mesh.query = async () => {
      throw new Failure('UNAVAILABLE', 'no leader');
    };
    expect(await (await read(`${applied() + 9}.0`)).told(1)).toEqual([`reset ${applied()}`]);
  });

  it('waits for what is committed and not yet applied here', async () => {
    mesh.commitIndex = applied() + 1;
    const reader = await read(`${applied() + 1}.0`);
    await world.reserve('v', 'p1');
    expect(await reader.told(1)).toEqual([`${applied()}.1`]);
  });

  it.each([
    ['holder', { holder: 'v' }, ['reservation', 'stop', 'stop']],
    ['reservation', { reservationId: 'made' }, ['reservation', 'stop', 'stop']],
    ['point', { pointId: 'p2' }, ['stop', 'stop', 'point']],
    ['company', { company: 'two' }, ['stop', 'stop', 'point']],
    ['kind', { kinds: ['point', 'reservation'] }, ['reservation', 'reservation', 'point']],
    ['all that it names', { holder: 'v', pointId: 'p2', kinds: ['stop'] }, ['stop']],
  ] as const)('tells by %s what matches', async (_, filter, kinds) => {
    const begin = String(applied());
    const made = await world.reserve('v', 'p1', 'p2');
    const startMs = world.nowMs + 5 * HOUR_MS;
    const stops = [{ pointId: 'p2', company: '', startMs, durationMs: HOUR_MS }];
    await world.as('two', { kind: 'reserve', stops, holdMs: 0 }, 'w');
    await world.as('two', {
      kind: 'report-status',
      pointId: 'p2',
      status: 'occupied',
      untilMs: world.nowMs + 1_000,
    });
    const wanted = 'reservationId' in filter ? { reservationId: made } : filter;
    const resumed = await read(begin, wanted);
    await resumed.told(kinds.length);
    expect(resumed.items.map((item) => item.kind === 'event' && item.event.kind)).toEqual(kinds);
  });

  it('hides whom something belongs to, but from its holder and from the company of the point', async () => {
    const begin = String(applied());
    await world.reserve('v', 'p1', 'p2');
    const holders = async (viewer: { company: string; holder: string }): Promise<readonly unknown[]> => {
      const reader = await read(begin, {}, viewer);
      await reader.told(3);
      return reader.items.map((item) => item.kind === 'event' && 'holder' in item.event && item.event.holder);
    };
    expect(await holders({ company: 'one', holder: '' })).toEqual(['', 'v', '']);
    expect(await holders({ company: 'two', holder: 'w' })).toEqual(['', '', 'v']);
    expect(await holders({ company: 'three', holder: 'v' })).toEqual(['v', 'v', 'v']);
  });

  it('moves its place on over what the filter hides, so that nothing is read twice', async () => {
    const reader = await read(null, { holder: 'v' });
    for (let k = 0; k < 3; k++) await rename(`n${k}`);
    await eventually(() => reader.follower.place === String(applied()));
    await world.reserve('v', 'p1');
    await reader.told(2);
    expect(reader.follower.place).toBe(String(applied()));
    expect(reader.items).toHaveLength(2);
  });

  it('keeps the place of a reader that has not taken what there is for it', async () => {
    const follower = await feed.follow({ after: null, filter: {}, viewer: { company: 'one', holder: '' } });
    const begin = applied();
    const told = follower[Symbol.asyncIterator]();
    const first = told.next();
    await rename('a');
    await rename('b');
    await first;
    expect(follower.place).toBe(`${begin + 1}.0`);
    await told.next();
    expect(follower.place).toBe(`${begin + 2}.0`);
  });

  it('has a bounded number of readers, and frees the place of who leaves', async () => {
    const two = new EventFeed(mesh, { ...FEED_BOUNDS, followersMax: 2 });
    const first = await read(null, {}, undefined, two);
    await read(null, {}, undefined, two);
    await expect(read(null, {}, undefined, two)).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
    two.leave(first.follower);
    await first.ended;
    expect(two.size).toBe(1);
    await read(null, {}, undefined, two);
  });

  it('ends its readers when it closes, takes none then, and listens no more', async () => {
    const waiting = await read(null);
    const reading = await read((await allIds())[0]!);
    expect(mesh.listeners).toBe(1);
    feed.close();
    await Promise.all([waiting.ended, reading.ended]);
    expect([feed.size, mesh.listeners]).toEqual([0, 0]);
    await expect(read(null)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('takes nobody before there is a ledger', async () => {
    const starting = new EventFeed({
      ...{ query: mesh.query, onApplied: mesh.onApplied, readTrail: (query) => mesh.readTrail(query) },
      status: () => ({ ...mesh.status(), ledgerVersion: 0 }),
    });
    await expect(read(null, {}, undefined, starting)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('fails with what the trail fails', async () => {
    const id = (await allIds())[0]!;
    world.mesh.failStaleReads = 'UNAVAILABLE';
    const reader = await read(id);
    await expect(reader.ended).rejects.toBeInstanceOf(Failure);
  });
});

describe('the id of an event', () => {
  it.each(['', 'x', '1.', '.1', '-1', '1.2.3', '1e3', '99999999999999999', ' 1', '1.0 '])(
    'is not %j',
    (text) => {
      expect(() => parsePosition(text)).toThrow('must be an index');
    },
  );
});

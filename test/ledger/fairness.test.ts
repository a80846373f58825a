/** Rules 9 and 11 under random load: nothing deadlocks, nobody starves, nobody is overtaken, work per entry is bounded. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { Operation, WantedPoint, WantedStop } from '../../src/ledger/command.js';
import type { Applied } from '../../src/ledger/ledger.js';
import { Ledger } from '../../src/ledger/ledger.js';
import { Memory } from '../../src/ledger/memory.js';
import { place } from '../../src/ledger/placement.js';
import type { Ticket, Wait } from '../../src/ledger/state.js';
import { Coverage } from './coverage.js';
import { HOUR_MS, Log, MINUTE_MS, point, stop } from './log.js';
import { reservationIn } from './rows.js';
import { cancel, change, confirm, tripLog } from './trips.js';
import { declare, freedPoints, join, leave, TEN } from './waiting.js';

// A property is many tests in one, and a busy machine takes its time.
vi.setConfig({ testTimeout: 120_000 });

const HOLDERS = ['a', 'b', 'c', 'd', 'e'] as const;
const POINTS = ['1', '2', '3', '22'] as const;

/** The mesh with points 2 and 22 at one place. */
function fairLog(): Log {
  const log = tripLog();
  log.apply(point('22', 'Salvador'), { originCompany: 'empresa_a' });
  return log;
}

interface Step {
  readonly what: number;
  readonly holder: (typeof HOLDERS)[number];
  readonly stops: readonly WantedStop[];
  readonly pick: number;
  readonly afterMs: number;
}

const wanted: fc.Arbitrary<WantedStop> = fc
  .tuple(fc.nat({ max: 4 }), fc.nat({ max: 2 }), fc.constantFrom(30, 60, 90))
  .map(([which, hour, minutes]) => {
    const window = { startMs: TEN.startMs + hour * HOUR_MS, durationMs: minutes * MINUTE_MS };
    const pointId = POINTS[which];
    if (pointId !== undefined) return stop(pointId, window);
    const site = { place: 'Salvador', connector: 'CCS2', minPowerWatts: 1 };
    return { pointId: '', site, company: '', ...window };
  });

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.nat({ max: 99 }),
  holder: fc.constantFrom(...HOLDERS),
  stops: fc.array(wanted, { minLength: 1, maxLength: 3 }),
  pick: fc.nat({ max: 1_000 }),
  // No two deadlines fall on the moment of an entry: what is due then would be dealt with in the order of keys.
  afterMs: fc.constantFrom(0, 0, 0, 0, 1_009, 1_009, 11_003, 31_013, 4 * MINUTE_MS + 17),
});

function rowsOf<T>(log: Log, prefix: string): readonly T[] {
  return [...log.rows()].filter(([key]) => key.startsWith(prefix)).map(([, row]) => JSON.parse(row) as T);
}

const named = (stops: readonly WantedStop[]): readonly WantedPoint[] =>
  stops.map(
    (each) => (each.site === undefined ? each : { ...each, pointId: '2', site: undefined }) as WantedPoint,
  );

/** What a holder would do next, given what it has. */
function operationOf(log: Log, { what, holder, stops, pick }: Step): Operation {
  const reservations = [...log.rows()].filter(([key]) => key.startsWith('v:'));
  const open = reservations
    .map(([, row]) => reservationIn(row))
    .filter((each) => each.holder === holder && each.end === null);
  const own = open[pick % Math.max(1, open.length)];
  const wishes = rowsOf<Wait>(log, 'w:').filter((each) => each.holder === holder);
  if (what < 18) return join(stops);
  if (what < 24)
    return { kind: 'reserve', stops, holdMs: pick % 2 === 0 ? 0 : 5 * MINUTE_MS, afterNoShow: 'keep' };
  if (what < 58) return declare(named(stops));
  if (own !== undefined && what < 68) return change(own.id, [{ keep: 0 }, ...stops]);
  if (own?.state === 'HELD' && what < 72) return confirm(own.id);
  if (own !== undefined && what < 96) return cancel(own.id);
  return leave(wishes[pick % Math.max(1, wishes.length)]?.id ?? 'w0');
}

/** The memory that these rows give, as of the log's time. */
function memoryOf(log: Log, without: ReadonlySet<string> = new Set()): Memory {
  const memory = new Memory(2);
  memory.nowMs = log.atMs;
  for (const [key, row] of log.rows())
    if (!/^[ak]:/.test(key) && !without.has(key)) memory.load({ key, row });
  return memory;
}

/** Whether the wish could be had whole, from what these rows leave. */
function couldHave(memory: Memory, { holder, stops }: Wait, atMs: number): boolean {
  return place(memory, stops, { holder, documented: false, atMs, waive: ['freed'] }).kind === 'had';
}

const turnOf = ({ turn, id }: Wait) => turn * 1e6 + Number(id.slice(1));

/** No older wish goes without what it could have had, were it not for the offers that the entry made to younger ones. */
function expectNobodyOvertaken(log: Log, { events }: Applied): number {
  const offered = new Set(events.flatMap((e) => (e.kind === 'wait' && e.to === 'offered' ? [e.waitId] : [])));
  const wishes = rowsOf<Wait>(log, 'w:');
  const made = wishes.filter(({ id }) => offered.has(id));
  let compared = 0;
  for (const older of wishes.filter(({ offer }) => offer === '')) {
    const younger = made.filter((each) => turnOf(each) > turnOf(older));
    if (younger.length === 0) continue;
    compared += 1;
    const memory = memoryOf(log, new Set(younger.map(({ offer }) => `v:${offer}`)));
    expect(couldHave(memory, older, log.atMs), `${older.id} was overtaken`).toBe(false);
  }
  return compared;
}

/** A priority is only ever told because of an older live ticket: the oldest one's holder goes on. */
function expectPriorityIsOlder(
  tickets: readonly Ticket[],
  log: Log,
  { answer }: Applied,
  holder: string,
): number {
  if (answer.result.kind !== 'refused') return 0;
  const live = tickets.filter(({ untilMs }) => untilMs > log.atMs);
  const own = live.find((each) => each.holder === holder)?.ticket ?? Number.MAX_SAFE_INTEGER;
  const told = answer.result.conflicts.filter(({ reason }) => reason === 'POINT_PRIORITY');
  for (const { pointId } of told) {
    const older = live.some(
      ({ ticket, stops }) => ticket < own && stops.some((each) => each.pointId === pointId),
    );
    expect(older, `no older ticket claims point ${pointId}`).toBe(true);
  }
  return told.length;
}

describe('whatever holders declare, wait for and give back', () => {
  it('nobody is overtaken, nobody sleeps through a free window, and the oldest ticket goes on', () => {
    const coverage = new Coverage();
    coverage.check(
      fc.property(fc.array(step, { minLength: 10, maxLength: 60, size: 'max' }), (steps) => {
        const log = fairLog();
        for (const each of steps) {
          log.atMs += each.afterMs;
          const time = log.apply({ kind: 'expire' });
          coverage.saw('overtaking', expectNobodyOvertaken(log, time));
          const tickets = rowsOf<Ticket>(log, 't:');
          const applied = log.apply(operationOf(log, each), { holder: each.holder });
          coverage.saw('overtaking', expectNobodyOvertaken(log, applied));
          coverage.saw('priority', expectPriorityIsOlder(tickets, log, applied, each.holder));
          expect(freedPoints(log)).toEqual([]);
          // Whoever could have all that it wants was offered it.
          const memory = memoryOf(log);
          for (const wait of rowsOf<Wait>(log, 'w:')) {
            if (wait.offer !== '') coverage.saw('offers');
            else {
              coverage.saw('waiting');
              expect(couldHave(memory, wait, log.atMs), `${wait.id} sleeps`).toBe(false);
            }
          }
          for (const { untilMs } of tickets) expect(untilMs - log.atMs).toBeLessThanOrEqual(2 * MINUTE_MS);
        }
      }),
      25,
      ['overtaking', 'priority', 'waiting', 'offers'],
    );
  });

  it('a ledger restored at any entry goes on as the other does, digest by digest', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 40, size: 'max' }), fc.nat(), (steps, cut) => {
        const log = fairLog();
        for (const each of steps) {
          log.atMs += each.afterMs;
          log.apply({ kind: 'expire' });
          log.apply(operationOf(log, each), { holder: each.holder });
        }
        const whole = fairLog().ledger;
        const seeded = whole.appliedIndex;
        for (const entry of log.entries.filter(({ index }) => index > seeded)) {
          whole.apply(entry, 1);
          const restored = Ledger.restore([...whole.rows()].reverse(), whole.meta());
          expect(restored.meta()).toEqual(whole.meta());
          expect(restored.nextDeadlineMs()).toBe(whole.nextDeadlineMs());
          if (entry.index % 7 === cut % 7) whole.become(restored);
        }
        expect(whole.meta().digest).toBe(log.ledger.meta().digest);
      }),
      { numRuns: 15 },
    );
  });
});

describe('on the waiting list', () => {
  it('all who answer are served, in a time bounded by how many there are, whoever does not answer', () => {
    const trip = fc.array(wanted, { minLength: 1, maxLength: 3 });
    const people = fc.array(fc.tuple(trip, fc.boolean()), { minLength: 2, maxLength: 16, size: 'max' });
    fc.assert(
      fc.property(people, (wishes) => {
        const log = fairLog();
        const all = POINTS.map((id) => stop(id, { startMs: TEN.startMs, durationMs: 8 * HOUR_MS }));
        const taken = log.apply({ kind: 'reserve', stops: all, holdMs: 0 }, { holder: 'z' }).answer.index;
        const waiting = new Map<string, boolean>();
        wishes.forEach(([stops, answers], n) => {
          const result = log.result(join(stops), { holder: `h${n}` });
          if (result.kind === 'waiting') waiting.set(result.waitId, answers);
        });
        log.apply(cancel(`r${taken}`), { holder: 'z' });
        const idle = [...waiting.values()].filter((answers) => !answers).length;
        const answering = () =>
          rowsOf<Wait>(log, 'w:').find(({ id, offer }) => offer !== '' && waiting.get(id));
        let rounds = 0;
        let served = 0;
        for (; log.ledger.query({ kind: 'totals' }, 0).openReservations > 0; rounds += 1) {
          for (let each = answering(); each !== undefined; each = answering()) {
            const { offer, holder } = each;
            expect(log.result(confirm(offer), { holder })).toMatchObject({ state: 'CONFIRMED' });
            log.apply(cancel(offer), { holder });
            served += 1;
          }
          log.atMs += 10 * MINUTE_MS;
          log.apply({ kind: 'expire' });
          expect(rounds).toBeLessThanOrEqual(3 * idle + 1);
        }
        expect(served).toBe(waiting.size - idle);
        expect(rowsOf<Wait>(log, 'w:')).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('of two trips in opposite order one goes on at once, and the other when the first has gone or died', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.shuffledSubarray([...POINTS], { minLength: 2 }), (dies, ids) => {
        const log = fairLog();
        const there = ids.map((id) => stop(id, TEN));
        const back = [...there].reverse();
        const x = log.apply(declare(there), { holder: 'x' }).answer.index;
        expect(log.result(declare(back), { holder: 'y' })).toMatchObject({ kind: 'refused' });
        if (dies) log.atMs += 2 * MINUTE_MS;
        else {
          const rest = there.slice(1);
          expect(log.result(change(`r${x}`, [{ keep: 0 }, ...rest]), { holder: 'x' })).toMatchObject({
            kind: 'updated',
          });
        }
        log.apply(cancel(`r${x}`), { holder: 'x' });
        expect(log.result(declare(back), { holder: 'y' })).toMatchObject({ kind: 'trip-declared' });
      }),
      { numRuns: 20 },
    );
  });
});

describe('the work of one entry', () => {
  const manyPoints = (count: number): Log => {
    const log = new Log(tripLog().ledger);
    for (let n = 0; n < count; n += 1) log.apply(point(`p${n}`), { originCompany: 'empresa_a' });
    return log;
  };

  it('is at most 64 offers; what is left is closed to others and goes on with the next entry', () => {
    const log = manyPoints(70);
    const at = (n: number) => stop(`p${n}`, TEN);
    for (let n = 0; n < 70; n += 1) {
      log.apply({ kind: 'reserve', stops: [at(n)], holdMs: MINUTE_MS }, { holder: `z${n}` });
      log.apply(join([at(n)]), { holder: `h${n}` });
    }
    log.atMs += MINUTE_MS + 1;
    const { events } = log.apply({ kind: 'expire' });
    const offered = (from: Applied['events']) =>
      from.flatMap((e) => (e.kind === 'wait' && e.to === 'offered' ? [e.reservationId] : []));
    const { appliedIndex } = log.ledger;
    expect(offered(events)).toEqual(Array.from({ length: 64 }, (_, n) => `r${appliedIndex}.${n + 1}`));
    const left = freedPoints(log);
    expect(left).toHaveLength(70);
    expect(log.ledger.nextDeadlineMs()).toBe(log.atMs);
    const closed = rowsOf<Wait>(log, 'w:').find(({ offer }) => offer === '')!.stops[0]!;
    expect(log.result({ kind: 'reserve', stops: [closed], holdMs: 0 }, { holder: 'x' })).toMatchObject({
      conflicts: [{ pointId: closed.pointId, reason: 'POINT_PRIORITY' }],
    });
    // The refusal asked nobody; whatever is done next does.
    expect(freedPoints(log)).toEqual(left);
    const next = log.apply({ kind: 'acknowledge', noticeIds: ['n1.0'] });
    expect(offered(next.events)).toHaveLength(6);
    expect(freedPoints(log)).toEqual([]);
  });

  it('is at most 1,024 wishes looked at; the lines that are left are looked at by the next entry', () => {
    const log = manyPoints(40);
    const at = (n: number) => stop(`p${n}`, TEN);
    const first = Array.from({ length: 20 }, (_, n) => at(n));
    const taken = log.apply({ kind: 'reserve', stops: first, holdMs: 0 }, { holder: 'z' }).answer.index;
    const second = Array.from({ length: 20 }, (_, n) => at(20 + n));
    log.apply({ kind: 'reserve', stops: second, holdMs: 0 }, { holder: 'z' });
    for (let n = 0; n < 20; n += 1) {
      for (let k = 0; k < 64; k += 1) log.apply(join([at(n), at(20 + n)]), { holder: `h${n}.${k}` });
    }
    expect(rowsOf<Wait>(log, 'w:')).toHaveLength(20 * 64);
    log.apply(cancel(`r${taken}`), { holder: 'z' });
    // Sixteen lines of 64 are 1,024.
    expect(freedPoints(log)).toHaveLength(4);
    expect(log.result({ kind: 'expire' })).toMatchObject({ kind: 'expired' });
    expect(freedPoints(log)).toEqual([]);
  });
});

/** What is derived from the rows of version 2, and that it is the same once they are loaded again, in any order. */
import { describe, expect, it } from 'vitest';
import { DISPLACED_PER_ENTRY_MAX, NOTICES_PER_HOLDER_MAX, TICKET_MS } from '../../src/ledger/limits.js';
import { Memory } from '../../src/ledger/memory.js';
import type { OrderedIds } from '../../src/ledger/ordered-ids.js';
import { DEFAULT_POLICY } from '../../src/ledger/policy.js';
import { noticeId } from '../../src/ledger/rows/notice-row.js';
import { FIRST_POINT_FIELDS } from '../../src/ledger/rows/point-row.js';
import { FIRST_RESERVATION_FIELDS, FIRST_STOP_FIELDS } from '../../src/ledger/rows/reservation-row.js';
import type { Point, Reservation, Stop, StopTerms, Wait } from '../../src/ledger/state.js';

const NOW_MS = 1_000_000;

const TERMS: StopTerms = {
  company: 'a',
  earlyMs: 60_000,
  lateMs: 120_000,
  bufferMs: 300_000,
  cancelBeforeMs: 0,
  reservationFeeCentavos: 100,
  lateCancelFeeCentavos: 50,
  noShowFeeCentavos: 70,
};

function point(id: string, more: Partial<Point> = {}): Point {
  const where = { place: 'Salvador', latitudeMicrodegrees: 0, longitudeMicrodegrees: 0 };
  const what = { connector: 'CCS2', powerWatts: 50_000, status: 'available' } as const;
  return { id, company: 'a', ...where, ...what, ...FIRST_POINT_FIELDS, ...more };
}

function stop(more: Partial<Stop> = {}): Stop {
  const window = { pointId: '1', startMs: 2_000_000, endMs: 3_000_000, state: 'PLANNED' } as const;
  return { ...window, ...FIRST_STOP_FIELDS, terms: TERMS, ...more };
}

function reservation(id: string, more: Partial<Reservation> = {}): Reservation {
  return {
    id,
    holder: 'x',
    state: 'CONFIRMED',
    documented: false,
    stops: [stop()],
    madeAtMs: NOW_MS,
    madeIndex: 7,
    holdUntilMs: 0,
    end: null,
    ...FIRST_RESERVATION_FIELDS,
    changedIndex: 7,
    ...more,
  };
}

function wait(id: string, more: Partial<Wait> = {}): Wait {
  const stops = [{ pointId: '1', company: '', startMs: 2_000_000, durationMs: 60_000 }];
  const line = { turn: Number(id.slice(1)), stops, afterNoShow: 'keep' } as const;
  return { id, holder: 'y', ...line, offer: '', missedOffers: 0, endsAtMs: 2_000_000, ...more };
}

/** A row of every kind, with every deadline there is. */
function full(): Memory {
  const memory = new Memory(2);
  memory.nowMs = NOW_MS;
  memory.companies.put({ id: 'a', name: 'A', displayId: '1' });
  memory.policies.put({ company: 'a', ...DEFAULT_POLICY, bufferMs: 300_000 });
  memory.points.put(point('1', { status: 'faulted', statusUntilMs: 1_500_000, checkAtMs: 1_500_000 }));
  memory.points.put(point('2', { powerWatts: 22_000 }));
  memory.points.put(point('10', { powerWatts: 22_000 }));
  memory.schedules.put({
    pointId: '1',
    utcOffsetMinutes: -180,
    weekly: [{ startMinute: 0, endMinute: 600 }],
    maintenance: [{ startMs: 1, endMs: 2 }],
  });
  memory.putReservation(reservation('r7'));
  memory.putReservation(
    reservation('r8', {
      madeIndex: 8,
      state: 'HELD',
      holdUntilMs: NOW_MS + 600_000,
      stops: [stop({ pointId: '2' })],
    }),
  );
  memory.tickets.table.put({
    holder: 'x',
    ticket: 7,
    reservationId: 'r7',
    untilMs: NOW_MS + TICKET_MS,
    stops: [{ pointId: '2', startMs: 4_000_000, endMs: 5_000_000 }],
  });
  memory.waits.table.put(wait('w11'));
  const site = { place: ' SALVADOR', connector: 'CCS2', minPowerWatts: 1 };
  const anywhere = { pointId: '', site, company: '', startMs: 2_000_000, durationMs: 60_000 } as const;
  memory.waits.table.put(wait('w9', { holder: 'z', stops: [anywhere] }));
  memory.notices.tell({ holder: 'x', notice: 'stop-displaced', reservationId: 'r7', stop: 0 }, 12, NOW_MS);
  memory.markFreed('1', 2_000_000, 3_000_000);
  memory.audit.put({ index: 12, head: 'ab' });
  return memory;
}

function keysOf(memory: Memory): readonly string[] {
  return [...memory.rows()].map(({ key }) => key);
}

describe('rows of version 2', () => {
  it('of every kind load again, in any order, to the same rows and the same first deadline', () => {
    const memory = full();
    const rows = [...memory.rows()];
    expect(new Set(keysOf(memory).map((key) => key.slice(0, 2)))).toEqual(
      new Set(['a:', 'c:', 'f:', 'h:', 'n:', 'p:', 't:', 'v:', 'w:', 'y:']),
    );
    for (const order of [rows, [...rows].reverse()]) {
      const again = new Memory(2);
      for (const { key, row } of order) again.load({ key, row });
      expect([...again.rows()]).toEqual(rows);
      expect(again.deadlines.first()).toEqual(memory.deadlines.first());
      expect(again.journal.digest()).toBe(memory.journal.digest());
      expect(again.takeEvents()).toEqual([]);
      expect(again.waits.waitingAt(point('1'))).toEqual(memory.waits.waitingAt(point('1')));
      expect(again.tickets.isClaimed('2', 4_000_000, 4_000_001, 8, NOW_MS)).toBe(true);
      expect(again.notices.openOf('x')).toEqual(memory.notices.openOf('x'));
      expect(again.calendar.isFree('1', 3_000_000, 3_300_000)).toBe(false);
    }
  });

  it('have their deadlines in one order, by (due, key)', () => {
    const memory = full();
    const due: string[] = [];
    for (let next = memory.deadlines.first(); next !== undefined; next = memory.deadlines.first()) {
      due.push(`${next.id} ${next.dueMs}`);
      const id = next.id.slice(2);
      if (next.id.startsWith('f:')) memory.freed.delete(id);
      else if (next.id.startsWith('n:')) memory.notices.table.delete(id);
      else if (next.id.startsWith('p:')) memory.points.put(point(id));
      else if (next.id.startsWith('t:')) memory.tickets.table.delete(id);
      else if (next.id.startsWith('w:')) memory.waits.table.delete(id);
      else memory.reservations.table.delete(id);
    }
    expect(due).toEqual([
      'f:1 1000000',
      't:x 1120000',
      // With the ticket the window that it claimed went free, and somebody waits there.
      'f:2 1000000',
      'p:1 1500000',
      'v:r8 1540000',
      'w:w11 2000000',
      'w:w9 2000000',
      'v:r7 2120000',
      'n:n12.0 605800000',
    ]);
  });

  it('that came and went at one entry are no change', () => {
    const memory = full();
    const digest = memory.journal.digest();
    memory.journal.take();
    memory.waits.table.put(wait('w30'));
    memory.waits.table.delete('w30');
    expect(memory.journal.take()).toEqual([]);
    memory.waits.table.delete('w11');
    memory.waits.table.put(wait('w11'));
    expect(memory.journal.take().map(({ key }) => key)).toEqual(['w:w11']);
    expect(memory.journal.digest()).toBe(digest);
  });
});

describe('a window', () => {
  it('is taken up to the end of its buffer, and free from there', () => {
    const memory = full();
    expect(memory.calendar.isFree('1', 3_299_999, 3_400_000)).toBe(false);
    expect(memory.calendar.isFree('1', 3_300_000, 3_400_000)).toBe(true);
    expect([...memory.calendar.overlapping('1', 0, 2_000_000)]).toEqual([]);
    expect([...memory.calendar.overlapping('1', 0, 2_000_001)]).toHaveLength(1);
  });

  it('that becomes free is marked for who waits, and only then', () => {
    const memory = full();
    memory.freed.delete('1');
    memory.putReservation(reservation('r7', { stops: [stop({ state: 'RELEASED' })] }));
    expect(memory.freed.get('1')).toEqual({
      pointId: '1',
      startMs: 2_000_000,
      endMs: 3_300_000,
      sinceMs: NOW_MS,
    });
    memory.waits.table.delete('w9');
    memory.putReservation(
      reservation('r8', { madeIndex: 8, stops: [stop({ pointId: '2', state: 'RELEASED' })] }),
    );
    expect(memory.freed.get('2')).toBeUndefined();
  });

  it('that is over is not offered', () => {
    const memory = full();
    memory.freed.delete('1');
    memory.markFreed('1', 1, NOW_MS);
    expect(memory.freed.get('1')).toBeUndefined();
  });
});

describe('a site', () => {
  it('gives its points that are strong enough, weakest first, then by id', () => {
    const { sites } = full();
    const wanted = (minPowerWatts: number, place = 'salvador ') =>
      sites.candidates({ place, connector: 'CCS2', minPowerWatts }).map(({ id }) => id);
    expect(wanted(1)).toEqual(['2', '10', '1']);
    expect(wanted(22_001)).toEqual(['1']);
    expect(wanted(50_001)).toEqual([]);
    expect(wanted(1, 'Valente')).toEqual([]);
  });

  it('follows points that move, change and go', () => {
    const memory = full();
    memory.points.put(point('2', { place: 'Valente' }));
    memory.points.delete('10');
    const candidates = memory.sites.candidates({ place: 'Salvador', connector: 'CCS2', minPowerWatts: 1 });
    expect(candidates.map(({ id }) => id)).toEqual(['1']);
  });
});

describe('a ticket', () => {
  it('claims its windows against later tickets and against none, half open, until it is over', () => {
    const { tickets } = full();
    const claimed = (startMs: number, endMs: number, ticket: number, atMs = NOW_MS) =>
      tickets.isClaimed('2', startMs, endMs, ticket, atMs);
    expect(claimed(4_999_999, 6_000_000, 8)).toBe(true);
    expect(claimed(5_000_000, 6_000_000, 8)).toBe(false);
    expect(claimed(3_000_000, 4_000_000, 8)).toBe(false);
    expect(claimed(4_000_000, 5_000_000, 7)).toBe(false);
    expect(claimed(4_000_000, 5_000_000, 8, NOW_MS + TICKET_MS)).toBe(false);
    expect(tickets.live('x', NOW_MS + TICKET_MS - 1)?.ticket).toBe(7);
    expect(tickets.live('x', NOW_MS + TICKET_MS)).toBeUndefined();
  });

  it('ends with its reservation, and who waits for what it claimed is to be asked', () => {
    const memory = full();
    memory.takeEvents();
    const end = { who: 'holder', reason: '', atMs: NOW_MS } as const;
    memory.putReservation(
      reservation('r7', { state: 'CANCELED', stops: [stop({ state: 'RELEASED' })], end }),
    );
    expect(memory.tickets.table.get('x')).toBeUndefined();
    expect(memory.tickets.claimsAt('2')).toBe(0);
    // w9 waits for any point of the site, and 2 is one.
    expect(memory.freed.get('2')).toMatchObject({ startMs: 4_000_000, endMs: 5_000_000 });
    expect(memory.takeEvents().map((event) => event.kind)).toEqual(['reservation', 'stop', 'ticket']);
  });
});

describe('the waiting list', () => {
  it('has each who waits for a point or its site once, oldest turn first', () => {
    const memory = full();
    const at = (id: string) => memory.waits.waitingAt(memory.points.get(id)!).map((each) => each.id);
    expect(at('1')).toEqual(['w9', 'w11']);
    expect(at('2')).toEqual(['w9']);
    memory.waits.table.put(wait('w9', { ...memory.waits.table.get('w9')!, turn: 12 }));
    expect(at('1')).toEqual(['w11', 'w9']);
  });

  it('has nobody in line whose offer is open, who still counts for its holder', () => {
    const memory = full();
    memory.waits.table.put(wait('w11', { offer: 'r300.1' }));
    expect(memory.waits.waitingAt(point('1')).map(({ id }) => id)).toEqual(['w9']);
    expect(memory.waits.countOf('y')).toBe(1);
    memory.waits.table.delete('w11');
    expect(memory.waits.countOf('y')).toBe(0);
  });
});

describe('notices', () => {
  it('are not opened twice, and one more than a holder may have closes the oldest', () => {
    const { notices } = full();
    notices.tell({ holder: 'x', notice: 'stop-displaced', reservationId: 'r7', stop: 0 }, 13, NOW_MS);
    expect(notices.openOf('x').map(noticeId)).toEqual(['n12.0']);
    for (let n = 0; n < DISPLACED_PER_ENTRY_MAX; n += 1) {
      notices.tell({ holder: 'x', notice: 'stop-displaced', reservationId: 'r9', stop: n }, 14, NOW_MS);
    }
    const open = notices.openOf('x').map(noticeId);
    expect(open).toHaveLength(NOTICES_PER_HOLDER_MAX);
    expect(open[0]).toBe(`n14.${DISPLACED_PER_ENTRY_MAX - NOTICES_PER_HOLDER_MAX}`);
    expect(open.at(-1)).toBe(`n14.${DISPLACED_PER_ENTRY_MAX - 1}`);
  });
});

describe('lists of reservations', () => {
  it('are by holder, company and point, as they were made, and forget what is pruned', () => {
    const memory = full();
    const { lists } = memory.reservations;
    const idsIn = (list: OrderedIds | undefined) => list?.page(0, 10, (ordinal) => ordinal).items ?? [];
    const ids = (...of: Parameters<typeof lists.of>) => idsIn(lists.of(...of));
    expect(ids('holder', 'x')).toEqual([7 * 128, 8 * 128]);
    expect(ids('company', 'a')).toEqual([7 * 128, 8 * 128]);
    expect(ids('point', '1')).toEqual([7 * 128]);
    expect(ids('point', '2')).toEqual([8 * 128]);
    const substitute = stop({ pointId: '2', terms: { ...TERMS, company: 'b' } });
    memory.putReservation(
      reservation('r7', { stops: [{ ...substitute, startMs: 9_000_000, endMs: 9_100_000 }] }),
    );
    expect(ids('company', 'a')).toEqual([8 * 128]);
    expect(ids('company', 'b')).toEqual([7 * 128]);
    expect(ids('point', '1')).toEqual([]);
    expect(ids('point', '2')).toEqual([7 * 128, 8 * 128]);
    memory.putReservation(reservation('r7'));
    expect(ids('company', 'a')).toEqual([7 * 128, 8 * 128]);
    expect(ids('company', 'b')).toEqual([]);
    memory.reservations.table.delete('r7');
    expect(idsIn(lists.all)).toEqual([8 * 128]);
    expect(ids('holder', 'x')).toEqual([8 * 128]);
    expect(ids('point', '1')).toEqual([]);
  });

  it('tell what may leave memory once it ended long enough ago', () => {
    const memory = full();
    expect(memory.reservations.nextPruneMs()).toBeNull();
    const end = { who: 'time', reason: '', atMs: NOW_MS } as const;
    memory.putReservation(reservation('r7', { state: 'EXPIRED', stops: [stop({ state: 'EXPIRED' })], end }));
    const dueMs = NOW_MS + 2 * 86_400_000;
    expect(memory.reservations.nextPruneMs()).toBe(dueMs);
    expect(memory.reservations.prunable(dueMs - 1)).toBeUndefined();
    expect(memory.reservations.prunable(dueMs)?.id).toBe('r7');
    memory.reservations.table.delete('r7');
    expect(memory.reservations.nextPruneMs()).toBeNull();
    expect(memory.takeEvents().at(-1)).toEqual({ kind: 'pruned', reservationId: 'r7' });
  });
});

/**
 * Random lives of trips in a small mesh that runs version 2. A step says what it aims at, not at which reservation: that
 * is found while the log is made, so that most commands meet something that they can change.
 */
import fc from 'fast-check';
import type { ChangedStop, Command, LedgerEntry, Operation, WantedStop } from '../../src/ledger/command.js';
import { Ledger } from '../../src/ledger/ledger.js';
import { DEFAULT_POLICY } from '../../src/ledger/policy.js';
import type { Point, Reservation, Schedule, Ticket } from '../../src/ledger/state.js';
import type { PolicyTerms } from '../../src/ledger/terms.js';
import { DAY_MS, HOUR_MS, type Log, MINUTE_MS, START_MS, seededLog } from './log.js';
import { pointRow } from './memories.js';
import type { World } from './model-2-placing.js';
import { cancel, change, confirm, extendHold, finish, given, POLICY, shift, start } from './trips.js';

const POLICIES: readonly (readonly [string, PolicyTerms])[] = [
  [
    'empresa_a',
    { ...POLICY, bufferMs: 10 * MINUTE_MS, minNoticeMs: 5 * MINUTE_MS, durationMaxMs: 3 * HOUR_MS },
  ],
  ['empresa_b', { ...DEFAULT_POLICY, horizonMs: 4 * HOUR_MS, lateMs: 5 * MINUTE_MS, noShowFeeCentavos: 9 }],
  ['empresa_c', { ...DEFAULT_POLICY, cancelBeforeMs: HOUR_MS, lateCancelFeeCentavos: 3 }],
];

const POINTS: readonly Point[] = [
  pointRow('1', { company: 'empresa_a', powerWatts: 22_000 }),
  pointRow('2', { company: 'empresa_a' }),
  pointRow('3', { company: 'empresa_b', place: ' salvador' }),
  pointRow('4', {
    company: 'empresa_c',
    place: 'Valente',
    status: 'faulted',
    statusUntilMs: START_MS + 2 * HOUR_MS,
  }),
  pointRow('5', { company: 'empresa_c', place: 'Valente', powerWatts: 150_000 }),
];

/** The tests begin on a Thursday. */
const SCHEDULES: readonly Schedule[] = [
  {
    pointId: '2',
    utcOffsetMinutes: -180,
    weekly: [
      { startMinute: 0, endMinute: 4_800 },
      { startMinute: 4_860, endMinute: 10_080 },
    ],
    maintenance: [],
  },
  {
    pointId: '3',
    utcOffsetMinutes: 0,
    weekly: [],
    maintenance: [{ startMs: START_MS + 3 * HOUR_MS, endMs: START_MS + 3 * HOUR_MS + 10 * MINUTE_MS }],
  },
];

/** y has an older ticket than z, x none. They last longer than a log. */
const TICKETS: readonly Ticket[] = [
  {
    holder: 'y',
    ticket: 4,
    reservationId: 'r0',
    untilMs: START_MS + 60 * DAY_MS,
    stops: [{ pointId: '5', startMs: START_MS + HOUR_MS, endMs: START_MS + 2 * HOUR_MS }],
  },
  {
    holder: 'z',
    ticket: 5,
    reservationId: 'r0',
    untilMs: START_MS + 60 * DAY_MS,
    stops: [{ pointId: '1', startMs: START_MS + 2 * HOUR_MS, endMs: START_MS + 3 * HOUR_MS }],
  },
];

/** The mesh before the first step, for the ledger. */
export function baseLog(): Log {
  let log = seededLog();
  log.apply({ kind: 'raise-version', ledgerVersion: 2 });
  for (const [company, policy] of POLICIES) log = given(log, { policy: { company, ...policy } });
  for (const point of POINTS) log = given(log, { point });
  for (const schedule of SCHEDULES) log = given(log, { schedule });
  for (const ticket of TICKETS) log = given(log, { ticket });
  return log;
}

/** The same mesh, for the model. */
export function baseWorld(): World {
  return {
    companies: ['empresa_a', 'empresa_b', 'empresa_c'].map((id, n) => ({ id, displayId: `${n + 1}` })),
    policies: new Map(POLICIES),
    points: POINTS.map((point) => ({ ...point })),
    schedules: SCHEDULES,
    tickets: TICKETS,
  };
}

const pointId = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom('1', '2', '3', '4', '5') },
  { weight: 1, arbitrary: fc.constant('nowhere') },
);

/** When a stop begins, in quarters of an hour from the entry's own on; null for now. */
const quarter = fc.option(
  fc.oneof(
    { weight: 20, arbitrary: fc.integer({ min: 1, max: 10 }) },
    { weight: 1, arbitrary: fc.constantFrom(-1, 17, 18) },
  ),
  { freq: 4 },
);

const wanted = fc.record({
  pointId: fc.option(pointId, { freq: 5 }),
  place: fc.constantFrom('SALVADOR', 'Salvador', 'Salvador ', 'Valente', ' VALENTE', 'valente', 'Lua'),
  minPowerWatts: fc.constantFrom(1, 50_000, 150_000),
  company: fc.oneof(
    { weight: 15, arbitrary: fc.constant('') },
    { weight: 1, arbitrary: fc.constantFrom('1', 'empresa_b') },
  ),
  quarter,
  durationMs: fc.constantFrom(15 * MINUTE_MS, 30 * MINUTE_MS, HOUR_MS, HOUR_MS, 2 * HOUR_MS, 4 * HOUR_MS),
});

type Wanted = typeof wanted extends fc.Arbitrary<infer T> ? T : never;

const step = fc.record({
  does: fc.oneof(
    { weight: 10, arbitrary: fc.constant('reserve' as const) },
    { weight: 5, arbitrary: fc.constant('confirm' as const) },
    { weight: 5, arbitrary: fc.constant('extend-hold' as const) },
    { weight: 7, arbitrary: fc.constant('cancel' as const) },
    { weight: 2, arbitrary: fc.constant('release' as const) },
    { weight: 8, arbitrary: fc.constant('change' as const) },
    { weight: 7, arbitrary: fc.constant('shift' as const) },
    { weight: 10, arbitrary: fc.constant('start' as const) },
    { weight: 7, arbitrary: fc.constant('finish' as const) },
    { weight: 8, arbitrary: fc.constant('expire' as const) },
  ),
  holder: fc.constantFrom('x', 'x', 'y', 'z'),
  isDocumented: fc.constantFrom(false, false, false, false, true),
  company: fc.constantFrom('empresa_a', 'empresa_b', 'empresa_c'),
  /** Which reservation, of those that would do when it aims well, else of all. */
  pick: fc.nat(),
  aims: fc.constantFrom(true, true, true, true, false),
  stopPick: fc.nat(),
  stops: fc.oneof(
    { weight: 3, arbitrary: fc.array(wanted, { minLength: 1, maxLength: 1 }) },
    { weight: 1, arbitrary: fc.array(wanted, { minLength: 2, maxLength: 3 }) },
  ),
  keeps: fc.array(fc.nat({ max: 11 }), { maxLength: 2 }),
  names: fc.array(fc.nat({ max: 11 }), { maxLength: 2 }),
  as: fc.constantFrom('holder' as const, 'holder' as const, 'holder' as const, 'other' as const),
  free: fc.boolean(),
  holdMs: fc.constantFrom(0, 0, 0, MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS),
  longerMs: fc.constantFrom(MINUTE_MS, 30 * MINUTE_MS, DAY_MS),
  byMs: fc.constantFrom(MINUTE_MS, 15 * MINUTE_MS, 45 * MINUTE_MS, 5 * HOUR_MS),
  /** What the caller says that it knows of the reservation: nothing, its last change, or less. */
  knows: fc.oneof(
    { weight: 10, arbitrary: fc.constantFrom('nothing' as const, 'all' as const) },
    { weight: 1, arbitrary: fc.constant('less' as const) },
  ),
  afterMs: fc.constantFrom(0, 0, 1, MINUTE_MS, 5 * MINUTE_MS, 5 * MINUTE_MS, 10 * MINUTE_MS, 40 * MINUTE_MS),
});

export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

export function steps(maxLength: number): fc.Arbitrary<readonly Step[]> {
  return fc.array(step, { minLength: 5, maxLength, size: 'max' });
}

/** The log that these steps make of the base, from its next index on. */
export function entriesOf(steps: readonly Step[]): readonly LedgerEntry[] {
  const base = baseLog().ledger;
  const ledger = Ledger.restore(base.rows(), base.meta());
  const ids: string[] = [];
  const entries: LedgerEntry[] = [];
  let atMs = START_MS;
  for (const each of steps) {
    atMs += each.afterMs;
    const known = ids.map((reservationId) => ledger.query({ kind: 'reservation', reservationId }, atMs)!);
    const index = ledger.appliedIndex + 1;
    const entry = { index, atMs, command: commandOf(each, known, index, atMs) };
    entries.push(entry);
    const { result } = ledger.apply(entry, 1).answer;
    if (result.kind === 'reserved') ids.push(result.reservationId);
  }
  return entries;
}

function commandOf(each: Step, known: readonly Reservation[], index: number, atMs: number): Command {
  const open = known.filter(({ end }) => end === null);
  const target = targetOf(each, open, atMs) ?? (each.aims ? open : known)[each.pick % (known.length || 1)];
  const operation = operationOf(each, target, atMs);
  const isOwn = operation.kind === 'expire';
  const needsOwner = target !== undefined && operation.kind !== 'reserve' && each.aims;
  const isLegacy = each.isDocumented && (operation.kind === 'reserve' || operation.kind === 'release');
  return {
    ledgerVersion: 2,
    requestKey: isOwn ? '' : `key-${index}`,
    keyKind: 'node',
    holder: needsOwner ? target.holder : each.holder,
    door: isOwn ? 'node' : isLegacy ? 'legacy-rest' : 'rest',
    originCompany: each.company,
    traceId: '0'.repeat(32),
    notAfterMs: atMs + 10_000,
    operation,
  };
}

/** One that the step can change, if there is any. */
function targetOf({ does, aims, pick }: Step, open: readonly Reservation[], atMs: number) {
  if (!aims) return undefined;
  const would = open.filter(({ state, stops, documented }) => {
    if (does === 'confirm' || does === 'extend-hold') return state === 'HELD';
    if (does === 'release') return documented;
    if (does === 'finish') return stops.some((stop) => stop.state === 'ACTIVE');
    if (does !== 'start') return state === 'CONFIRMED';
    return state === 'CONFIRMED' && stops.some((stop) => isStartable(stop, atMs));
  });
  return would[pick % (would.length || 1)];
}

function isStartable(stop: Reservation['stops'][number], atMs: number): boolean {
  const soon = stop.startMs - 15 * MINUTE_MS <= atMs && atMs < stop.endMs;
  return stop.state === 'PLANNED' && soon;
}

function operationOf(each: Step, target: Reservation | undefined, atMs: number): Operation {
  const stops = each.stops.map((stop) => wantedOf(stop, atMs));
  const afterNoShow = each.free ? 'free' : 'keep';
  const fresh: Operation = { kind: 'reserve', stops, holdMs: each.holdMs, afterNoShow };
  if (each.does === 'expire') return { kind: 'expire' };
  if (each.does === 'reserve' || target === undefined) return fresh;
  const { id, changedIndex } = target;
  const ifIndex = each.knows === 'nothing' ? 0 : each.knows === 'all' ? changedIndex : changedIndex - 1;
  const number = numberOf(each, target, atMs);
  const by = each.as === 'holder' ? 'holder' : 'company';
  // Sometimes one more than there are.
  const within = (n: number) => n % (target.stops.length + (each.aims ? 0 : 1));
  switch (each.does) {
    case 'confirm':
      return confirm(id, ifIndex);
    case 'extend-hold':
      return extendHold(id, each.longerMs, ifIndex);
    case 'cancel':
      return cancel(id, each.names.map(within), each.as === 'holder' ? 'holder' : 'operator', 'why', ifIndex);
    case 'release': {
      const pointIds = target.stops.map(({ pointId }) => pointId).slice(0, 2);
      return { kind: 'release', pointIds, mode: each.free ? 'any' : 'all-or-none' };
    }
    case 'change': {
      const keeps = each.aims ? target.stops.flatMap(({ state }, n) => (state === 'ACTIVE' ? [n] : [])) : [];
      const kept = [...new Set([...keeps, ...each.keeps.map(within)])].map((keep): ChangedStop => ({ keep }));
      return change(id, [...kept, ...stops.slice(0, 2)], ifIndex);
    }
    case 'shift':
      return shift(id, number, each.byMs, ifIndex);
    case 'start':
      return start(id, number, by, ifIndex);
    case 'finish':
      return finish(id, number, by, ifIndex);
  }
}

/** The number of a stop that the step can change, if it aims and there is one. */
function numberOf({ does, aims, stopPick }: Step, { stops }: Reservation, atMs: number): number {
  const would = stops.flatMap((stop, number) => {
    const can =
      does === 'finish'
        ? stop.state === 'ACTIVE'
        : does === 'start'
          ? isStartable(stop, atMs)
          : stop.endedAtMs === 0;
    return can ? [number] : [];
  });
  return aims && would.length > 0
    ? would[stopPick % would.length]!
    : stopPick % (stops.length + (aims ? 0 : 1));
}

function wantedOf(stop: Wanted, atMs: number): WantedStop {
  const { pointId, place, minPowerWatts, company, durationMs } = stop;
  const thisQuarterMs = atMs - (atMs % (15 * MINUTE_MS));
  const startMs = stop.quarter === null ? 'now' : thisQuarterMs + stop.quarter * 15 * MINUTE_MS;
  if (pointId !== null) return { pointId, company, startMs, durationMs };
  return { pointId: '', site: { place, connector: 'CCS2', minPowerWatts }, company, startMs, durationMs };
}

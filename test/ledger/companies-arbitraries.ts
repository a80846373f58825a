/**
 * Random weeks of companies and their customers in a small mesh of version 2. A step says what it aims at; which
 * reservation that is follows from the ledger while the log is made, so that most commands meet something.
 */
import fc from 'fast-check';
import type { Operation, WantedPoint } from '../../src/ledger/command.js';
import type { Applied } from '../../src/ledger/ledger.js';
import type { Reservation } from '../../src/ledger/state.js';
import type { PointStatus } from '../../src/ledger/terms.js';
import { deletePoint, deleteRoute, displaceStop, report, schedule, substitute } from './companies.js';
import { HOUR_MS, type Log, MINUTE_MS, point, route, stop } from './log.js';
import { reservationIn } from './rows.js';
import { POLICY, start, tripLog } from './trips.js';

const QUARTER_MS = 15 * MINUTE_MS;
const COMPANIES = ['empresa_a', 'empresa_b', 'empresa_c'] as const;

const step = fc.record({
  does: fc.oneof(
    { weight: 10, arbitrary: fc.constant('reserve' as const) },
    { weight: 6, arbitrary: fc.constantFrom('hold' as const, 'start' as const, 'start' as const) },
    { weight: 6, arbitrary: fc.constantFrom('report' as const, 'schedule' as const) },
    { weight: 5, arbitrary: fc.constantFrom('expire' as const, 'expire' as const, 'finish' as const) },
    { weight: 3, arbitrary: fc.constantFrom('substitute' as const, 'displace' as const, 'wait' as const) },
    { weight: 3, arbitrary: fc.constantFrom('register' as const, 'register' as const, 'delete' as const) },
    { weight: 1, arbitrary: fc.constantFrom('policy' as const, 'route' as const, 'leave' as const) },
  ),
  holder: fc.constantFrom('x', 'y', 'z'),
  points: fc.array(fc.constantFrom('1', '2', '3', '4', '5'), { minLength: 1, maxLength: 2 }),
  /** In quarters of an hour from the entry on. */
  from: fc.integer({ min: 0, max: 8 }),
  lasts: fc.integer({ min: 1, max: 8 }),
  status: fc.constantFrom<PointStatus[]>('available', 'available', 'occupied', 'faulted', 'maintenance'),
  displaces: fc.boolean(),
  aim: fc.nat({ max: 7 }),
  number: fc.constantFrom(0, 0, 0, 1, 2),
  /** Whether the company that owns the first point speaks, or any. */
  owns: fc.constantFrom(true, true, true, true, false),
  afterMs: fc.constantFrom(0, 0, 0, MINUTE_MS, 5 * MINUTE_MS, QUARTER_MS, HOUR_MS),
});

export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

export function companySteps(maxLength: number): fc.Arbitrary<readonly Step[]> {
  return fc.array(step, { minLength: maxLength / 2, maxLength, size: 'max' });
}

export function reservationsOf(log: Log): readonly Reservation[] {
  return [...log.rows()].filter(([key]) => key.startsWith('v:')).map(([, row]) => reservationIn(row));
}

/** Applies the steps to a mesh of three companies, whose points begin with a short buffer. */
export function live(steps: readonly Step[], watch: (log: Log, applied: Applied) => void = () => {}): Log {
  const log = tripLog({ bufferMs: 5 * MINUTE_MS });
  for (const each of steps) {
    log.atMs += each.afterMs;
    const owner = log.ledger.query({ kind: 'point', pointId: each.points[0]!, windowMs: 1 }, log.atMs)?.point;
    const any = COMPANIES[each.aim % COMPANIES.length]!;
    const originCompany = each.owns ? (owner?.company ?? any) : any;
    const open = reservationsOf(log).filter(({ end }) => end === null);
    const aimed = open[each.aim % Math.max(1, open.length)];
    const operation = operationOf(each, log, aimed);
    const holder = aimed === undefined || !BY_HOLDER.has(each.does) ? each.holder : aimed.holder;
    watch(log, log.apply(operation, { originCompany, holder }));
  }
  return log;
}

const BY_HOLDER: ReadonlySet<Step['does']> = new Set(['start', 'finish', 'substitute']);

function operationOf(each: Step, log: Log, aimed: Reservation | undefined): Operation {
  const { does, points, from, lasts, number, displaces, status } = each;
  const pointId = points[0]!;
  const id = aimed?.id ?? 'r0';
  const stops = points.map((name, n): WantedPoint => {
    const startMs = log.atMs + (from + n * lasts) * QUARTER_MS;
    return stop(name, { startMs, durationMs: lasts * QUARTER_MS });
  });
  const window = { startMs: log.atMs + from * QUARTER_MS, endMs: log.atMs + (from + lasts) * QUARTER_MS };
  switch (does) {
    case 'reserve':
    case 'hold':
      return {
        kind: 'reserve',
        stops,
        holdMs: does === 'hold' ? lasts * 5 * MINUTE_MS : 0,
        afterNoShow: 'keep',
      };
    case 'start':
      return start(id, number);
    case 'finish':
      return { kind: 'finish-stop', reservationId: id, ifIndex: 0, stop: number, as: 'holder' };
    case 'wait':
      return { kind: 'join-waitlist', stops, afterNoShow: 'keep' };
    case 'report':
      return report(pointId, status, status === 'available' ? 0 : log.atMs + lasts * QUARTER_MS);
    case 'schedule':
      return schedule(pointId, { maintenance: lasts === 8 ? [] : [window], displace: each.aim > 0 });
    case 'delete':
      return deletePoint(pointId, displaces);
    case 'register':
      if (from === 8) return { kind: 'register-company', name: 'N', displayId: '9' };
      return point(pointId, from % 2 === 0 ? 'Salvador' : 'Valente');
    case 'displace':
      return displaceStop(id, number);
    case 'substitute':
      return substitute(id, stops, number);
    case 'policy':
      return { kind: 'set-policy', policy: { ...POLICY, bufferMs: (lasts - 1) * MINUTE_MS } };
    case 'route':
      return displaces ? deleteRoute('7') : route('7', [pointId], []);
    case 'leave':
      return { kind: 'remove-company' };
    case 'expire':
      return { kind: 'expire' };
  }
}
